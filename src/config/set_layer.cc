// config: --set key=value and --upstream.
#include "base/format.h"
#include "base/utf8.h"
#include "config/limits.h"
#include "config/sources.h"
#include "config/yaml.h"

namespace tollhouse::config {
namespace {

void wrong_usage(Reading& reading, std::uint32_t source, std::string key, std::string message,
                 std::string cure) {
  Fault& fault =
      reading.add_fault({source, 0, 0}, std::move(key), std::move(message), std::move(cure));
  fault.wrong_usage = true;
}

/// Marks of members decide where a fault is said to be: all of a put value's come from --set.
void mark_member(Node& root, const std::vector<Step>& steps, const Mark& mark) {
  Node* node = &root;
  for (const Step& step : steps) {
    if (step.index) {
      node = &node->items[std::stoul(step.name)];
      continue;
    }
    for (Member& member : node->members) {
      if (member.name != step.name) continue;
      if (&step == &steps.back()) member.mark = mark;
      node = &member.value;
      break;
    }
  }
}

}  // namespace

void read_set_layer(Reading& reading, const std::vector<std::string>& sets) {
  for (const std::string& set : sets) {
    const std::uint32_t source = reading.add_source("--set");
    const std::size_t equals = set.find('=');
    const std::string key = set.substr(0, equals);
    const auto steps = steps_of(key);
    if (equals == std::string::npos || !steps) {
      wrong_usage(reading, source, "", "--set wants key=value", "e.g. --set rails.l402.ttl=120s");
      continue;
    }
    const std::string shown = without_secrets(printable(key, kFoundBytesMax));
    const std::string pattern = pattern_of(*steps);
    if (key.starts_with("secrets") ||
        (!pattern.empty() && holds_secret(pattern) && pattern != "routes")) {
      wrong_usage(reading, source, shown, "a secret does not belong on a command line",
                  "write it to a file of mode 0600 and ${file:/path} in the configuration");
      continue;
    }
    const std::string text = set.substr(equals + 1);
    const Mark mark{source, 0, 0};
    Node value = Node::scalar(text, mark);
    const bool flow = (text.starts_with('[') && text.ends_with(']')) ||
                      (text.starts_with('{') && text.ends_with('}'));
    if (flow) {
      YamlReading yaml = read_flow_value(text, source);
      if (!yaml.faults.empty()) {
        wrong_usage(reading, source, shown, "the value is not a list or mapping",
                    "e.g. --set 'listen=[127.0.0.1:8402]'");
        continue;
      }
      value = std::move(yaml.root);
    }
    if (!put_value(reading.root, *steps, std::move(value))) {
      wrong_usage(reading, source, shown, "there is no such place in the configuration",
                  "tollhouse config shows the keys");
      continue;
    }
    mark_member(reading.root, *steps, mark);
  }
}

void set_upstream(Reading& reading, const std::string& url) {
  const std::uint32_t source = reading.add_source("--upstream");
  const Mark mark{source, 0, 0};
  const std::vector<Step> steps = {{"upstream", false}};
  put_value(reading.root, steps, Node::scalar(url, mark));
  mark_member(reading.root, steps, mark);
}

}  // namespace tollhouse::config
