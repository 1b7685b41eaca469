// config: a configuration as it was written: scalars are text, every value knows its place. What a
// text means is decided by the option table, never by the look of the text (`010`, `yes`, `1e3`).
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tollhouse::config {

/// `source` is an index into the reading's list of sources.
struct Mark {
  std::uint32_t source = 0;
  std::uint32_t line = 0;  ///< from 1; 0: the source has no lines
  std::uint32_t column = 0;
};

struct Member;

struct Node {
  enum class Kind : std::uint8_t { null, scalar, sequence, mapping };
  Kind kind = Kind::null;
  bool quoted = false;  ///< a quoted scalar is text and never null
  std::string written;  ///< scalar as it stands in the source
  std::string text;     ///< scalar with `${...}` filled in
  Mark mark;
  std::vector<Node> items;
  std::vector<Member> members;

  bool is_null() const { return kind == Kind::null; }
  bool is_scalar() const { return kind == Kind::scalar; }
  bool is_sequence() const { return kind == Kind::sequence; }
  bool is_mapping() const { return kind == Kind::mapping; }
  Node* find(std::string_view name);
  const Node* find(std::string_view name) const;
  /// One line: `3 sat`, `[a, b]`, `{a: b}`; scalars as written.
  std::string one_line() const;

  static Node scalar(std::string text, Mark mark);
  static Node mapping(Mark mark);
};

struct Member {
  std::string name;
  Mark mark;
  Node value;
};

}  // namespace tollhouse::config
