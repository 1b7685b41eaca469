// gate: the upstream's answer on its way to the caller. Uncharged answers pass as they come; of a
// charged one the end waits until the charge is durable (DESIGN 6, "Streams").
#include "base/switches.h"
#include "gate/call_flow.h"
#include "gate/continuation.h"
#include "gate/forwarding.h"
#include "gate/meaning.h"
#include "gate/price.h"
#include "gate/work_admission.h"
#include "http/writer.h"
#include "json/writer.h"
#include "mcp/answer.h"
#include "mcp/meta_names.h"
#include "mcp/result.h"
#include "mcp/splice.h"
#include "mpp/receipt.h"

namespace tollhouse::gate {
namespace {

/// How the call that a REST request stands for ends: its params, and itself.
constexpr std::string_view kEndOfCall = "}}";
constexpr std::string_view kStatelessMeta =
    R"(,"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
    R"("io.modelcontextprotocol/clientCapabilities":{}})";

bool is_success(const http::ResponseHead& head) { return head.status >= 200 && head.status < 300; }

}  // namespace

bool CallFlow::must_be_settled() const {
  if (!call_.continuation.stream_key.empty()) return true;
  const Standing& standing = call_.standing;
  if (standing.redelivery) return true;
  return standing.hold && !(standing.charged_ahead && standing.hold->first_showing);
}

/// Streams may be silent as long as their upstream lives; everything else has its time.
Tick CallFlow::read_deadline(bool events) const {
  const Limits& limits = call_.rules.policy.limits;
  return worker_.now() +
         (events ? limits.stream_comment_interval : call_.route->upstream.between_bytes_timeout);
}

void CallFlow::count_upstream(UpstreamResult result, Tick began) {
  call_.record.upstream_time = worker_.house.clock.tick() - began;
  worker_.metrics.upstream_results[static_cast<std::size_t>(result)].add();
  worker_.metrics.upstream_duration.observe(call_.record.upstream_time);
}

std::span<const std::string_view> CallFlow::request_parts() {
  std::string& head = connection_.upstream_scratch();
  const RestSession& session = worker_.rest_session_of(*call_.route);
  head.clear();
  std::string_view body = call_.message ? call_.message->body : call_.body;
  std::size_t count = 1;
  std::size_t body_bytes = 0;
  if (call_.form == AnswerForm::rest && session.stateless) {
    // Behind the last member of the params that this gate has written itself.
    parts_[count++] = body.substr(0, body.size() - kEndOfCall.size());
    parts_[count++] = kStatelessMeta;
    parts_[count++] = kEndOfCall;
    body_bytes = body.size() + kStatelessMeta.size();
  } else if (call_.continuation.upstream_state) {
    rest_body_ = mcp::body_with_request_state(*call_.message, *call_.continuation.upstream_state);
    body = rest_body_;
  } else if (call_.message && !call_.message->credentials.empty()) {
    const auto slices = mcp::slices_without_credentials(*call_.message);
    if (slices.size() + 1 <= kPartsMax) {
      for (const std::string_view slice : slices) {
        parts_[count++] = slice;
        body_bytes += slice.size();
      }
    } else {
      rest_body_ = mcp::body_without_credentials(*call_.message);
      body = rest_body_;
    }
  }
  if (count == 1) {
    parts_[count++] = body;
    body_bytes = body.size();
  }
  write_upstream_head(head, call_, session, body_bytes);
  parts_[0] = head;
  return {parts_.data(), count};
}

io::Task<> CallFlow::forward() {
  if (call_.standing.redelivery && !call_.continuation.follows_task) {
    const ledger::Redelivery owed = *call_.standing.redelivery;
    // Asked for in any case: a call charged on attempt keeps its result later than its charge.
    const auto result = co_await fetch_kept_result(worker_, owed.charge);
    if (result || owed.result_kept) {
      co_await answer_kept_result(result);
      co_return;
    }
  }
  if (call_.standing.hold) {
    const Settled ahead = co_await charge_ahead(worker_, call_);
    if (ahead == Settled::books_closed || ahead == Settled::spent_before) {
      give_back_work(worker_, call_);
      const Refusal refusal = refusal_of(ahead, call_);
      co_await answer_refusal(refusal);
      co_return;
    }
  }
  Exchange exchange(worker_.reactor, worker_.pool_of(*call_.route), call_.route->upstream);
  exchange_ = &exchange;
  forwarded_ = worker_.now();
  std::optional<ExchangeFault> fault;
  if (call_.caller_gone) {
    fault = ExchangeFault::cancelled;
  } else {
    if (call_.form == AnswerForm::rest) {
      co_await open_rest_session();
    }
    const std::span<const std::string_view> parts = request_parts();
    fault = co_await exchange.begin(parts);
  }
  if (fault) {
    co_await fail_upstream(*fault);
  } else if (must_be_settled() || call_.form == AnswerForm::rest || adds_to_answer() ||
             tells_receipt()) {
    co_await relay_settled(exchange);
  } else if (is_event_stream(exchange.head())) {
    co_await relay_events(exchange);
  } else {
    co_await relay(exchange);
  }
  exchange_ = nullptr;
}

/// No (whole) answer: settle first, then say so where nothing has been said yet.
io::Task<> CallFlow::fail_upstream(ExchangeFault fault) {
  count_upstream(metric_of(fault), forwarded_);
  const bool sent = exchange_ != nullptr && exchange_->sent();
  ledger::CallEnd end = sent ? ledger::CallEnd::no_answer : ledger::CallEnd::nothing_sent;
  if (sent && fault == ExchangeFault::protocol) end = ledger::CallEnd::broken_answer;
  if (answering_) {
    end = result_going_out_ ? ledger::CallEnd::broken_after_result : ledger::CallEnd::broken_answer;
  }
  if (!settled_) {
    const Ending ending{end};
    const Settled settled = co_await conclude(ending);
    static_cast<void>(settled);
  }
  const Refusal refusal = refusal_of(reason_of(fault));
  if (answering_) {
    // Who leaves a stream that owes nothing, as each session's listener does, was not refused.
    const bool has_left = fault == ExchangeFault::cancelled && !must_be_settled();
    if (!has_left) record_refusal(refusal);
    connection_.end_after_answer();
    co_return;
  }
  co_await answer_refusal(refusal);
  answered();
}

void CallFlow::begin_answer_head(const http::ResponseHead& upstream, bool event_stream) {
  std::string& out = connection_.answer_scratch();
  out.clear();
  AnswerFields fields;
  fields.request_id = context_.request_id;
  fields.allowed_origin = context_.allowed_origin;
  fields.receipt = event_stream ? std::string_view() : std::string_view(call_.receipt);
  fields.opened_by_credential = call_.payment || call_.work;
  if (call_.payment) fields.settlement = call_.payment->settlement;
  const std::string receipt = is_success(upstream) ? payment_receipt() : std::string();
  if (!event_stream) fields.payment_receipt = receipt;
  fields.event_stream = event_stream;
  fields.keep_alive = connection_.keeps_alive();
  write_answer_head(out, upstream, fields);
  call_.record.status = upstream.status;
}

/// Content-Length where the whole is known, else chunks, else (HTTP/1.0) the connection's end.
void CallFlow::frame_answer(const http::ResponseHead& upstream, std::optional<std::size_t> length) {
  std::string& out = connection_.answer_scratch();
  const bool bodiless = upstream.status == 204 || upstream.status == 304;
  chunked_ = !bodiless && !length && call_.head.minor_version >= 1;
  if (chunked_) {
    http::append_chunked(out);
  } else if (length) {
    if (!bodiless) http::append_content_length(out, *length);
  } else if (!bodiless) {
    connection_.end_after_answer();
  }
  http::end_head(out);
}

/// An answer that nothing waits for: head with the first bytes, then slice by slice.
io::Task<> CallFlow::relay(Exchange& exchange) {
  const http::ResponseHead& head = exchange.head();
  const bool counted = head.framing.kind != http::Framing::Kind::chunked &&
                       head.framing.kind != http::Framing::Kind::until_close;
  call_.record.outcome = Outcome::admitted;
  begin_answer_head(head, false);
  frame_answer(head, counted ? std::optional<std::size_t>(head.framing.length) : std::nullopt);
  const UpstreamResult result = is_success(head) ? UpstreamResult::ok : UpstreamResult::http_error;
  std::string& out = connection_.answer_scratch();
  std::optional<std::string_view> slice = exchange.slice();
  bool first = true;
  while (true) {
    std::array<std::string_view, 4> parts{first ? std::string_view(out) : std::string_view()};
    if (slice && chunked_) {
      if (!first) out.clear();
      http::append_chunk_line(out, slice->size());
      parts = {out, *slice, "\r\n"};
    } else if (slice) {
      parts[1] = *slice;
    }
    if (slice || first) {
      answering_ = true;
      const io::Transfer sent = co_await connection_.write(parts);
      if (!connection_.wrote(sent)) co_return;  // the caller has gone: nothing is owed
      first = false;
    }
    slice = exchange.slice();
    if (slice) continue;
    if (exchange.complete()) break;
    const Tick deadline = read_deadline(false);
    const auto fault = co_await exchange.read_more(deadline);
    if (fault) {
      co_await fail_upstream(*fault);
      co_return;
    }
    slice = exchange.slice();
  }
  if (chunked_) {
    co_await send_last_chunk();
  }
  count_upstream(result, forwarded_);
}

io::Task<bool> CallFlow::send_chunk(std::string_view payload) {
  if (payload.empty() || call_.caller_gone) co_return !call_.caller_gone;
  std::string& out = connection_.answer_scratch();
  if (answering_) out.clear();  // else the head is still in it and leaves with the first bytes
  answering_ = true;
  std::array<std::string_view, 3> parts;
  if (chunked_) {
    http::append_chunk_line(out, payload.size());
    parts = {out, payload, "\r\n"};
  } else {
    parts = {out, payload};
  }
  const io::Transfer sent = co_await connection_.write(parts);
  if (!connection_.wrote(sent)) call_.caller_gone = true;
  co_return !call_.caller_gone;
}

io::Task<> CallFlow::send_last_chunk() {
  if (!chunked_ || call_.caller_gone) co_return;
  std::string& out = connection_.answer_scratch();
  if (answering_) out.clear();
  http::append_last_chunk(out);
  answering_ = true;
  const std::array<std::string_view, 1> parts{out};
  const io::Transfer sent = co_await connection_.write(parts);
  if (!connection_.wrote(sent)) call_.caller_gone = true;
}

/// A charged call, or a REST call: a whole answer is collected, a stream is read event by event.
io::Task<> CallFlow::relay_settled(Exchange& exchange) {
  if (is_event_stream(exchange.head())) {
    co_await relay_events(exchange);
    co_return;
  }
  const std::size_t most = call_.rules.policy.limits.settle_buffer_bytes;
  std::string collected;
  while (true) {
    while (const auto slice = exchange.slice()) {
      collected += *slice;
      if (collected.size() > most) break;
    }
    if (collected.size() > most || exchange.complete()) break;
    const Tick deadline = read_deadline(false);
    const auto fault = co_await exchange.read_more(deadline);
    if (fault) {
      co_await fail_upstream(*fault);
      co_return;
    }
  }
  if (collected.size() > most) {
    co_await relay_too_large(exchange, std::move(collected));
  } else {
    co_await finish_settled(exchange, collected);
  }
}

/// Puts the receipt into `result._meta`, and the settlement for a caller who paid there.
std::string CallFlow::with_proofs(std::string_view message, bool receipt_wanted) {
  std::array<mcp::MetaMember, 3> members;
  std::size_t count = 0;
  const std::string paid = payment_receipt();
  if (!paid.empty()) members[count++] = {mcp::kMetaPaymentReceipt, paid};
  if (receipt_wanted && !call_.receipt.empty()) {
    members[count++] = {mcp::kMetaReceipt, call_.receipt};
  }
  if (settled_in_meta()) members[count++] = {mcp::kMetaX402Response, call_.payment->settlement};
  if (count == 0) return without_foreign_receipt(message);
  const std::span<const mcp::MetaMember> told(members.data(), count);
  auto spliced = mcp::with_result_meta(message, told, worker_.answer_document);
  return spliced ? std::move(*spliced) : std::string(message);
}

/// A server's word that a payment was received is none; who paid that way might believe it.
std::string CallFlow::without_foreign_receipt(std::string_view message) {
  auto cut = mcp::without_result_meta(message, mcp::kMetaPaymentReceipt, worker_.answer_document);
  return cut ? std::move(*cut) : std::string(message);
}

bool CallFlow::paid_by_mpp() const { return call_.payment && rail_of(*call_.payment) == Rail::mpp; }

/// Only of what was charged: a tool that failed has not been paid for (mpp.md 5).
std::string CallFlow::payment_receipt() const {
  const bool earned = !call_.receipt.empty() || planted(PlantedBug::charge_receipt_unearned);
  if (!paid_by_mpp() || !earned) return {};
  const Payment& payment = *call_.payment;
  return mpp::receipt_json({payment.challenge_id, payment.payment_hash, worker_.utc()});
}

/// Clients of x402 over MCP see no header (x402-bip122.md 10.1).
bool CallFlow::settled_in_meta() const {
  return call_.x402_in_meta && call_.payment && !call_.payment->settlement.empty();
}

bool CallFlow::adds_to_answer() const {
  if (call_.form != AnswerForm::mcp || !call_.message) return false;
  return call_.message->method == mcp::Method::tools_list ||
         call_.message->method == mcp::Method::initialize ||
         call_.message->method == mcp::Method::server_discover;
}

std::string CallFlow::added_to(std::string_view message) {
  const bool list = call_.message->method == mcp::Method::tools_list;
  return list ? with_prices(message) : with_gate(message);
}

/// The server's capabilities with this gate among them (mcp-gateway.md 8).
std::string CallFlow::with_gate(std::string_view message) {
  const bool legacy = call_.message->method == mcp::Method::initialize;
  const std::string gate = gate_object(worker_.house, call_.rules);
  auto told = mcp::with_capability(message, legacy ? "experimental" : "extensions",
                                   mcp::kGateCapability, gate, worker_.answer_document);
  std::string shown = told ? std::move(*told) : std::string(message);
  if (!legacy || !call_.rules.policy.mpp.enabled) return shown;
  auto payable = mcp::with_capability(shown, "experimental", mpp::kCapabilityName, mpp::kCapability,
                                      worker_.answer_document);
  return payable ? std::move(*payable) : shown;
}

/// Each tool with its price in `_meta`; what is denied here keeps what its server says of it.
std::string CallFlow::with_prices(std::string_view message) {
  const auto price_of = [this](std::string_view name) {
    const ToolRow* row = call_.route->row_for(name);
    if (row == nullptr) return mcp::ToolPrice{};
    return mcp::ToolPrice{price_object(call_.rules.policy, *row), !row->terms.free()};
  };
  auto priced = mcp::with_tool_prices(message, price_of, worker_.answer_document);
  return priced ? std::move(*priced) : std::string(message);
}

/// The receipt of a pass, which is charged before its first answer.
bool CallFlow::tells_receipt() const {
  return call_.route->receipt_in_meta && !call_.receipt.empty();
}

/// What the caller sees of a whole JSON answer; empty: the answer as it is.
std::string CallFlow::shown_body(const http::ResponseHead& upstream, std::string_view answer) {
  if (!is_success(upstream)) return {};
  if (adds_to_answer()) return added_to(answer);
  const bool receipt = call_.route->receipt_in_meta;
  const bool told = receipt || settled_in_meta() || paid_by_mpp();
  return told ? with_proofs(answer, receipt) : std::string();
}

/// What the upstream's message means here. Of a task, how it stands is the answer.
Meaning CallFlow::meaning(const mcp::Outcome& outcome) const {
  const bool answers = outcome.kind == mcp::OutcomeKind::result;
  const bool of_task = call_.continuation.follows_task && answers &&
                       call_.message->method != mcp::Method::tasks_result;
  const bool good = outcome.task_state == mcp::TaskState::completed && !outcome.task_is_error;
  return meaning_of(of_task && !good ? mcp::OutcomeKind::tool_error : outcome.kind);
}

/// The result is kept for a caller who loses it, but not how a task stands.
Ending CallFlow::ending(const mcp::Outcome& outcome, const Meaning& judged) const {
  const bool of_task =
      call_.continuation.follows_task && call_.message->method != mcp::Method::tasks_result;
  return {judged.end, judged.outcome, of_task ? std::string() : std::string(outcome.result)};
}

/// Settles, once. A task goes on where a request about it found nothing out.
io::Task<Settled> CallFlow::conclude(const Ending& ending) {
  settled_ = true;
  const bool found_out = ending.end == ledger::CallEnd::result ||
                         ending.end == ledger::CallEnd::broken_after_result ||
                         ending.end == ledger::CallEnd::error_answer;
  if (call_.continuation.follows_task && !found_out) co_return Settled::released;
  call_.continuation.concluded = true;
  const Settled settled = co_await settle(worker_, call_, ending);
  co_return settled;
}

/// What the caller sees of an answer that leaves the call open; nothing where it ends the call.
std::optional<std::string> CallFlow::left_open(std::string_view message,
                                               const mcp::Outcome& outcome) {
  if (!leaves_open(call_, outcome)) return std::nullopt;
  const auto left = leave_open(worker_, call_, outcome);
  if (!left) return std::nullopt;
  settled_ = true;
  if (left->request_state.empty()) return std::string(message);
  return mcp::with_request_state(message, left->request_state, worker_.answer_document);
}

io::Task<> CallFlow::finish_settled(Exchange& exchange, std::string_view answer) {
  crash_point(CrashPoint::k4_after_result);
  const http::ResponseHead& head = exchange.head();
  const mcp::Outcome outcome = mcp::classify(answer, call_.message->id, worker_.answer_document);
  Meaning judged = meaning(outcome);
  if (!is_success(head)) judged = {.metric = UpstreamResult::http_error};
  // The kept REST session has ended there: the next call opens a new one.
  const bool session_ended = head.status == 400 || head.status == 404;
  if (call_.form == AnswerForm::rest && session_ended) {
    worker_.rest_session_of(*call_.route).forget();
  }
  if (!judged.final) judged = meaning_of(mcp::OutcomeKind::unparsable);
  count_upstream(judged.metric, forwarded_);
  if (is_success(head)) {
    const auto open = left_open(answer, outcome);
    if (open) {
      co_await answer_whole(head, *open);
      co_return;
    }
  }
  const Ending end = ending(outcome, judged);
  const Settled settled = co_await conclude(end);
  if (settled == Settled::books_closed || settled == Settled::spent_before) {
    const Refusal refusal = refusal_of(settled, call_);
    co_await answer_refusal(refusal);
    co_return;
  }
  if (settled == Settled::redelivered) {
    const ledger::ChargeId charge = call_.standing.redelivery->charge;
    call_.receipt = co_await fetch_receipt(worker_, charge);
  }
  if (call_.form == AnswerForm::rest) {
    co_await answer_rest(answer);
    co_return;
  }
  const std::string body = shown_body(head, answer);
  const std::string_view shown = body.empty() ? answer : std::string_view(body);
  crash_point(CrashPoint::k6_before_answer);
  co_await answer_whole(head, shown);
}

io::Task<> CallFlow::answer_whole(const http::ResponseHead& upstream, std::string_view body) {
  call_.record.outcome = Outcome::admitted;
  begin_answer_head(upstream, false);
  frame_answer(upstream, body.size());
  std::array<std::string_view, 2> parts{connection_.answer_scratch(), body};
  if (switches_live()) {
    // The crash tests want an answer that is half written; the program writes it at once.
    const std::array<std::string_view, 1> front{parts[0]};
    const io::Transfer half = co_await connection_.write(front);
    connection_.wrote(half);
    crash_point(CrashPoint::k7_within_answer);
    parts[0] = {};
  }
  answering_ = true;
  const io::Transfer sent = co_await connection_.write(parts);
  if (!connection_.wrote(sent)) call_.caller_gone = true;
  answered();
}

/// The answer has been written whole, or its caller has gone.
void CallFlow::answered() {
  crash_point(CrashPoint::k8_after_answer);
  const auto owed = owed_delivery();
  if (!owed) return;
  if (call_.caller_gone) {
    worker_.house.holds.lost(owed->key);
  } else {
    connection_.expect_delivery(*owed);
  }
}

/// The answer broke off: where it was charged, its caller may have it once more.
void CallFlow::cut_off() {
  if (const auto owed = owed_delivery()) worker_.house.holds.lost(owed->key);
}

/// What was charged for this answer, if something was; a pass is simply shown again.
std::optional<Delivery> CallFlow::owed_delivery() const {
  const auto& hold = call_.standing.hold;
  if (!call_.record.charge || !hold || hold->first_showing) return std::nullopt;
  return Delivery{hold->key, *call_.record.charge};
}

/// A charge whose answer was lost is answered once more out of the books, free.
io::Task<> CallFlow::answer_kept_result(const std::optional<std::string>& result) {
  const ledger::CallEnd end = result ? ledger::CallEnd::result : ledger::CallEnd::nothing_sent;
  const Ending ending{end, ledger::Outcome::ok};
  const Settled settled = co_await conclude(ending);
  if (settled != Settled::redelivered) {
    const Refusal refusal = refusal_of(settled, call_);
    co_await answer_refusal(refusal);
    co_return;
  }
  const ledger::ChargeId charge = call_.standing.redelivery->charge;
  call_.receipt = co_await fetch_receipt(worker_, charge);
  context_.receipt = call_.receipt;
  call_.record.outcome = Outcome::admitted;
  call_.record.status = 200;
  std::string body =
      call_.form == AnswerForm::rest ? *result : mcp::result_body(call_.message->id, *result);
  if (call_.form == AnswerForm::mcp) body = with_proofs(body, call_.route->receipt_in_meta);
  if (call_.payment) context_.settlement = call_.payment->settlement;
  const std::string payment = payment_receipt();
  context_.payment_receipt = payment;
  std::string& out = connection_.answer_scratch();
  out.clear();
  write_json(out, 200, body, context_);
  const std::array<std::string_view, 1> parts{out};
  const io::Transfer sent = co_await connection_.write(parts);
  connection_.wrote(sent);
}

/// Over `settle_buffer`: relayed as it comes, unread; settled by policy because bytes go out. Held
/// back until the charge is durable is its last byte.
io::Task<> CallFlow::relay_too_large(Exchange& exchange, std::string collected) {
  const http::ResponseHead& head = exchange.head();
  const bool success = is_success(head);
  result_going_out_ = success;
  call_.record.outcome = Outcome::admitted;
  begin_answer_head(head, false);
  frame_answer(head, std::nullopt);
  std::string last(1, collected.back());
  collected.pop_back();
  co_await send_chunk(collected);
  while (true) {
    while (const auto slice = exchange.slice()) {
      co_await send_chunk(last);
      const std::string_view front = slice->substr(0, slice->size() - 1);
      co_await send_chunk(front);
      last.assign(1, slice->back());
    }
    if (exchange.complete()) break;
    const Tick deadline = read_deadline(false);
    const auto fault = co_await exchange.read_more(deadline);
    if (fault) {
      co_await fail_upstream(*fault);
      cut_off();
      co_return;
    }
  }
  count_upstream(success ? UpstreamResult::ok : UpstreamResult::http_error, forwarded_);
  const ledger::CallEnd end =
      success ? ledger::CallEnd::broken_after_result : ledger::CallEnd::error_answer;
  const Ending ending{end, ledger::Outcome::ok};
  const Settled settled = co_await conclude(ending);
  if (settled == Settled::books_closed || settled == Settled::spent_before) {
    connection_.end_after_answer();  // cut: an answer that is not paid for never ends whole
    record_refusal(refusal_of(settled, call_));
    co_return;
  }
  co_await send_chunk(last);
  co_await send_last_chunk();
  answered();
}

}  // namespace tollhouse::gate
