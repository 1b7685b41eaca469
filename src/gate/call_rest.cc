// gate: REST calls: the handshake they need upstream, and answers without JSON-RPC around them.
#include <algorithm>

#include "gate/call_flow.h"
#include "gate/forwarding.h"
#include "gate/meaning.h"
#include "gate/price.h"
#include "http/sse.h"
#include "http/writer.h"
#include "mcp/ingress.h"
#include "mcp/result.h"

namespace tollhouse::gate {
namespace {

constexpr std::string_view kVersion = "2025-11-25";
constexpr std::string_view kInitialize =
    R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25",)"
    R"("capabilities":{},"clientInfo":{"name":"tollhouse","version":"1"}}})";
constexpr std::string_view kInitialized =
    R"({"jsonrpc":"2.0","method":"notifications/initialized"})";
/// The id of kInitialize.
constexpr std::string_view kHandshakeId = "0";
/// An `initialize` answer is short; one that is not is no answer.
constexpr std::size_t kHandshakeBytesMax = 64 * 1024;

std::string handshake_head(const Upstream& upstream, const RestSession& session,
                           std::size_t body_bytes) {
  std::string head;
  http::append_request_line(head, "POST", upstream.path);
  http::append_field(head, "Host", upstream.authority);
  http::append_field(head, "Content-Type", "application/json");
  http::append_field(head, "Accept", "application/json, text/event-stream");
  http::append_field(head, "Accept-Encoding", "identity");
  for (const auto& [name, value] : upstream.fields) http::append_field(head, name, value);
  write_rest_session(head, session);
  http::append_content_length(head, body_bytes);
  http::end_head(head);
  return head;
}

bool is_success(int status) { return status >= 200 && status < 300; }

/// Whether the server has spoken about the handshake at all: trouble of its own, and being too
/// busy, say nothing of what it speaks.
bool speaks_of_handshake(int status) {
  return is_success(status) || (status >= 400 && status < 500 && status != 408 && status != 429);
}

/// What a server of the stateless revision says to an `initialize`: it knows no such method, misses
/// `_meta` or its header, or names the versions it speaks (mcp-gateway.md 1.3).
bool is_stateless_refusal(std::int64_t code) {
  return code == mcp::kMethodNotFound || code == mcp::kInvalidParams ||
         code == mcp::kHeaderMismatch || code == mcp::kUnsupportedVersion;
}

/// The answer to the handshake as a JSON-RPC message, out of a JSON body or an event stream.
std::string handshake_message(const std::string& body, bool events, json::Document& workspace) {
  if (!events) return body;
  http::EventStreamReader reader(kHandshakeBytesMax);
  std::string_view rest = body;
  while (!rest.empty()) {
    const http::StreamStep step = reader.step(rest);
    rest.remove_prefix(step.consumed);
    if (!step.event) continue;
    const std::string data(step.event->data);
    if (meaning_of(mcp::classify(data, kHandshakeId, workspace).kind).final) return data;
  }
  return {};
}

/// The version that both speak, as the server answered it.
std::string agreed_version(std::string_view result, json::Document& workspace) {
  const auto root = json::parse(result, workspace);
  const auto member = root ? root->find("protocolVersion") : std::nullopt;
  const auto text = member ? member->as_string() : std::nullopt;
  const bool known = text && std::ranges::find(mcp::kVersions, *text) != std::end(mcp::kVersions);
  return std::string(known ? *text : kVersion);
}

}  // namespace

/// Sends one handshake message and reads its answer to the end. Nothing where no answer came.
io::Task<std::optional<CallFlow::Handshake>> CallFlow::send_handshake(const RestSession& session,
                                                                      std::string_view body) {
  const Upstream& upstream = call_.route->upstream;
  const std::string head = handshake_head(upstream, session, body.size());
  const std::array<std::string_view, 2> parts{head, body};
  Exchange exchange(worker_.reactor, worker_.pool_of(*call_.route), upstream);
  const auto fault = co_await exchange.begin(parts);
  if (fault) co_return std::nullopt;
  Handshake handshake;
  handshake.status = exchange.head().status;
  handshake.session_id =
      std::string(exchange.head().fields.value(http::KnownField::mcp_session_id));
  std::string answer;
  while (true) {
    while (const auto slice = exchange.slice()) {
      if (answer.size() < kHandshakeBytesMax) answer += *slice;
    }
    if (exchange.complete()) break;
    const Tick deadline = read_deadline(false);
    const auto cut = co_await exchange.read_more(deadline);
    if (cut) co_return std::nullopt;
  }
  const bool events = is_event_stream(exchange.head());
  handshake.message = handshake_message(answer, events, worker_.answer_document);
  co_return std::move(handshake);
}

/// Once per upstream and reactor. A server that refuses the handshake is called without one, in the
/// stateless form where it speaks that. One that did not answer is asked again by the next call.
io::Task<> CallFlow::open_rest_session() {
  if (worker_.rest_session_of(*call_.route).opened) co_return;
  RestSession found;
  const auto handshake = co_await send_handshake(found, kInitialize);
  if (!handshake || !speaks_of_handshake(handshake->status)) co_return;
  found.opened = true;
  const mcp::Outcome outcome =
      mcp::classify(handshake->message, kHandshakeId, worker_.answer_document);
  found.stateless = is_stateless_refusal(outcome.error_code);
  if (found.stateless) found.version = mcp::kFirstModernVersion;
  if (is_success(handshake->status) && outcome.kind == mcp::OutcomeKind::result) {
    found.version = agreed_version(outcome.result, worker_.answer_document);
    found.id = handshake->session_id;
    const auto told = co_await send_handshake(found, kInitialized);
    // Without its last word a server may refuse every call.
    if (!told || !is_success(told->status)) co_return;
  }
  // Another call of this reactor may have been quicker; one session is enough.
  RestSession& kept = worker_.rest_session_of(*call_.route);
  if (!kept.opened) kept.keep(std::move(found));
}

/// What the tool costs, to whoever asks before calling: no invoice is made, nothing is called.
io::Task<> CallFlow::answer_price() {
  std::string price;
  if (call_.row != nullptr) price = price_object(call_.rules.policy, *call_.row);
  context_.price = price;
  if (!call_.terms.free()) {
    const Refusal refusal = refusal_of(Reason::payment_required);
    co_await answer_refusal(refusal);
    co_return;
  }
  call_.record.outcome = Outcome::admitted;
  call_.record.status = 200;
  context_.keep_alive = connection_.keeps_alive();
  std::string& out = connection_.answer_scratch();
  out.clear();
  write_json(out, 200, price, context_);
  const std::array<std::string_view, 1> parts{out};
  const io::Transfer sent = co_await connection_.write(parts);
  if (!connection_.wrote(sent)) call_.caller_gone = true;
}

io::Task<> CallFlow::answer_rest(std::string_view answer) {
  const mcp::Outcome outcome = mcp::classify(answer, call_.message->id, worker_.answer_document);
  if (outcome.result.empty()) {
    Refusal refusal = refusal_of(Reason::upstream_protocol);
    if (outcome.kind == mcp::OutcomeKind::rpc_error) refusal = refusal_of(Reason::upstream_error);
    co_await answer_refusal(refusal);
    co_return;
  }
  call_.record.outcome = Outcome::admitted;
  call_.record.status = 200;
  context_.receipt = call_.receipt;
  if (call_.payment) context_.settlement = call_.payment->settlement;
  const std::string payment = payment_receipt();
  context_.payment_receipt = payment;
  context_.keep_alive = connection_.keeps_alive();
  std::string& out = connection_.answer_scratch();
  out.clear();
  write_json(out, 200, outcome.result, context_);
  const std::array<std::string_view, 1> parts{out};
  answering_ = true;
  const io::Transfer sent = co_await connection_.write(parts);
  if (!connection_.wrote(sent)) call_.caller_gone = true;
  answered();
}

}  // namespace tollhouse::gate
