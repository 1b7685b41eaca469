// gate: judging what is shown, then holding its payment. What x402 and the Payment scheme show is
// judged in x402_admission.cc and mpp_admission.cc.
#include "gate/admission.h"

#include "base/switches.h"
#include "gate/continuation.h"
#include "gate/mpp_admission.h"
#include "gate/paid_check.h"
#include "gate/sale.h"
#include "gate/shown.h"
#include "gate/work_admission.h"
#include "gate/x402_admission.h"
#include "l402/verify.h"
#include "mcp/request_digest.h"

namespace tollhouse::gate {
namespace {

Refusal rate_limited(Duration wait) {
  Refusal refusal = refusal_of(Reason::rate_limited);
  refusal.retry_after = wait;
  return refusal;
}

bool says_spent(ledger::Reason reason) {
  return reason == ledger::Reason::replay || reason == ledger::Reason::uses_spent;
}

Refusal refuse_books(Worker& worker, const Call& call, ledger::Reason reason) {
  const Refusal refusal = refusal_of(reason, call);
  const bool spent = says_spent(reason);
  if (spent) worker.metrics.replays.add();
  return spent ? count_failure(worker, call, CheckResult::spent, refusal) : refusal;
}

ledger::Uses uses_of(std::optional<std::uint32_t> calls) {
  return calls ? ledger::Uses::of(*calls) : ledger::Uses::unlimited();
}

Payment payment_of(const l402::Grant& grant) {
  Payment payment;
  payment.payment_hash = grant.payment_hash;
  payment.price = grant.token->price;
  payment.sold = uses_of(grant.allowance.calls_sold);
  payment.uses = uses_of(grant.allowance.calls_max);
  payment.expires = grant.allowance.sold_until().value_or(Time::max());
  return payment;
}

ledger::HoldRequest hold_request(Worker& worker, const Call& call, const Payment& payment,
                                 Time now) {
  ledger::HoldRequest request;
  request.payment_hash = payment.payment_hash;
  request.uses = payment.uses;
  request.caller = call.caller;
  request.expires = payment.expires;
  request.now = now;
  request.until = worker.now() + call.rules.policy.limits.call_age_max + std::chrono::seconds(60);
  if (!payment.uses.is_pass()) request.request_digest = *call.request_digest;
  const Rail rail = rail_of(payment);
  request.proof_ends = rail == Rail::x402 || rail == Rail::mpp;
  return request;
}

/// What the call would hold: one use of this payment.
void show(Worker& worker, Call& call, const Payment& payment) {
  call.record.rail = rail_of(payment);
  call.payment = payment;
  if (!call.request_digest) call.request_digest = mcp::request_digest(*call.message);
  call.standing.request = hold_request(worker, call, payment, worker.utc());
}

/// Nobody's upstream runs for a charge that could not be written (reliability-security.md 2.6, disk
/// full). Passes and lost answers ask nothing of the store before their answer.
std::optional<ledger::Reason> books_closed(const Worker& worker) {
  switch (worker.house.store.health()) {
    case ledger::Health::good:
      return std::nullopt;
    case ledger::Health::busy:
      return ledger::Reason::overloaded;
    case ledger::Health::full:
    case ledger::Health::poisoned:
      return ledger::Reason::ledger_unavailable;
  }
  return ledger::Reason::ledger_unavailable;
}

std::optional<Refusal> hold(Worker& worker, Call& call) {
  Standing& standing = call.standing;
  auto taken = worker.house.holds.take(standing.request);
  if (!taken) {
    // In use is not paid: its first showing may be in look-up still, and find nothing.
    if (says_spent(taken.error())) {
      worker.house.open_challenges.paid(standing.request.payment_hash);
    }
    return refuse_books(worker, call, taken.error());
  }
  const auto closed = books_closed(worker);
  if (const auto* held = std::get_if<ledger::Hold>(&*taken); held != nullptr && closed) {
    static_cast<void>(worker.house.holds.release(*held, ledger::Sent::nothing));
    return refuse_books(worker, call, *closed);
  }
  crash_point(CrashPoint::k1_after_hold);
  if (auto* held = std::get_if<ledger::Hold>(&*taken)) standing.hold = *held;
  if (auto* again = std::get_if<ledger::Redelivery>(&*taken)) standing.redelivery = *again;
  // Where the wallet has the last word, it is accepted after that.
  if (!must_ask_wallet(worker, call)) accepted(worker, call);
  return std::nullopt;
}

/// Sound but expired: no new call, but a charge whose answer was lost is still owed.
std::optional<Refusal> expired(Worker& worker, Call& call) {
  call.standing.redelivery = worker.house.holds.redeliver(call.standing.request);
  if (call.standing.redelivery) return std::nullopt;
  return refuse_credential(worker, call, l402::Reason::expired);
}

/// The rules have changed since it was worked for: work alone no longer opens this call, and it is
/// no payment beside work.
std::optional<Refusal> worked_for_too_little(Worker& worker, Call& call) {
  call.standing.redelivery = worker.house.holds.redeliver(call.standing.request);
  if (call.standing.redelivery) return std::nullopt;
  return refusal_of(Reason::payment_required);
}

/// A token that is not ours may be good at the gate whose tokens are taken here too.
bool may_be_issued_elsewhere(const Call& call, l402::Reason reason) {
  const bool not_ours =
      reason == l402::Reason::unknown_token || reason == l402::Reason::bad_signature;
  return not_ours && !call.rules.policy.l402.other_gate.url.empty();
}

std::optional<Refusal> judge_credential(Worker& worker, Call& call) {
  const House& house = worker.house;
  const l402::Options options{call.rules.policy.l402.ignored_caveats, {house.epoch}};
  const auto grant = worker.known_passes.authenticate(worker.credential, call.rules.keys,
                                                      call.route->service, options);
  if (grant) {
    const bool pass = !grant->allowance.calls_max;
    const CacheResult cached = worker.known_passes.knew() ? CacheResult::hit : CacheResult::miss;
    if (pass) worker.metrics.known_passes[static_cast<std::size_t>(cached)].add();
    return admit_grant(worker, call, *grant, payment_of(*grant));
  }
  call.standing.issued_elsewhere = may_be_issued_elsewhere(call, grant.error());
  if (call.standing.issued_elsewhere) return std::nullopt;
  return refuse_credential(worker, call, grant.error());
}

/// Nothing was paid: work in place of the price, where the row takes it and some is shown.
std::optional<Refusal> admit_by_work(Worker& worker, Call& call) {
  const bool instead = opened_by_work(call.terms);
  const bool alone = instead && !call.terms.priced();
  if (alone || (instead && find_work(worker, call).presence != ShownWork::Presence::none)) {
    return judge_work(worker, call);
  }
  const bool foreign = call.continuation.foreign_state;
  return refusal_of(foreign ? Reason::bad_request_state : Reason::payment_required);
}

std::optional<Refusal> admit_without_x402(Worker& worker, Call& call) {
  const bool by_mpp = takes_mpp(call.rules.policy, call.terms);
  const mpp::Reading shown = by_mpp ? find_payment(worker, call) : mpp::Reading();
  if (shown.presence == mpp::Presence::none) return admit_by_work(worker, call);
  return admit_mpp(worker, call, shown);
}

/// Who shows several pays by L402, as ever (x402-bip122.md 4.2), else by x402.
std::optional<Refusal> admit_without_l402(Worker& worker, Call& call) {
  const bool by_x402 = takes_x402(call.rules.policy, call.terms);
  const ShownX402 shown = by_x402 ? find_x402(call) : ShownX402();
  switch (shown.presence) {
    case x402::Presence::none:
      break;
    case x402::Presence::ambiguous:
      return refusal_of(Reason::conflicting_credentials);
    case x402::Presence::found:
      return admit_x402(worker, call, shown);
  }
  return admit_without_x402(worker, call);
}

}  // namespace

Refusal count_failure(Worker& worker, const Call& call, CheckResult result, Refusal refusal) {
  worker.metrics.checks[static_cast<std::size_t>(result)].add();
  if (result != CheckResult::invalid && result != CheckResult::spent) return refusal;
  const auto wait = worker.house.failures_by_client.take(std::string(call.client), worker.now());
  if (!wait) return refusal;
  worker.metrics.rate_limited.add();
  return rate_limited(*wait);
}

l402::Target target_of(const Call& call) {
  l402::Target target;
  target.service = call.route->service;
  target.capability = call.tool;
  target.method = call.message ? std::string_view(call.message->method_text) : "tools/call";
  target.address = call.client;
  target.body = call.request_digest;
  target.price = call.terms.price;
  return target;
}

Refusal refuse_credential(Worker& worker, const Call& call, l402::Reason reason) {
  const CheckResult result =
      reason == l402::Reason::expired ? CheckResult::expired : CheckResult::invalid;
  const Refusal refusal = refusal_of(reason, call.rules.policy.l402, *call.route);
  return count_failure(worker, call, result, refusal);
}

Refusal refusal_of(ledger::Reason reason, const Call& call) {
  const Rail rail = call.payment ? rail_of(*call.payment) : Rail::free;
  if (rail == Rail::x402) return refusal_of(reason, *call.payment->x402);
  if (rail == Rail::mpp) return refusal_of_payment(reason);
  return refusal_of(reason, call.rules.policy.l402);
}

std::optional<Refusal> admit_payment(Worker& worker, Call& call, const Payment& payment) {
  show(worker, call, payment);
  if (call.continuation.foreign_state) return refusal_of(Reason::bad_request_state);
  // What was taken back is as what was spent.
  if (worker.house.revoked.contains(payment.payment_hash)) {
    return refusal_of(ledger::Reason::replay, call);
  }
  return hold(worker, call);
}

std::optional<Refusal> refuse_spent(Worker& worker, Call& call, const Payment& payment) {
  show(worker, call, payment);
  const bool spent = worker.house.revoked.contains(payment.payment_hash) ||
                     worker.house.holds.is_spent(call.standing.request);
  if (!spent) return std::nullopt;
  return refuse_books(worker, call, ledger::Reason::replay);
}

bool redeliver(Worker& worker, Call& call, const Payment& payment) {
  show(worker, call, payment);
  call.standing.redelivery = worker.house.holds.redeliver(call.standing.request);
  return call.standing.redelivery.has_value();
}

bool given_back(Worker& worker, Call& call, const Payment& payment) {
  show(worker, call, payment);
  return worker.house.holds.given_back(call.standing.request);
}

std::optional<Refusal> admit_grant(Worker& worker, Call& call, const l402::Grant& grant,
                                   const Payment& payment) {
  // A token that was taken back is as one that was never issued (l402.md 7, step 5).
  if (worker.house.revoked.contains(grant.payment_hash)) {
    return refuse_credential(worker, call, l402::Reason::unknown_token);
  }
  call.record.rail = Rail::l402;
  call.payment = payment;
  const bool of_pass = payment.uses.is_pass();
  // A pass reserves nothing, so its server's requestState stays the server's affair.
  if (call.continuation.foreign_state && !of_pass) return refusal_of(Reason::bad_request_state);
  if (!call.request_digest && (!of_pass || grant.allowance.body)) {
    call.request_digest = mcp::request_digest(*call.message);
  }
  const Time now = worker.utc();
  call.standing.request = hold_request(worker, call, payment, now);
  const l402::Target target = target_of(call);
  const auto allowed = l402::authorise(grant, target, now);
  const bool not_enough = is_worked_for(payment) && !opened_by_work(call.terms);
  if (allowed && not_enough) return worked_for_too_little(worker, call);
  if (allowed) return hold(worker, call);
  if (allowed.error() == l402::Reason::expired) return expired(worker, call);
  return refuse_credential(worker, call, allowed.error());
}

namespace {

std::optional<Refusal> admit_shown(Worker& worker, Call& call) {
  const bool by_l402 = call.terms.rails.l402;
  const auto presence = by_l402 ? find_l402(worker, call) : l402::Presence::none;
  switch (presence) {
    case l402::Presence::none:
      return admit_without_l402(worker, call);
    case l402::Presence::malformed:
      return refuse_credential(worker, call, l402::Reason::malformed);
    case l402::Presence::ambiguous:
      return refusal_of(Reason::conflicting_credentials);
    case l402::Presence::found:
      break;
  }
  return judge_credential(worker, call);
}

bool shows_payment(Worker& worker, const Call& call) {
  const Policy& policy = call.rules.policy;
  const Terms& terms = call.terms;
  if (terms.rails.l402 && find_l402(worker, call) != l402::Presence::none) return true;
  if (takes_x402(policy, terms) && find_x402(call).presence != x402::Presence::none) return true;
  return takes_mpp(policy, terms) && find_payment(worker, call).presence != mpp::Presence::none;
}

/// Work that is used up, or one call too many, spends nothing that was held beside it, and an
/// answer that was owed is owed still.
void let_go(Worker& worker, Call& call) {
  Standing& standing = call.standing;
  if (planted(PlantedBug::hold_kept_by_bad_work)) return;
  if (standing.hold) {
    static_cast<void>(worker.house.holds.release(*standing.hold, ledger::Sent::nothing));
  }
  if (standing.redelivery) {
    worker.house.holds.redelivery_failed(*standing.redelivery, ledger::Sent::nothing);
  }
  standing.hold.reset();
  standing.redelivery.reset();
}

}  // namespace

std::optional<Refusal> admit(Worker& worker, Call& call) {
  crash_point(CrashPoint::k0_before_hold);
  if (auto refusal = read_composite_header(call)) return refusal;
  if (call.modern() && !call.message->request_state.empty()) {
    RoundTaken taken = take_up_round(worker, call);
    if (taken.admitted || taken.refusal) return std::move(taken.refusal);
  }
  if (call.terms.work && call.terms.work->with_price) {
    if (auto refusal = judge_work(worker, call)) {
      call.work_is_missing = shows_payment(worker, call);
      return refusal;
    }
  }
  if (auto refusal = admit_shown(worker, call)) return refusal;
  const bool credential = call.standing.hold && is_worked_for(*call.payment);
  if (!call.work && !credential) return std::nullopt;
  auto refusal = call.work ? use_work(worker, call) : count_worked_call(worker, call);
  if (refusal) let_go(worker, call);
  return refusal;
}

}  // namespace tollhouse::gate
