// gate: heads in both directions.
#include "gate/forwarding.h"

#include <array>
#include <charconv>

#include "base/base64.h"
#include "base/hex.h"
#include "base/invariant.h"
#include "base/switches.h"
#include "crypto/sha256.h"
#include "gate/answer.h"
#include "http/characters.h"
#include "http/names.h"
#include "http/writer.h"
#include "mcp/header_codec.h"
#include "x402/payment_required.h"

namespace tollhouse::gate {
namespace {

using http::KnownField;

bool stays_behind(const http::Field& field) {
  if (!http::RequestHead::passes_hop(field)) return true;
  const bool leaks =
      field.known == KnownField::payment_signature && planted(PlantedBug::payment_forwarded);
  if (leaks) return false;
  if ((http::purpose_of(field.known) & (http::kCredential | http::kForwarding)) != 0) return true;
  switch (field.known) {
    case KnownField::origin:           // judged here; the upstream's own check would see us
    case KnownField::accept_encoding:  // event streams must be readable
    case KnownField::mcp_method:       // written anew from what was checked
    case KnownField::mcp_name:
    case KnownField::mcp_protocol_version:
    case KnownField::x_request_id:
      return true;
    default:
      return false;
  }
}

void write_checked_mirrors(std::string& out, const Call& call) {
  const auto& sent = call.head.fields;
  if (!call.message) {
    const auto version = sent.find(KnownField::mcp_protocol_version);
    if (version) http::append_field(out, "MCP-Protocol-Version", *version);
    return;
  }
  const mcp::Message& message = *call.message;
  if (sent.has(KnownField::mcp_protocol_version)) {
    http::append_field(out, "MCP-Protocol-Version", message.protocol_version);
  }
  if (sent.has(KnownField::mcp_method)) http::append_field(out, "Mcp-Method", message.method_text);
  if (sent.has(KnownField::mcp_name)) {
    http::append_field(out, "Mcp-Name", mcp::encode_header_value(message.name));
  }
}

/// What a stateless request repeats in its head (mcp-gateway.md 1.3).
void write_rest_mirrors(std::string& out, const mcp::Message& message) {
  http::append_field(out, "Mcp-Method", message.method_text);
  http::append_field(out, "Mcp-Name", mcp::encode_header_value(message.name));
}

/// Stable for one use of one payment, so that a tool with outside effects can recognise a repeat;
/// the caller's answer to a question is none.
std::string hold_id(const ledger::UseKey& key, std::uint8_t round) {
  std::string number = std::to_string(key.use_no);
  if (round != 0) number += "." + std::to_string(round);
  crypto::Sha256 hash;
  const Digest digest = hash.update(bytes_of("tollhouse hold "))
                            .update(key.payment_hash.view())
                            .update(bytes_of(number))
                            .finish();
  return hex(digest.view().first(16));
}

void write_payment(std::string& out, const Call& call) {
  if (!call.payment || call.continuation.follows_task) return;
  // Written in place: digits and fixed words need no escaping, and this runs for every paid call.
  std::array<char, 20> amount;
  const auto [end, error] =
      std::to_chars(amount.data(), amount.data() + amount.size(), call.payment->price.count());
  invariant(error == std::errc{});
  out += R"(X-Tollhouse-Pay-Auth: {"rail":")";
  out += is_worked_for(*call.payment) ? to_text(Rail::pow) : call.payment->rail_name;
  out += R"(","paymentHash":")";
  append_hex(out, call.payment->payment_hash.view());
  out += R"(","amountMsat":)";
  out.append(amount.data(), end);
  // Of what was shown only what is no secret: docs/decisions/0011.
  if (!call.payment->invoice.empty()) {
    out.append(R"(,"payload":{"invoice":")").append(call.payment->invoice).append("\"}");
  }
  out += "}\r\n";
  if (call.head.fields.has(KnownField::idempotency_key)) return;
  const auto& standing = call.standing;
  const std::uint8_t round = call.continuation.round;
  if (standing.hold) http::append_field(out, "Idempotency-Key", hold_id(standing.hold->key, round));
  if (standing.redelivery)
    http::append_field(out, "Idempotency-Key", hold_id(standing.redelivery->key, round));
}

