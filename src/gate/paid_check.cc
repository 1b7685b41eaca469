// gate: the wallet's word about a payment.
#include "gate/paid_check.h"

#include "base/hex.h"

namespace tollhouse::gate {
namespace {

using lightning::PaymentState;
using LookupAnswer = Result<lightning::Payment, lightning::WalletFault>;

Refusal unknown(const Worker& worker) {
  Refusal refusal = refusal_of(Reason::settlement_unknown);
  refusal.retry_after = worker.house.wallet.condition().retry_after;
  return refusal;
}

/// Unpaid credentials count against their client, as each costs the wallet a call.
Refusal unpaid(Worker& worker, const Call& call) {
  worker.metrics.checks[static_cast<std::size_t>(CheckResult::unpaid)].add();
  const auto wait = worker.house.failures_by_client.take(std::string(call.client), worker.now());
  if (!wait) return refusal_of(Reason::invoice_not_paid);
  worker.metrics.rate_limited.add();
  Refusal refusal = refusal_of(Reason::rate_limited);
  refusal.retry_after = *wait;
  return refusal;
}

/// Too little came: not paid, and the operator has the money (reliability-security.md 2.6).
void tell_underpaid(const House& house, const Payment& payment, Msat received) {
  house.log.write(LogLevel::error, "wallet_underpaid",
                  "A payment brought less than its invoice asked; it does not count.",
                  {{"tollhouse.payment_hash", hex(payment.payment_hash.view())},
                   {"tollhouse.price_msat", payment.price.count()},
                   {"tollhouse.received_msat", received.count()}});
}

std::optional<Refusal> judge(Worker& worker, const Call& call, const LookupAnswer& answer) {
  if (!answer || answer->state == PaymentState::in_flight) return unknown(worker);
  if (answer->state != PaymentState::paid) return unpaid(worker, call);
  if (answer->received >= call.payment->price) return std::nullopt;
  tell_underpaid(worker.house, *call.payment, answer->received);
  return unpaid(worker, call);
}

}  // namespace

bool must_ask_wallet(const Worker& worker, const Call& call) {
  return call.standing.hold && worker.house.wallet.unpaid_preimage_public() &&
         !worker.house.settled.knows(call.payment->payment_hash);
}

void accepted(Worker& worker, const Call& call) {
  worker.metrics.checks[static_cast<std::size_t>(CheckResult::valid)].add();
  // Redeliveries and further uses of a pass were accepted before.
  if (call.standing.hold) worker.house.open_challenges.paid(call.payment->payment_hash);
}

io::Task<std::optional<Refusal>> check_paid(Worker& worker, Call& call) {
  House& house = worker.house;
  const PaymentHash hash = call.payment->payment_hash;
  io::Reply<LookupAnswer> reply(worker.reactor);
  house.wallet.look_up(hash, reply.sender());
  const Tick deadline = worker.now() + call.rules.policy.limits.lookup_timeout;
  const auto answer = co_await reply.until(deadline);
  auto refusal = answer ? judge(worker, call, *answer) : std::optional(unknown(worker));
  if (refusal) {
    static_cast<void>(house.holds.release(*call.standing.hold, ledger::Sent::nothing));
    call.standing.hold.reset();
    co_return std::move(refusal);
  }
  house.settled.add(hash);
  accepted(worker, call);
  co_return std::nullopt;
}

}  // namespace tollhouse::gate
