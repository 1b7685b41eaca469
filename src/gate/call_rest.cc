// gate: REST calls: the handshake they need upstream, and answers without JSON-RPC around them.
#include "gate/call_flow.h"
#include "gate/forwarding.h"
#include "gate/meaning.h"
#include "gate/price.h"
#include "http/writer.h"
#include "mcp/result.h"

namespace tollhouse::gate {
namespace {

constexpr std::string_view kVersion = "2025-11-25";
constexpr std::string_view kInitialize =
    R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25",)"
    R"("capabilities":{},"clientInfo":{"name":"tollhouse","version":"1"}}})";
constexpr std::string_view kInitialized =
    R"({"jsonrpc":"2.0","method":"notifications/initialized"})";

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

}  // namespace

/// Sends one handshake message and reads its answer to the end. Nothing where no answer came.
io::Task<std::optional<CallFlow::Handshake>> CallFlow::send_handshake(std::string_view body) {
  const Upstream& upstream = call_.route->upstream;
  const std::string head =
      handshake_head(upstream, worker_.rest_session_of(*call_.route), body.size());
  const std::array<std::string_view, 2> parts{head, body};
  Exchange exchange(worker_.reactor, worker_.pool_of(*call_.route), upstream);
  const auto fault = co_await exchange.begin(parts);
  if (fault) co_return std::nullopt;
  const bool success = exchange.head().status >= 200 && exchange.head().status < 300;
  Handshake handshake;
  handshake.accepted = success;
  handshake.session_id =
      std::string(exchange.head().fields.value(http::KnownField::mcp_session_id));
  while (!exchange.complete()) {
    while (exchange.slice()) continue;
    if (exchange.complete()) break;
    const Tick deadline = read_deadline(false);
    const auto cut = co_await exchange.read_more(deadline);
    if (cut) co_return std::nullopt;
  }
  co_return std::move(handshake);
}

/// Once per upstream and reactor. A server that refuses the handshake is called without one: it may
/// speak the stateless revision, or none. One that did not answer is asked again by the next call.
io::Task<> CallFlow::open_rest_session() {
  RestSession& session = worker_.rest_session_of(*call_.route);
  if (session.opened) co_return;
  auto handshake = co_await send_handshake(kInitialize);
  if (!handshake) co_return;
  session.opened = true;
  if (!handshake->accepted) co_return;
  session.version = kVersion;
  session.id = std::move(handshake->session_id);
  const auto told = co_await send_handshake(kInitialized);
  static_cast<void>(told);
}

/// What the tool costs, to whoever asks before calling: no invoice is made, nothing is called.
io::Task<> CallFlow::answer_price() {
  std::string price;
  if (call_.row != nullptr) price = price_object(*call_.row);
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
