// mcp: the header fields the ingress judges by, gathered by a visitor over (name, value) pairs.
// Spec: mcp-gateway.md 4.1 rules 1, 2 and 6.
#pragma once
#include <optional>
#include <string_view>
#include <vector>

namespace tollhouse::mcp {

struct ParamField {
  std::string_view suffix;  ///< what follows `Mcp-Param-`, as it was sent
  std::string_view value;
};

/// Views into the head; it must outlive this.
class RoutingHeaders {
 public:
  /// Looks at one field line. Names without regard to case; blanks around the value are dropped.
  void see(std::string_view name, std::string_view value);

  /// Exactly one `Content-Type`, application/json, at most with charset=utf-8.
  bool content_type_is_json() const;
  /// No `Content-Encoding`, or `identity` on each line.
  bool is_unencoded() const { return !encoded_; }
  /// `MCP-Protocol-Version`, `Mcp-Method`, `Mcp-Name`, `Mcp-Session-Id`, `Origin` or the same
  /// `Mcp-Param-*` on two lines.
  bool has_duplicate() const { return duplicate_; }

  std::optional<std::string_view> protocol_version() const { return protocol_version_; }
  std::optional<std::string_view> method() const { return method_; }
  std::optional<std::string_view> name() const { return name_; }
  std::optional<std::string_view> session_id() const { return session_id_; }
  const std::vector<ParamField>& params() const { return params_; }

 private:
  void keep_once(std::optional<std::string_view>& place, std::string_view value);
  void keep_param(std::string_view suffix, std::string_view value);

  std::optional<std::string_view> content_type_;
  std::optional<std::string_view> protocol_version_;
  std::optional<std::string_view> method_;
  std::optional<std::string_view> name_;
  std::optional<std::string_view> session_id_;
  std::optional<std::string_view> origin_;
  std::vector<ParamField> params_;
  bool content_type_twice_ = false;
  bool encoded_ = false;
  bool duplicate_ = false;
};

/// From any range of things with `name` and `value`, such as http::FieldList.
template <class Fields>
RoutingHeaders routing_headers(const Fields& fields) {
  RoutingHeaders headers;
  for (const auto& field : fields) headers.see(field.name, field.value);
  return headers;
}

}  // namespace tollhouse::mcp
