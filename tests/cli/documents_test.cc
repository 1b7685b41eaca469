// tests/cli: what is generated from the program's tables and kept in docs/: manual pages and the
// JSON Schema of the configuration. Goal: they are the program's own, and they are true.
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>

#include "captured.h"
#include "cli/help.h"
#include "cli/manual.h"
#include "config/node.h"
#include "config/option_meanings.h"
#include "config/options.h"
#include "config/schema.h"
#include "config/yaml.h"
#include "support/precompiled.h"

namespace tollhouse::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string source_path(const std::string& name) {
  return std::string(TOLLHOUSE_SOURCE) + "/" + name;
}

std::string text_of(const std::string& name) {
  std::ifstream file(source_path(name));
  return {std::istreambuf_iterator<char>(file), {}};
}

void expect_document(const std::string& name, const std::string& wanted) {
  if (std::getenv("TOLLHOUSE_UPDATE_DOCS") != nullptr) std::ofstream(source_path(name)) << wanted;
  EXPECT_TRUE(text_of(name) == wanted)
      << name << " is not what the tables say; write it with TOLLHOUSE_UPDATE_DOCS=1 cli_test";
}

TEST(Documents, TheManualOfTheProgramIsItsOwn) {
  const std::string page = manual_of_program(command_pictures());
  expect_document("docs/man/tollhouse.1", page);
  for (const CommandRow& row : commands()) {
    std::string term = "\n\\fB" + std::string(row.name) + "\\fR ";
    if (const std::size_t at = term.find('-'); at != std::string::npos) term.insert(at, "\\");
    EXPECT_EQ(page.find(term) != std::string::npos, row.here) << row.name;
  }
}

TEST(Documents, TheManualOfTheConfigurationIsItsOwn) {
  expect_document("docs/man/tollhouse.yaml.5", manual_of_configuration());
}

TEST(Documents, EveryKeyOfThisBuildHasAMeaning) {
  for (const config::Option& option : config::options()) {
    if (option.path.ends_with("[]") || !option.part.empty()) continue;
    EXPECT_FALSE(config::meaning_of(option.path).empty()) << option.path;
  }
}

// ---- the schema ------------------------------------------------------------------------------

/// As much of JSON Schema as ours uses; any other word in it fails the test.
bool fits(const Json& value, const Json& schema, const Json& root) {
  bool fine = true;
  for (const auto& [word, rule] : schema.items()) {
    if (word == "$schema" || word == "title" || word == "description" || word == "default")
      continue;
    if (word == "$ref") {
      fine &= fits(value, root.at(Json::json_pointer(rule.get<std::string>().substr(1))), root);
    } else if (word == "type") {
      const std::string type = rule;
      fine &= (type == "object" && value.is_object()) || (type == "array" && value.is_array()) ||
              (type == "string" && value.is_string()) || (type == "number" && value.is_number()) ||
              (type == "integer" && value.is_number_integer()) ||
              (type == "boolean" && value.is_boolean());
    } else if (word == "const") {
      fine &= value == rule;
    } else if (word == "enum") {
      fine &= std::ranges::find(rule, value) != rule.end();
    } else if (word == "minimum") {
      fine &= value.is_number() && value.get<double>() >= rule.get<double>();
    } else if (word == "maximum") {
      fine &= value.is_number() && value.get<double>() <= rule.get<double>();
    } else if (word == "pattern") {
      const std::regex pattern(rule.get<std::string>());
      fine &= value.is_string() && std::regex_search(value.get<std::string>(), pattern);
    } else if (word == "anyOf") {
      fine &= std::ranges::any_of(rule, [&](const Json& each) { return fits(value, each, root); });
    } else if (word == "items") {
      for (const Json& item : value) fine = fine && fits(item, rule, root);
    } else if (word == "properties") {
      if (!value.is_object()) continue;
      for (const auto& [name, member] : value.items())
        if (rule.contains(name)) fine = fine && fits(member, rule[name], root);
    } else if (word == "additionalProperties") {
      if (!value.is_object()) continue;
      for (const auto& [name, member] : value.items()) {
        if (schema["properties"].contains(name)) continue;
        fine = fine && rule.is_object() && fits(member, rule, root);
      }
    } else {
      ADD_FAILURE() << word;
    }
  }
  return fine;
}

/// As an editor would read the YAML: plain numbers and truths have their types.
Json value_of(const config::Node& node) {
  if (node.is_sequence()) {
    Json list = Json::array();
    for (const config::Node& item : node.items) list.push_back(value_of(item));
    return list;
  }
  if (node.is_mapping()) {
    Json object = Json::object();
    for (const config::Member& member : node.members) object[member.name] = value_of(member.value);
    return object;
  }
  if (node.quoted) return node.written;
  const Json plain = Json::parse(node.written, nullptr, false);
  return plain.is_number() || plain.is_boolean() ? plain : Json(node.written);
}

bool fits_schema(const std::string& yaml) {
  const Json schema = Json::parse(config::json_schema());
  return fits(value_of(config::read_yaml(yaml, 0).root), schema, schema);
}

TEST(Schema, StandsInDocsAndIsPrinted) {
  const Json schema = Json::parse(config::json_schema());
  expect_document("docs/tollhouse.schema.json", schema.dump(2) + "\n");
  const Captured printed = run_captured({"config", "--schema", "-c", "/nonexistent"});
  EXPECT_EQ(printed.exit, 0) << printed.error;
  EXPECT_EQ(Json::parse(printed.out), schema);
}

TEST(Schema, TakesWhatTheLoaderTakes) {
  for (const char* name : {"good/everything.yaml", "good/json_is_yaml.json", "good/short_form.yaml",
                           "brought/composite_gate_paid.json"}) {
    EXPECT_TRUE(fits_schema(text_of("tests/config/" + std::string(name)))) << name;
  }
  for (const char* yaml :
       {"admin: off", "admin: false", "listen: 127.0.0.1:0", "listen: [\"systemd:web\"]",
        "limits: { connections: auto }", "limits: { connections: 7, body: 4 MiB }",
        "limits: { connections: \"${CONNECTIONS}\" }", "tools: { a: free, b: { price: 3 sat } }",
        "tools: { a: { price_sats: 3, uses: unlimited } }",
        "rails: { l402: { failure_status: 401 } }", "rails: { x402: { profiles: [lnbtc] } }",
        "tools: { a: { work: auto }, b: { price: 1 sat, work: { bits: 18, with: price } } }"}) {
    EXPECT_TRUE(fits_schema(yaml)) << yaml;
  }
}

TEST(Schema, RefusesWhatOneKeyAloneShows) {
  for (const char* yaml :
       {"listne: 1", "listen_mode: rw", "limits: { connections: 0 }",
        "limits: { body: 4 megabytes }", "limits: { nothing: 1 }", "tools: { a: { price: 3 } }",
        "tools: { a: { price: 3 sats } }", "tools: { a: costly }", "routes: { path: /mcp }",
        "log: { level: loud }", "rails: { l402: { replay_status: 500 } }",
        "rails: { l402: { lsat_line: maybe } }"}) {
    EXPECT_FALSE(fits_schema(yaml)) << yaml;
  }
}

}  // namespace
}  // namespace tollhouse::cli
