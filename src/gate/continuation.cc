// gate: from one request of a call to the next.
#include "gate/continuation.h"

#include <algorithm>

#include "crypto/seal.h"
#include "crypto/sha256.h"
#include "gate/settlement.h"
#include "mcp/request_state.h"

namespace tollhouse::gate {
namespace {

using Found = ParkedCalls::Found;

/// Between two requests of one call its caller thinks, or asks a person.
constexpr Duration kRoundWait = mcp::kRoundLife;
constexpr std::string_view kStateKeyLabel = "tollhouse request state v1";
constexpr std::string_view kRoundPrefix = "round ";
constexpr std::string_view kTaskPrefix = "task ";
constexpr std::string_view kStreamPrefix = "stream ";
/// Whoever knows the session's id is its principal.
constexpr Digest kAnyCaller{};

std::string round_key(const mcp::ReservationId& id) {
  return std::string(kRoundPrefix).append(text_of(id));
}

mcp::ReservationId reservation_of(std::string_view round_key) {
  mcp::ReservationId id;
  std::ranges::copy(bytes_of(round_key.substr(kRoundPrefix.size())), id.begin());
  return id;
}

std::string task_key(const Route& route, std::string_view task) {
  return std::string(kTaskPrefix).append(route.path).append(" ").append(task);
}

crypto::SealKey seal_key(const Digest& derived) { return crypto::SealKey::from(derived.view()); }

std::optional<mcp::RequestState> open_state(Worker& worker, const Call& call) {
  for (const Digest& derived : call.rules.keys.derived(kStateKeyLabel)) {
    auto state = mcp::open_request_state(*call.message, seal_key(derived), call.caller,
                                         call.route->path, worker.answer_document);
    if (state) return state;
  }
  return std::nullopt;
}

void adopt(Worker& worker, Call& call, const std::string& key, Parked parked) {
  call.continuation.key = key;
  call.tool_metric = worker.house.metrics.tool_index(parked.purchase.tool);
  call.continuation.purchase = std::move(parked.purchase);
  call.payment = parked.payment;
  call.standing = parked.standing;
  call.record.rail = rail_of(parked.payment);
  call.record.charge = parked.charge;
  call.record.charged = parked.charged;
  call.receipt = std::move(parked.receipt);
  const Tick until = worker.now() + call.rules.policy.limits.call_age_max + kParkedSlack;
  if (call.standing.hold) worker.house.holds.prolong(*call.standing.hold, until);
}

/// The other way round; the call holds nothing any more.
Parked hand_over(Worker& worker, Call& call, Tick until) {
  Parked parked;
  parked.principal = call.caller;
  parked.payment = *call.payment;
  parked.purchase = purchase_of(call);
  parked.standing = std::exchange(call.standing, {});
  parked.charge = std::exchange(call.record.charge, std::nullopt);
  parked.charged = std::exchange(call.record.charged, Msat());
  parked.receipt = std::exchange(call.receipt, {});
  parked.until = until;
  if (parked.standing.hold) worker.house.holds.prolong(*parked.standing.hold, until + kParkedSlack);
  return parked;
}

/// A payment that was taken back between two rounds reserves nothing any more. What was charged
/// ahead stays charged.
void let_go(Worker& worker, Call& call) {
  const Standing standing = std::exchange(call.standing, {});
  if (!standing.hold || standing.charged_ahead) return;
  static_cast<void>(worker.house.holds.release(*standing.hold, ledger::Sent::nothing));
}

/// Ids of JSON-RPC are unique in their session, whose id is its secret.
std::string stream_key(const Call& call, std::string_view id) {
  const std::string_view session = call.head.fields.value(http::KnownField::mcp_session_id);
  const std::string known = mcp::id_key(id);
  if (session.empty() || known.empty()) return {};
  const Digest digest = crypto::sha256(bytes_of(session));
  return std::string(kStreamPrefix)
      .append(call.route->path)
      .append(" ")
      .append(text_of(digest.view()))
      .append(known);
}

/// An answer with what the task made, and not only with how it stands.
bool shows_result(const Call& call) {
  const mcp::Method method = call.message->method;
  return method == mcp::Method::tasks_result || (method == mcp::Method::tasks_get && call.modern());
}

Refusal task_not_found() {
  Refusal refusal = refusal_of(Reason::task_not_found);
  refusal.status = 200;  // as a server would say it
  return refusal;
}

/// A place for a call that waits for its next round; false where there is none.
bool place_round(Worker& worker, Call& call) {
  Continuation& continuation = call.continuation;
  if (continuation.round >= mcp::kRoundsMax) return false;
  if (!continuation.key.empty()) return true;
  mcp::ReservationId id;
  worker.house.random.fill(id);
  std::string key = round_key(id);
  if (!worker.house.parked.place(key, call.caller)) return false;
  continuation.key = std::move(key);
  return true;
}

std::string sealed_state(Worker& worker, const Call& call, const mcp::Outcome& outcome) {
  mcp::RequestState state;
  state.reservation = reservation_of(call.continuation.key);
  state.first_request = call.standing.request.request_digest;
  state.issued = worker.utc();
  state.round = static_cast<std::uint8_t>(call.continuation.round + 1);
  state.upstream = std::string(outcome.request_state);
  const crypto::SealKey key = seal_key(call.rules.keys.derived(kStateKeyLabel).front());
  return mcp::seal_request_state(state, key, worker.house.random, call.caller, call.route->path,
                                 *call.message);
}

std::optional<LeftOpen> wait_for_round(Worker& worker, Call& call, const mcp::Outcome& outcome) {
  if (!place_round(worker, call)) return std::nullopt;
  LeftOpen left{sealed_state(worker, call, outcome)};
  const Tick until = worker.now() + kRoundWait;
  const std::string key = std::exchange(call.continuation.key, {});
  worker.house.parked.put_back(key, hand_over(worker, call, until));
  return left;
}

Duration life_of(const mcp::Outcome& outcome) {
  return std::min(outcome.task_life.value_or(kTaskLife), kTaskLifeMax);
}

std::optional<LeftOpen> wait_for_task(Worker& worker, Call& call, const mcp::Outcome& outcome) {
  const std::string key = task_key(*call.route, outcome.task_id);
  if (!worker.house.parked.place(key, call.caller)) return std::nullopt;
  end_continuation(worker, call);  // the rounds before it
  const Tick until = worker.now() + life_of(outcome);
  worker.house.parked.put_back(key, hand_over(worker, call, until));
  return LeftOpen{};
}

}  // namespace

RoundTaken take_up_round(Worker& worker, Call& call) {
  Continuation& continuation = call.continuation;
  const auto state = open_state(worker, call);
  continuation.foreign_state = !state;
  if (!state) return {};
  const bool stale = worker.utc() - state->issued > mcp::kRoundLife;
  if (stale || state->round > mcp::kRoundsMax)
    return {false, refusal_of(Reason::bad_request_state)};
  continuation.round = state->round;
  continuation.upstream_state = state->upstream;
  call.request_digest = state->first_request;
  const std::string key = round_key(state->reservation);
  ParkedCalls::Taken taken = worker.house.parked.take(key, call.caller);
  if (taken.found == Found::busy) {
    return {false, refusal_of(ledger::Reason::call_in_progress, call.rules.policy.l402)};
  }
  if (taken.found != Found::taken) return {};
  adopt(worker, call, key, std::move(taken.call));
  if (!worker.house.revoked.contains(call.payment->payment_hash)) return {true};
  let_go(worker, call);
  return {false, refusal_of(l402::Reason::unknown_token, call.rules.policy.l402, *call.route)};
}

std::optional<Refusal> take_up_task(Worker& worker, Call& call) {
  const std::string key = task_key(*call.route, call.message->name);
  ParkedCalls::Taken taken = worker.house.parked.take(key, call.caller);
  switch (taken.found) {
    case Found::none:
      return std::nullopt;
    case Found::foreign:
      return task_not_found();
    case Found::busy:
      if (!shows_result(call)) return std::nullopt;
      return refusal_of(ledger::Reason::call_in_progress, call.rules.policy.l402);
    case Found::taken:
      break;
  }
  if (!taken.call.open()) {
    worker.house.parked.put_back(key, std::move(taken.call));
    return std::nullopt;
  }
  call.continuation.follows_task = true;
  call.continuation.task_until = taken.call.until;
  adopt(worker, call, key, std::move(taken.call));
  return std::nullopt;
}

bool leaves_open(const Call& call, const mcp::Outcome& outcome) {
  const bool holds = call.standing.hold || call.standing.redelivery;
  if (!holds || call.form == AnswerForm::rest) return false;
  if (!call.continuation.follows_task) {
    const bool asks_back = outcome.kind == mcp::OutcomeKind::input_required && call.modern();
    return asks_back || (outcome.kind == mcp::OutcomeKind::task && !outcome.task_id.empty());
  }
  const bool answers =
      outcome.kind == mcp::OutcomeKind::result || outcome.kind == mcp::OutcomeKind::tool_error;
  if (call.message->method == mcp::Method::tasks_result) {
    return !answers && outcome.kind != mcp::OutcomeKind::rpc_error;
  }
  return !answers || !is_terminal(outcome.task_state);
}

std::optional<LeftOpen> leave_open(Worker& worker, Call& call, const mcp::Outcome& outcome) {
  if (call.continuation.follows_task) {
    end_continuation(worker, call);
    return LeftOpen{};
  }
  if (outcome.kind == mcp::OutcomeKind::input_required) {
    return wait_for_round(worker, call, outcome);
  }
  return wait_for_task(worker, call, outcome);
}

void wait_on_any_stream(Worker& worker, Call& call) {
  const bool holds = call.standing.hold || call.standing.redelivery;
  const bool of_call = call.message && !call.modern() && call.continuation.key.empty();
  if (!holds || !of_call || call.form == AnswerForm::rest) return;
  std::string key = stream_key(call, call.message->id);
  if (key.empty() || !worker.house.parked.place(key, kAnyCaller)) return;
  const Tick until = worker.now() + call.rules.policy.limits.call_age_max + kRoundWait;
  worker.house.parked.put_back(key, hand_over(worker, call, until));
  call.continuation.stream_key = std::move(key);
}

bool take_back(Worker& worker, Call& call) {
  const std::string key = std::exchange(call.continuation.stream_key, {});
  ParkedCalls::Taken taken = worker.house.parked.take(key, kAnyCaller);
  if (taken.found != Found::taken) return false;
  adopt(worker, call, key, std::move(taken.call));
  return true;
}

bool take_up_on_stream(Worker& worker, Call& call, std::string_view id) {
  const std::string key = stream_key(call, id);
  if (key.empty()) return false;
  ParkedCalls::Taken taken = worker.house.parked.take(key, kAnyCaller);
  if (taken.found != Found::taken) return false;
  adopt(worker, call, key, std::move(taken.call));
  return true;
}

void end_continuation(Worker& worker, Call& call) {
  Continuation& continuation = call.continuation;
  if (continuation.key.empty()) return;
  const std::string key = std::exchange(continuation.key, {});
  if (!continuation.follows_task) {
    worker.house.parked.end(key);
    return;
  }
  Parked parked = hand_over(worker, call, continuation.task_until);
  // What is settled stays known as its principal's, so that nobody else fetches what was paid for.
  if (continuation.concluded) parked.standing = {};
  worker.house.parked.put_back(key, std::move(parked));
}

}  // namespace tollhouse::gate
