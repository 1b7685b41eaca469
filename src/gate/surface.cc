// gate: choosing a surface.
#include "gate/surface.h"

#include <algorithm>

#include "http/authorization.h"
#include "mcp/meta_names.h"

namespace tollhouse::gate {
namespace {

using http::KnownField;

/// Credentials in `_meta` come from callers that do not see their own HTTP.
std::optional<Surface> by_meta(const mcp::Message& message) {
  const auto own = [](const mcp::CredentialMember& member) {
    return member.name.starts_with(mcp::kMetaOwnPrefix);
  };
  // The codes of the Payment scheme are for callers whose `initialize` announced it, and sessions
  // are not kept here; the others look into `_meta` of a result (mpp.md 7).
  const bool named = message.hints.x402 || message.hints.paymentauth;
  if (named || std::ranges::any_of(message.credentials, own)) return Surface::result;
  return std::nullopt;
}

/// Whoever pays by header reads statuses and fields.
bool pays_by_header(const http::FieldList& fields) {
  static constexpr KnownField kPaying[] = {
      KnownField::accept_payment,     KnownField::x_payment,
      KnownField::payment_signature,  KnownField::x_l402,
      KnownField::macaroon,           KnownField::grpc_metadata_macaroon,
      KnownField::accept_authenticate};
  for (const KnownField field : kPaying) {
    if (fields.has(field)) return true;
  }
  const http::CredentialList shown = http::read_authorization(fields);
  return std::ranges::any_of(shown, [](const http::Credential& credential) {
    return credential.is("L402") || credential.is("LSAT") || credential.is("Payment");
  });
}

/// The Python SDKs: 1.x ends its whole connection on a 4xx, 2.x pays in band only.
bool is_python_sdk(const http::FieldList& fields) {
  const std::string_view agent = fields.value(KnownField::user_agent);
  if (!agent.starts_with("python-httpx/") && !agent.starts_with("python-httpx2/")) return false;
  const std::string_view accept = fields.value(KnownField::accept);
  return fields.has(KnownField::mcp_protocol_version) ||
         accept.find("text/event-stream") != std::string_view::npos;
}

Surface chosen(const Route& route, const http::FieldList& fields, const mcp::Message& message) {
  if (route.surface) return *route.surface;
  if (const auto surface = by_meta(message)) return *surface;
  if (pays_by_header(fields)) return Surface::http;
  return is_python_sdk(fields) ? Surface::result : Surface::http;
}

}  // namespace

Surface surface_for(const Route& route, const http::FieldList& fields,
                    const mcp::Message& message) {
  if (message.id.empty()) return Surface::http;
  const Surface surface = chosen(route, fields, message);
  const bool result = surface == Surface::result;
  return result && message.method != mcp::Method::tools_call ? Surface::error : surface;
}

}  // namespace tollhouse::gate
