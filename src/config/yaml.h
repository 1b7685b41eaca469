// config: YAML (and so JSON) to a tree of text, strictly: one document, no duplicate keys, no
// anchors, aliases or tags, UTF-8, bounded size and depth.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "config/node.h"

namespace tollhouse::config {

struct YamlFault {
  Mark mark;
  std::string message;
  std::string cure;
};

struct YamlReading {
  Node root;  ///< a mapping; empty where the text is empty
  std::vector<YamlFault> faults;
};

/// Marks carry `source`. Of a syntax error only the first is told, of duplicate keys all.
YamlReading read_yaml(std::string_view text, std::uint32_t source);

/// One flow value (`[a, b]`, `{a: b}`) out of an environment variable or --set.
YamlReading read_flow_value(std::string_view text, std::uint32_t source);

}  // namespace tollhouse::config
