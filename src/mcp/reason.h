// mcp: why the ingress refuses a request, with HTTP status and JSON-RPC code of each reason.
// Spec: mcp-gateway.md 4.10.
#pragma once
#include <string_view>

#include "base/reason.h"
#include "json/reader.h"

namespace tollhouse::mcp {

/// In the order of checking (origin and host, the first check of all, are gate/'s). The two
/// `confusable_key` share one token and differ in their code.
enum class Reason : std::uint8_t {
  content_type,
  content_encoding,
  body_too_large,
  duplicate_header,
  json_empty,
  json_bom,
  json_utf8,
  json_surrogate,
  json_syntax,
  json_trailing,
  json_depth,
  json_duplicate_key,
  json_limit,
  batch,
  not_object,
  confusable_key_top,
  jsonrpc_version,
  bad_id,
  ambiguous_kind,
  no_method,
  bad_method,
  call_without_id,
  params_not_object,
  confusable_key,
  meta_not_object,
  name_missing,
  name_too_long,
  arguments_not_object,
  response_not_allowed,
  meta_version_missing,
  version_not_string,
  header_missing_version,
  version_mismatch,
  version_unsupported,
  meta_capabilities_missing,
  method_header_missing,
  method_mismatch,
  name_header_missing,
  name_header_charset,
  name_mismatch,
  param_header_mismatch,
};

inline constexpr ReasonRow<Reason> kReasons[] = {
    {Reason::content_type, "content_type", Cure::change_request,
     "The body must be application/json in UTF-8."},
    {Reason::content_encoding, "content_encoding", Cure::change_request,
     "The body must not be compressed."},
    {Reason::body_too_large, "body_too_large", Cure::change_request, "The body is too large."},
    {Reason::duplicate_header, "duplicate_header", Cure::change_request,
     "A routing header occurs more than once."},
    {Reason::json_empty, "json_empty", Cure::change_request, "The body is empty."},
    {Reason::json_bom, "json_bom", Cure::change_request, "The body begins with a byte-order mark."},
    {Reason::json_utf8, "json_utf8", Cure::change_request, "The body is not UTF-8."},
    {Reason::json_surrogate, "json_surrogate", Cure::change_request,
     "A string has a surrogate escape without its partner."},
    {Reason::json_syntax, "json_syntax", Cure::change_request, "The body is not JSON (RFC 8259)."},
    {Reason::json_trailing, "json_trailing", Cure::change_request,
     "Something follows the JSON value."},
    {Reason::json_depth, "json_depth", Cure::change_request, "The JSON is nested too deeply."},
    {Reason::json_duplicate_key, "json_duplicate_key", Cure::change_request,
     "An object has two members of one name."},
    {Reason::json_limit, "json_limit", Cure::change_request,
     "A member count, a member name or a number is too large."},
    {Reason::batch, "batch", Cure::change_request, "Batches are not accepted."},
    {Reason::not_object, "not_object", Cure::change_request, "The body must be a JSON object."},
    {Reason::confusable_key_top, "confusable_key", Cure::change_request,
     "A member name could be taken for another one."},
    {Reason::jsonrpc_version, "jsonrpc_version", Cure::change_request,
     "The member jsonrpc must be \"2.0\"."},
    {Reason::bad_id, "bad_id", Cure::change_request,
     "The id must be a short string or an integer below 2^53."},
    {Reason::ambiguous_kind, "ambiguous_kind", Cure::change_request,
     "The message must be a request or a response, not both."},
    {Reason::no_method, "no_method", Cure::change_request, "The message has no method."},
    {Reason::bad_method, "bad_method", Cure::change_request, "The method is not a method name."},
    {Reason::call_without_id, "call_without_id", Cure::change_request,
     "This method needs an id: a notification can be neither answered nor charged."},
    {Reason::params_not_object, "params_not_object", Cure::change_request,
     "The member params must be an object."},
    {Reason::confusable_key, "confusable_key", Cure::change_request,
     "A member name could be taken for another one."},
    {Reason::meta_not_object, "meta_not_object", Cure::change_request,
     "The member _meta must be an object."},
    {Reason::name_missing, "name_missing", Cure::change_request,
     "The name, uri or taskId of this method is missing or empty."},
    {Reason::name_too_long, "name_too_long", Cure::change_request, "The name is too long."},
    {Reason::arguments_not_object, "arguments_not_object", Cure::change_request,
     "The member arguments must be an object."},
    {Reason::response_not_allowed, "response_not_allowed", Cure::change_request,
     "Responses from clients do not exist in this protocol version."},
    {Reason::meta_version_missing, "meta_version_missing", Cure::change_request,
     "The _meta member io.modelcontextprotocol/protocolVersion is missing."},
    {Reason::version_not_string, "version_not_string", Cure::change_request,
     "The protocol version in _meta must be a string."},
    {Reason::header_missing_version, "header_missing_version", Cure::change_request,
     "The header MCP-Protocol-Version is missing."},
    {Reason::version_mismatch, "version_mismatch", Cure::change_request,
     "The header MCP-Protocol-Version differs from the body."},
    {Reason::version_unsupported, "version_unsupported", Cure::change_request,
     "This protocol version is not supported."},
    {Reason::meta_capabilities_missing, "meta_capabilities_missing", Cure::change_request,
     "The _meta member io.modelcontextprotocol/clientCapabilities is missing."},
    {Reason::method_header_missing, "method_header_missing", Cure::change_request,
     "The header Mcp-Method is missing."},
    {Reason::method_mismatch, "method_mismatch", Cure::change_request,
     "The header Mcp-Method differs from the body."},
    {Reason::name_header_missing, "name_header_missing", Cure::change_request,
     "The header Mcp-Name is missing."},
    {Reason::name_header_charset, "name_header_charset", Cure::change_request,
     "The header Mcp-Name has bytes that must be encoded."},
    {Reason::name_mismatch, "name_mismatch", Cure::change_request,
     "The header Mcp-Name differs from the body."},
    {Reason::param_header_mismatch, "param_header_mismatch", Cure::change_request,
     "An Mcp-Param header differs from the arguments."},
};
static_assert(rows_in_enum_order(kReasons));

inline constexpr int kParseError = -32700;
inline constexpr int kInvalidRequest = -32600;
inline constexpr int kMethodNotFound = -32601;
inline constexpr int kInvalidParams = -32602;
inline constexpr int kInternalError = -32603;
inline constexpr int kHeaderMismatch = -32020;
inline constexpr int kUnsupportedVersion = -32022;

/// How a refusal of the ingress looks on the wire, the same for every configuration.
struct Placement {
  int http_status;
  int code;  ///< of the JSON-RPC error
};

constexpr Placement placement_of(Reason reason) {
  if (reason <= Reason::content_encoding) return {415, kInvalidRequest};
  if (reason == Reason::body_too_large) return {413, kInvalidRequest};
  if (reason == Reason::duplicate_header) return {400, kHeaderMismatch};
  if (reason <= Reason::json_limit) return {400, kParseError};
  if (reason <= Reason::call_without_id) return {400, kInvalidRequest};
  if (reason <= Reason::arguments_not_object) return {400, kInvalidParams};
  if (reason == Reason::response_not_allowed) return {400, kInvalidRequest};
  if (reason <= Reason::version_not_string) return {400, kInvalidParams};
  if (reason == Reason::version_unsupported) return {400, kUnsupportedVersion};
  if (reason == Reason::meta_capabilities_missing) return {400, kInvalidParams};
  return {400, kHeaderMismatch};
}

/// The reader's reasons stand here in their own order.
constexpr Reason reason_of(json::Reason reason) {
  return static_cast<Reason>(static_cast<int>(Reason::json_empty) + static_cast<int>(reason));
}
static_assert(row_of(kReasons, reason_of(json::Reason::json_empty)).token == "json_empty");
static_assert(row_of(kReasons, reason_of(json::Reason::json_limit)).token == "json_limit");

}  // namespace tollhouse::mcp
