// http: field names that the gate reads, writes or strips, and what they are for. Each has a small
// number, so that a head can be asked for `host` without a search.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tollhouse::http {

enum class KnownField : std::uint8_t {
  other,           ///< any name that is not in this list
  mcp_param,       ///< Mcp-Param-*
  mcp_other,       ///< Mcp-* without a line of its own
  x_forwarded,     ///< X-Forwarded-* without a line of its own
  gate_forwarded,  ///< X-Tollhouse-*, X-Gate-*, X-Reputation-*: what the gate tells upstreams
  host,
  content_length,
  transfer_encoding,
  content_type,
  content_encoding,
  expect,
  connection,
  keep_alive,
  proxy_connection,
  proxy_authenticate,
  proxy_authorization,
  te,
  trailer,
  upgrade,
  http2_settings,
  authorization,
  cookie,
  x_l402,
  macaroon,
  grpc_metadata_macaroon,
  x_payment,
  payment_signature,
  x_pow_solution,
  x_mcp_auth_composite,
  x_api_key,
  x_caller_proof,
  x_lw_secret,
  x_lw_public,
  dpop,
  signature,
  signature_input,
  signature_agent,
  sign_in_with_x,
  client_cert,
  origin,
  mcp_session_id,
  mcp_protocol_version,
  mcp_method,
  mcp_name,
  last_event_id,
  idempotency_key,
  forwarded,
  x_real_ip,
  x_forwarded_for,
  x_forwarded_host,
  x_forwarded_proto,
  x_original_uri,
  x_original_method,
  via,
  accept,
  accept_encoding,
  accept_language,
  accept_payment,
  accept_signature,
  accept_authenticate,
  user_agent,
  referer,
  range,
  traceparent,
  tracestate,
  baggage,
  x_request_id,
  access_control_request_method,
  access_control_request_headers,
  access_control_request_private_network,
  content_range,
  date,
  server,
  location,
  cache_control,
  vary,
  allow,
  retry_after,
  set_cookie,
  www_authenticate,
  x_accel_buffering,
  dpop_nonce,
  l402_error,
  payment_required,
  payment_response,
  payment_receipt,
  x_payment_response,
  x_payment_receipt,
  x_payment_receipt_v2,
  idempotency_replayed,
  extension_responses,
};
constexpr std::size_t kKnownFields = static_cast<std::size_t>(KnownField::extension_responses) + 1;

/// What a field is for; a set of bits.
enum FieldPurpose : std::uint8_t {
  kHopByHop = 1,     ///< ends at this hop whatever Connection says (RFC 9110 7.6.1)
  kFraming = 2,      ///< says where the message ends or how its bytes are to be read
  kRouting = 4,      ///< says whom or what the request is for
  kCredential = 8,   ///< proves, pays or identifies
  kForwarding = 16,  ///< tells upstreams who came; a caller's own copies are removed
  kAnswer = 32,      ///< the gate's own word in an answer; an upstream's copies are removed
};

/// The place of `name` in the list above; its case does not matter. Names hold token characters.
KnownField known_field(std::string_view name);
/// The name in lower case; empty for `other` and for the four families.
std::string_view name_of(KnownField field);
/// Bits of FieldPurpose.
std::uint8_t purpose_of(KnownField field);

/// Hop-by-hop by definition. What `Connection` names besides is known to the head alone.
inline bool is_hop_by_hop(KnownField field) { return (purpose_of(field) & kHopByHop) != 0; }
inline bool is_hop_by_hop(std::string_view name) { return is_hop_by_hop(known_field(name)); }
/// Fields that no `Connection` option may remove and no trailer may bring: framing, routing,
/// credentials, forwarding (reliability-security.md 2.1: hb-02 to hb-04, ch-24, ch-25).
inline bool is_protected(KnownField field) {
  return (purpose_of(field) & (kFraming | kRouting | kCredential | kForwarding)) != 0 &&
         !is_hop_by_hop(field);
}
/// Whether a name with an underscore would be taken for a known one by a reader that folds
/// underscores to hyphens (CGI, WSGI). False for names without an underscore and for Mcp-Param-*.
bool is_alias(std::string_view name);

}  // namespace tollhouse::http
