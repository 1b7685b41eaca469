// config: the option table as a JSON Schema. Every scalar may also be a text with `${...}` in it.
#include "config/schema.h"

#include <algorithm>
#include <deque>
#include <vector>

#include "base/format.h"
#include "config/option_meanings.h"
#include "config/options.h"
#include "config/units.h"
#include "json/writer.h"

namespace tollhouse::config {
namespace {

/// A key, with what may stand below it; items of lists are called `[]`, keys of any name `*`.
struct Branch {
  std::string_view name;
  const Option* option = nullptr;
  std::deque<Branch> below;

  Branch& at(std::string_view step) {
    for (Branch& branch : below) {
      if (branch.name == step) return branch;
    }
    return below.emplace_back(step);
  }
  const Branch* find(std::string_view step) const {
    const auto found = std::ranges::find(below, step, &Branch::name);
    return found == below.end() ? nullptr : &*found;
  }
};

Branch tree_of_options() {
  Branch top;
  for (const Option& option : options()) {
    Branch* at = &top;
    std::string_view rest = option.path;
    while (!rest.empty()) {
      std::size_t end = std::min(rest.find_first_of(".["), rest.size());
      if (rest.starts_with("[]")) end = 2;
      at = &at->at(rest.substr(0, end));
      rest.remove_prefix(end);
      if (rest.starts_with('.')) rest.remove_prefix(1);
    }
    at->option = &option;
  }
  return top;
}

std::vector<std::string_view> choices_of(std::string_view allowed) {
  std::vector<std::string_view> choices;
  while (!allowed.empty()) {
    const std::size_t end = std::min(allowed.find('|'), allowed.size());
    choices.push_back(allowed.substr(0, end));
    allowed.remove_prefix(std::min(end + 1, allowed.size()));
  }
  return choices;
}

class SchemaText {
 public:
  std::string text;

  void document(const Branch& top) {
    writer_.begin_object().member("$schema", "https://json-schema.org/draft/2020-12/schema");
    writer_.member("title", "tollhouse.yaml").member("type", "object");
    writer_.name("properties").begin_object();
    properties(top);
    writer_.name("tools").begin_object().member("$ref",
                                                "#/properties/routes/items/properties/tools");
    writer_.end_object().end_object().member("additionalProperties", false).end_object();
  }

 private:
  void properties(const Branch& branch) {
    for (const Branch& child : branch.below) {
      if (child.name == "*" || child.name == "[]") continue;
      writer_.name(child.name);
      schema(child);
    }
  }

  void schema(const Branch& branch) {
    writer_.begin_object();
    describe(*branch.option);
    constraints(branch);
    writer_.end_object();
  }

  void describe(const Option& option) {
    if (!option.part.empty()) {
      writer_.member("description", fmt::format("{} is not part of this build", option.part));
      return;
    }
    const std::string_view meaning = meaning_of(option.path);
    if (!meaning.empty()) writer_.member("description", meaning);
    standard(option);
  }

  void standard(const Option& option) {
    const std::string_view text_of_it = option.standard;
    const bool number = whole_number_from_text(text_of_it).has_value() &&
                        (option.kind == Kind::whole || option.kind == Kind::number_or_word);
    if (number || option.kind == Kind::truth || text_of_it == "[]") {
      writer_.raw_member("default", text_of_it);
    } else if (!text_of_it.empty() && !text_of_it.starts_with('[')) {
      writer_.member("default", text_of_it);
    }
  }

  /// What one value must be; a part that is not here may stand at its default, so is not judged.
  void constraints(const Branch& branch) {
    const Option& option = *branch.option;
    if (!option.part.empty() || option.kind == Kind::anything) return;
    if (option.kind == Kind::section || option.kind == Kind::list) return gathered(branch);
    if (option.kind == Kind::work) return work(branch);
    scalar(option);
  }

  /// An amount of work, or its keys.
  void work(const Branch& branch) {
    writer_.name("anyOf").begin_array().begin_object();
    pattern("[0-9]+ ?bits|auto|none");
    writer_.end_object().begin_object();
    shape(branch);
    writer_.end_object().end_array();
  }

  void gathered(const Branch& branch) {
    const Option& option = *branch.option;
    if (option.allowed.empty()) return shape(branch);
    writer_.name("anyOf").begin_array().begin_object();
    shape(branch);
    writer_.end_object().begin_object();
    if (option.kind == Kind::section) writer_.member("const", option.allowed);
    if (option.kind == Kind::list) constraints(*branch.find("[]"));
    writer_.end_object().end_array();
  }

  void shape(const Branch& branch) {
    if (branch.option->kind == Kind::list) {
      writer_.member("type", "array").name("items");
      return schema(*branch.find("[]"));
    }
    writer_.member("type", "object").name("properties").begin_object();
    properties(branch);
    writer_.end_object().name("additionalProperties");
    const Branch* any = branch.find("*");
    if (any == nullptr) writer_.boolean(false);
    if (any != nullptr) schema(*any);
  }

  void scalar(const Option& option) {
    switch (option.kind) {
      case Kind::whole:
        return number(option, "[0-9]+");
      case Kind::number_or_word:
        return number(option, fmt::format("[0-9]+|{}", option.allowed));
      case Kind::truth:
        return alternatives(R"({"type":"boolean"})", "true|false");
      case Kind::amount:
        return pattern("[0-9]+ ?(sat|msat)");
      case Kind::duration:
        return pattern("[0-9]+ ?(ms|s|m|h|d)");
      case Kind::size:
        return pattern("[0-9]+ ?(B|KiB|MiB|GiB)");
      case Kind::choice:
        return choice(option);
      case Kind::endpoint_or_off:
        return alternatives(R"({"const":false})", ".+");
      case Kind::file_mode:
        return alternatives(R"({"type":"integer"})", "[0-7]+");
      default:
        return alternatives(R"({"type":"number"})", ".+");
    }
  }

  void number(const Option& option, const std::string& written) {
    std::string range = fmt::format(R"({{"type":"integer","minimum":{})", option.least);
    if (option.most != UINT64_MAX) range += fmt::format(R"(,"maximum":{})", option.most);
    alternatives(range + "}", written);
  }

  /// YAML reads 402 as a number; the loader reads every scalar as text.
  void choice(const Option& option) {
    std::string numbers;
    for (const std::string_view word : choices_of(option.allowed)) {
      if (whole_number_from_text(word)) numbers += (numbers.empty() ? "" : ",") + std::string(word);
    }
    if (numbers.empty()) return pattern(std::string(option.allowed));
    alternatives(fmt::format(R"({{"enum":[{}]}})", numbers), std::string(option.allowed));
  }

  void alternatives(const std::string& native, const std::string& written) {
    writer_.name("anyOf").begin_array().raw(native).begin_object();
    pattern(written);
    writer_.end_object().end_array();
  }

  void pattern(const std::string& written) {
    writer_.member("type", "string");
    writer_.member("pattern", fmt::format("^({})$|[$][{{]", written));
  }

  json::Writer writer_{text};
};

}  // namespace

std::string json_schema() {
  SchemaText made;
  made.document(tree_of_options());
  return made.text + "\n";
}

}  // namespace tollhouse::config
