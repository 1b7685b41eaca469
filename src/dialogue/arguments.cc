// dialogue: words into one JSON object.
#include "dialogue/arguments.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "base/utf8.h"
#include "json/reader.h"
#include "json/writer.h"

namespace tollhouse::dialogue {
namespace {

bool looks_like_object(std::string_view word) {
  const std::size_t at = word.find_first_not_of(" \t\r\n");
  return at != std::string_view::npos && word[at] == '{';
}

Result<std::string, Reason> whole_object(const std::string& word) {
  json::Document workspace;
  const auto value = json::parse(word, workspace);
  if (!value || !value->is_object()) return refuse(Reason::argument_not_object);
  return std::string(value->raw());
}

bool is_json(std::string_view text) {
  json::Document workspace;
  return json::parse(text, workspace).has_value();
}

/// The object as it grows.
class ObjectOfWords {
 public:
  Result<void, Reason> add(std::string_view word) {
    if (!is_utf8(word)) return refuse(Reason::argument_not_utf8);
    const std::size_t equals = word.find('=');
    if (equals == std::string_view::npos) return refuse(Reason::argument_without_value);
    const bool json = equals > 0 && word[equals - 1] == ':';
    const std::string_view name = word.substr(0, json ? equals - 1 : equals);
    const std::string_view value = word.substr(equals + 1);
    if (name.empty()) return refuse(Reason::argument_without_name);
    if (std::find(names_.begin(), names_.end(), name) != names_.end()) {
      return refuse(Reason::argument_twice);
    }
    if (json && !is_json(value)) return refuse(Reason::argument_not_json);
    names_.emplace_back(name);
    writer_.name(name);
    json ? writer_.raw(value) : writer_.string(value);
    return {};
  }
  std::string finish() {
    writer_.end_object();
    return std::move(text_);
  }
  ObjectOfWords() { writer_.begin_object(); }

 private:
  std::string text_;
  json::Writer writer_{text_};
  std::vector<std::string> names_;
};

}  // namespace

Result<std::string, ArgumentFault> arguments_of(std::span<const std::string> words) {
  if (words.size() == 1 && looks_like_object(words[0])) {
    auto object = whole_object(words[0]);
    if (!object) return refuse(ArgumentFault{object.error(), words[0]});
    return std::move(*object);
  }
  ObjectOfWords object;
  for (const std::string& word : words) {
    if (looks_like_object(word)) return refuse(ArgumentFault{Reason::argument_mixed, word});
    const auto added = object.add(word);
    if (!added) return refuse(ArgumentFault{added.error(), word});
  }
  return object.finish();
}

}  // namespace tollhouse::dialogue
