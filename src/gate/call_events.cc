// gate: event streams on their way to the caller. Events pass as they come, comments keep a silent
// line alive between them; of a charged call the event with its final result waits for the books.
#include "base/switches.h"
#include "gate/call_flow.h"
#include "gate/continuation.h"
#include "gate/forwarding.h"
#include "gate/meaning.h"
#include "http/sse.h"
#include "http/writer.h"
#include "mcp/answer.h"
#include "mcp/result.h"

namespace tollhouse::gate {
namespace {

constexpr std::string_view kComment = ": keep-alive\n\n";

/// An event of ours that ends a call in band: SDK clients hang on a stream that is cut without one.
std::string error_event(std::string_view id, const Refusal& refusal, const AnswerContext& context) {
  const std::string data = refusal_object(refusal, nullptr, context, true);
  const std::string body = mcp::error_body(id, refusal.json_rpc_code, refusal.sentence, data);
  std::string event;
  static_cast<void>(http::append_event(event, "message", body));
  return event;
}

}  // namespace

io::Task<> CallFlow::relay_events(Exchange& exchange) {
  const Limits& limits = call_.rules.policy.limits;
  if (call_.form == AnswerForm::rest) {
    co_await collect_events(exchange);
    co_return;
  }
  if (worker_.streams_open >= limits.streams) {
    exchange.cancel();
    const Ending ending{ledger::CallEnd::broken_answer};
    const Settled settled = co_await conclude(ending);
    static_cast<void>(settled);
    const Refusal refusal = refusal_of(Reason::overloaded);
    co_await answer_refusal(refusal);
    co_return;
  }
  ++worker_.streams_open;
  worker_.metrics.streams_opened.add();
  call_.record.outcome = Outcome::admitted;
  begin_answer_head(exchange.head(), true);
  frame_answer(exchange.head(), std::nullopt);
  const bool alive = co_await send_chunk(kComment);
  if (alive || must_be_settled()) {
    co_await pump_events(exchange);
  }
  --worker_.streams_open;
  worker_.metrics.streams_closed.add();
}

/// Reads the stream to its end.
io::Task<> CallFlow::pump_events(Exchange& exchange) {
  const Limits& limits = call_.rules.policy.limits;
  const Tick oldest = call_.started + (call_.message ? limits.call_age_max : limits.stream_age_max);
  EventRelay relay{http::EventStreamReader(limits.event_bytes_max)};
  while (true) {
    while (const auto slice = exchange.slice()) {
      const std::string_view bytes = *slice;
      co_await pass_events(relay, bytes);
    }
    const bool abandoned = call_.caller_gone && (settled_ || !must_be_settled());
    if (exchange.complete() || abandoned) break;
    const Tick deadline = read_deadline(true);
    const auto fault = co_await exchange.read_more(deadline);
    if (fault == ExchangeFault::timeout && worker_.now() < oldest) {
      if (relay.reader.at_boundary()) {
        co_await send_chunk(kComment);
      }
      continue;
    }
    if (fault) {
      const bool between_events = relay.reader.at_boundary() || !relay.pending.empty();
      co_await break_events(*fault, between_events);
      co_return;
    }
  }
  co_await end_events(relay.pending, relay.too_large);
}

/// Passes on what these bytes end or need not keep back; the rest stays in `relay.pending`.
io::Task<> CallFlow::pass_events(EventRelay& relay, std::string_view bytes) {
  const std::size_t kept_max = call_.rules.policy.limits.receipt_event_bytes_max;
  std::string& pending = relay.pending;
  while (!bytes.empty()) {
    const http::StreamStep step = relay.reader.step(bytes);
    pending += bytes.substr(0, step.consumed);
    bytes.remove_prefix(step.consumed);
    relay.too_large = relay.too_large || (step.event && step.event->too_large);
    const bool last = step.event && (is_final_event(*step.event) || takes_up(*step.event));
    if (last) {
      const http::StreamEvent& event = *step.event;
      co_await settle_event(event, pending);
    }
    // Comments, and an LF that came later than its CR: a caller may wait for what is behind them.
    const bool between = step.event || relay.reader.at_boundary();
    if (keeps_events() && !between && pending.size() <= kept_max) continue;
    // Whoever has seen an id may come back for the rest on another stream.
    if (relay.reader.last_event_id() && !settled_) wait_on_any_stream(worker_, call_);
    co_await send_chunk(pending);
    event_begun_ = !between && (event_begun_ || !pending.empty());
    pending.clear();
    if (last) after_event();
  }
}

/// Whether an event has to be whole before it goes on.
bool CallFlow::keeps_events() const {
  return (must_be_settled() || adds_to_answer() || resumes()) && !settled_;
}

/// A stream of the legacy era that may bring results of calls that were begun on others.
bool CallFlow::resumes() const {
  return !call_.message && call_.head.method == http::Method::get &&
         worker_.house.parked.size() > 0;
}

/// On a resumed stream: the answer to a call that was paid on another one, which this one settles.
bool CallFlow::takes_up(const http::StreamEvent& event) {
  if (!resumes() || event.too_large) return false;
  const mcp::Outcome outcome = mcp::classify(event.data, "", worker_.answer_document);
  const bool response = outcome.kind == mcp::OutcomeKind::other_message && outcome.method.empty();
  if (!response || !take_up_on_stream(worker_, call_, outcome.id)) return false;
  answered_id_ = std::string(outcome.id);
  return true;
}

/// A resumed stream goes on behind a call that it has settled, and may bring others.
void CallFlow::after_event() {
  if (call_.message) return;
  answered();
  end_continuation(worker_, call_);
  call_.standing = {};
  call_.continuation = {};
  call_.receipt.clear();
  settled_ = false;
}

/// Whether this event is the answer that waits for the books, or for prices to be put in.
bool CallFlow::is_final_event(const http::StreamEvent& event) {
  if (settled_ || event.too_large || !call_.message) return false;
  if (!must_be_settled() && !adds_to_answer()) return false;
  answered_id_ = std::string(call_.json_rpc_id());
  const mcp::Outcome outcome = mcp::classify(event.data, answered_id_, worker_.answer_document);
  return meaning_of(outcome.kind).final && outcome.kind != mcp::OutcomeKind::unparsable;
}

/// The final event: books first, then the event goes, with the receipt in it where there is one.
io::Task<> CallFlow::settle_event(const http::StreamEvent& event, std::string& pending) {
  crash_point(CrashPoint::k4_after_result);
  const std::string data(event.data);
  const std::string name(event.name);
  const std::string event_id(event.id.value_or(""));
  if (!call_.continuation.stream_key.empty() && !take_back(worker_, call_)) {
    // It is settled, or being settled, on a stream that was resumed: that one brings it.
    settled_ = true;
    pending.clear();
    co_return;
  }
  const mcp::Outcome outcome = mcp::classify(data, answered_id_, worker_.answer_document);
  const Meaning judged = meaning(outcome);
  count_upstream(judged.metric, forwarded_);
  const bool fits = data.size() <= call_.rules.policy.limits.receipt_event_bytes_max;
  if (fits && !event_begun_) {
    const auto open = left_open(data, outcome);
    if (open) {
      pending.clear();
      static_cast<void>(http::append_event(pending, name, *open, event_id));
      co_return;
    }
  }
  const Ending end = ending(outcome, judged);
  const Settled settled = co_await conclude(end);
  if (settled == Settled::books_closed || settled == Settled::spent_before) {
    const Refusal refusal = refusal_of(settled, call_);
    record_refusal(refusal);
    pending = error_event(answered_id_, refusal, context_);
    if (event_begun_) {
      // Words of ours would be read as the rest of that event, and it must not end whole.
      call_.caller_gone = true;
      connection_.end_after_answer();
    }
    co_return;
  }
  crash_point(CrashPoint::k6_before_answer);
  if (settled == Settled::redelivered) {
    const ledger::ChargeId charge = call_.standing.redelivery->charge;
    call_.receipt = co_await fetch_receipt(worker_, charge);
  }
  const bool unchanged =
      call_.receipt.empty() && !settled_in_meta() && !adds_to_answer() && !paid_by_mpp();
  if (unchanged || !fits || event_begun_) co_return;
  pending.clear();
  const std::string shown = adds_to_answer() ? added_to(data) : with_proofs(data, true);
  static_cast<void>(http::append_event(pending, name, shown, event_id));
}

/// The stream ended as it should. A charged call that saw no result is settled by what went out.
io::Task<> CallFlow::end_events(std::string& pending, bool too_large) {
  if (!call_.continuation.stream_key.empty()) {
    settled_ = true;  // where it is resumed
    pending.clear();
  }
  if (must_be_settled() && !settled_) {
    const ledger::CallEnd end =
        too_large ? ledger::CallEnd::broken_after_result : ledger::CallEnd::broken_answer;
    count_upstream(UpstreamResult::reset, forwarded_);
    const Ending ending{end, ledger::Outcome::unknown};
    const Settled settled = co_await conclude(ending);
    const bool paid = settled == Settled::charged || settled == Settled::redelivered;
    if (!paid) {
      const Refusal refusal = refusal_of(Reason::upstream_protocol);
      record_refusal(refusal);
      // An event that was held back and never ended goes nowhere.
      pending = error_event(call_.message->id, refusal, context_);
    }
  }
  co_await send_chunk(pending);
  co_await send_last_chunk();
  answered();
}

/// The upstream broke off. The caller is told in band where it waits for an answer and no half
/// event went out, which our words would be taken for a part of; else the stream is cut.
io::Task<> CallFlow::break_events(ExchangeFault fault, bool between_events) {
  if (!call_.continuation.stream_key.empty()) {
    settled_ = true;  // where it is resumed: to its caller the stream has ended early, as it may
    co_await send_last_chunk();
    co_return;
  }
  const bool unsettled = must_be_settled() && !settled_;
  const bool unread =
      !must_be_settled() && !settled_ && call_.message && !call_.message->id.empty();
  const bool called_off = fault == ExchangeFault::cancelled;
  co_await fail_upstream(fault);
  if (called_off || call_.caller_gone || !between_events) {
    cut_off();
    co_return;
  }
  const Refusal refusal = refusal_of(reason_of(fault));
  const bool waits = unsettled || unread;
  if (waits) {
    const std::string event = error_event(call_.message->id, refusal, context_);
    co_await send_chunk(event);
  }
  co_await send_last_chunk();
  answered();
}

/// A REST caller has no use for a stream: the final event's result is the answer.
io::Task<> CallFlow::collect_events(Exchange& exchange) {
  const Limits& limits = call_.rules.policy.limits;
  const Tick oldest = call_.started + limits.call_age_max;
  http::EventStreamReader reader(limits.settle_buffer_bytes);
  while (true) {
    while (const auto slice = exchange.slice()) {
      std::string_view rest = *slice;
      while (!rest.empty()) {
        const http::StreamStep step = reader.step(rest);
        rest.remove_prefix(step.consumed);
        if (!step.event || step.event->too_large) continue;
        const std::string data(step.event->data);
        const auto kind = mcp::classify(data, call_.message->id, worker_.answer_document).kind;
        if (!meaning_of(kind).final || kind == mcp::OutcomeKind::unparsable) continue;
        co_await finish_settled(exchange, data);
        co_return;
      }
    }
    const Tick deadline = read_deadline(false);
    std::optional<ExchangeFault> fault = ExchangeFault::protocol;
    const bool ended = exchange.complete() || worker_.now() >= oldest;
    if (!ended) {
      fault = co_await exchange.read_more(deadline);
    }
    if (fault) {
      co_await fail_upstream(*fault);
      co_return;
    }
  }
}

}  // namespace tollhouse::gate
