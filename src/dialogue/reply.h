// dialogue: what a caller sends and what comes back, as plain values; sockets are somebody else's.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tollhouse::dialogue {

struct FieldLine {
  std::string name;
  std::string value;  ///< may be a secret
};

/// A POST (or DELETE, with an empty body) to the gate's MCP address.
struct Request {
  std::string method = "POST";
  std::vector<FieldLine> fields;
  std::string body;
};

struct Reply {
  int status = 0;
  std::vector<FieldLine> fields;
  std::string body;

  /// Value of the first line of that name, in any case.
  std::optional<std::string_view> find(std::string_view name) const;
  /// Values of all lines of that name, in order.
  std::vector<std::string_view> all(std::string_view name) const;
  /// Media type without parameters, in lower case; empty where there is none.
  std::string media_type() const;
};

}  // namespace tollhouse::dialogue
