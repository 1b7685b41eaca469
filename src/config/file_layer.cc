// config: the file, and putting single values into the tree.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/format.h"
#include "config/limits.h"
#include "config/sources.h"
#include "config/units.h"
#include "config/yaml.h"

namespace tollhouse::config {
namespace {

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::optional<std::string> file_text(const std::string& file) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error)) return std::nullopt;
  std::ifstream stream(file, std::ios::binary);
  std::stringstream content;
  content << stream.rdbuf();
  if (!stream) return std::nullopt;
  return content.str();
}

Node& member_of(Node& node, const std::string& name, const Mark& mark) {
  if (Node* found = node.find(name)) return *found;
  node.members.push_back({name, mark, Node()});
  return node.members.back().value;
}

}  // namespace

void read_file_layer(Reading& reading, const std::string& file) {
  reading.file = file;
  reading.folder = std::filesystem::path(file).parent_path().string();
  const std::uint32_t source = reading.add_source(file);
  const auto text = file_text(file);
  if (!text) {
    reading.add_fault({source, 0, 0}, "", "the configuration file is missing or cannot be read",
                      fmt::format("tollhouse init {}", file));
    return;
  }
  YamlReading yaml = read_yaml(*text, source);
  reading.root = std::move(yaml.root);
  reading.root.mark = {source, 0, 0};
  reading.sources[source].lines = lines_of(*text);
  for (const YamlFault& fault : yaml.faults) {
    reading.add_fault(fault.mark, "", fault.message, fault.cure);
  }
}

std::optional<std::vector<Step>> steps_of(std::string_view path) {
  std::vector<Step> steps;
  while (!path.empty()) {
    if (path.starts_with("[\"")) {
      const std::size_t end = path.find("\"]");
      if (end == std::string_view::npos) return std::nullopt;
      steps.push_back({std::string(path.substr(2, end - 2)), false});
      path.remove_prefix(end + 2);
    } else if (path.starts_with('[')) {
      const std::size_t end = path.find(']');
      if (end == std::string_view::npos) return std::nullopt;
      const auto index = whole_number_from_text(path.substr(1, end - 1));
      if (!index || *index > kListIndexMax) return std::nullopt;
      steps.push_back({std::to_string(*index), true});
      path.remove_prefix(end + 1);
    } else {
      const std::size_t end = std::min(path.find_first_of(".["), path.size());
      if (end == 0) return std::nullopt;
      steps.push_back({std::string(path.substr(0, end)), false});
      path.remove_prefix(end);
    }
    if (path.starts_with('.')) {
      path.remove_prefix(1);
      if (path.empty() || path.starts_with('[')) return std::nullopt;
    }
  }
  return steps.empty() ? std::nullopt : std::optional(steps);
}

std::string pattern_of(const std::vector<Step>& steps) {
  std::string pattern;
  for (const Step& step : steps) {
    pattern = step.index ? pattern_of_items(pattern) : pattern_below(pattern, step.name);
    if (pattern.empty()) return {};
  }
  return pattern;
}

bool put_value(Node& root, const std::vector<Step>& steps, Node value) {
  Node* node = &root;
  for (const Step& step : steps) {
    const Node::Kind wanted = step.index ? Node::Kind::sequence : Node::Kind::mapping;
    if (node->is_null()) node->kind = wanted;
    if (node->kind != wanted) return false;
    if (step.index) {
      const std::size_t index = std::stoul(step.name);
      if (index > node->items.size()) return false;  // lists have no holes
      if (index == node->items.size()) node->items.emplace_back();
      node = &node->items[index];
    } else {
      node = &member_of(*node, step.name, value.mark);
    }
    if (node->mark.line == 0) node->mark = value.mark;
  }
  *node = std::move(value);
  return true;
}

}  // namespace tollhouse::config