bool own_answer_field(const http::Field& field, const AnswerFields& fields) {
  if (!http::ResponseHead::passes_hop(field)) return true;
  switch (field.known) {
    case KnownField::www_authenticate:  // ours alone: an upstream's would start a foreign login
    case KnownField::set_cookie:
    case KnownField::x_request_id:
    case KnownField::payment_response:  // what was paid and charged is the gate's to say
    case KnownField::payment_receipt:
    case KnownField::x_payment_receipt:
    case KnownField::x_payment_receipt_v2:
      return true;
    case KnownField::cache_control:
      return fields.opened_by_credential || fields.event_stream;
    case KnownField::x_accel_buffering:
      return fields.event_stream;
    default:
      break;
  }
  if (fields.allowed_origin.empty()) return false;
  return http::equal_ignoring_case(field.name, "access-control-allow-origin") ||
         http::equal_ignoring_case(field.name, "access-control-expose-headers");
}

void write_caching(std::string& out, const AnswerFields& fields) {
  if (fields.event_stream) {
    http::append_field(
        out, "Cache-Control",
        fields.opened_by_credential ? "private, no-store, no-transform" : "no-cache, no-transform");
    http::append_field(out, "X-Accel-Buffering", "no");
  } else if (fields.opened_by_credential) {
    http::append_field(out, "Cache-Control", "private, no-store");
  }
}

}  // namespace

void write_rest_session(std::string& out, const RestSession& session) {
  if (!session.version.empty()) http::append_field(out, "MCP-Protocol-Version", session.version);
  if (!session.id.empty() && http::is_field_value(session.id)) {
    http::append_field(out, "Mcp-Session-Id", session.id);
  }
}

void write_upstream_head(std::string& out, const Call& call, const RestSession& session,
                         std::size_t body_bytes) {
  const Upstream& upstream = call.route->upstream;
  const bool rest = call.form == AnswerForm::rest;
  http::append_request_line(out, rest ? "POST" : call.head.method_text(), upstream.path);
  http::append_field(out, "Host", upstream.authority);
  if (rest) {
    http::append_field(out, "Content-Type", "application/json");
    http::append_field(out, "Accept", "application/json, text/event-stream");
    write_rest_session(out, session);
    if (session.stateless) write_rest_mirrors(out, *call.message);
  } else {
    for (const http::Field& field : call.head.fields) {
      if (!stays_behind(field)) http::append_read_field(out, field);
    }
    write_checked_mirrors(out, call);
  }
  for (const auto& [name, value] : upstream.fields) http::append_field(out, name, value);
  http::append_field(out, "Accept-Encoding", "identity");
  http::append_field(out, "X-Request-Id", call.request_id);
  write_payment(out, call);
  if (call.head.method == http::Method::post || body_bytes != 0) {
    http::append_content_length(out, body_bytes);
  }
  http::end_head(out);
}

void write_answer_head(std::string& out, const http::ResponseHead& upstream,
                       const AnswerFields& fields) {
  http::append_status_line(out, upstream.status);
  for (const http::Field& field : upstream.fields) {
    if (!own_answer_field(field, fields)) http::append_read_field(out, field);
  }
  write_caching(out, fields);
  http::append_field(out, "X-Request-Id", fields.request_id);
  if (!fields.settlement.empty()) {
    http::append_field(out, "PAYMENT-RESPONSE", x402::header_value(fields.settlement));
  }
  if (!fields.payment_receipt.empty()) {
    http::append_field(out, "Payment-Receipt", base64url(bytes_of(fields.payment_receipt)));
  }
  if (!fields.receipt.empty()) {
    http::append_field(out, "X-Payment-Receipt", base64url(bytes_of(fields.receipt)));
  }
  if (!fields.allowed_origin.empty()) {
    http::append_field(out, "Access-Control-Allow-Origin", fields.allowed_origin);
    http::append_field(out, "Access-Control-Expose-Headers", kExposedFields);
    http::append_field(out, "Vary", "Origin");
  }
  if (!fields.keep_alive) http::append_field(out, "Connection", "close");
}

bool is_event_stream(const http::ResponseHead& head) {
  const std::string_view type = head.fields.value(KnownField::content_type);
  const std::string_view media = type.substr(0, type.find(';'));
  return http::equal_ignoring_case(http::trimmed(media), "text/event-stream");
}

}  // namespace tollhouse::gate
