// gate: the wallet's word about a payment.
#include "gate/paid_check.h"

#include "base/hex.h"
#include "base/switches.h"

namespace tollhouse::gate {
namespace {

using lightning::PaymentState;
using LookupAnswer = Result<lightning::Payment, lightning::WalletFault>;

/// The same invoice again while it is being paid (R-X402-13). A token of L402 has no such word: who
/// shows one has the preimage, and the wallet will have it soon.
Refusal in_flight(Worker& worker, const Call& call) {
  if (!call.payment->x402) return refusal_of(Reason::settlement_unknown);
  Refusal refusal = refusal_of(x402::Reason::invoice_in_flight);
  const PaymentHash& hash = call.payment->payment_hash;
  refusal.retry_after = worker.house.open_challenges.wait_in_flight(hash, worker.utc());
  return refusal;
}

Refusal unknown(const Worker& worker, const Call& call) {
  Refusal refusal = call.payment->x402 ? refusal_of(x402::Reason::lnbits_unreachable)
                                       : refusal_of(Reason::settlement_unknown);
  refusal.retry_after = worker.house.wallet.condition().retry_after;
  return refusal;
}

Refusal limited(Worker& worker, Duration wait) {
  worker.metrics.rate_limited.add();
  Refusal refusal = refusal_of(Reason::rate_limited);
  refusal.retry_after = wait;
  return refusal;
}

/// Unpaid credentials count against their client, as each costs the wallet a call.
Refusal unpaid(Worker& worker, const Call& call) {
  worker.metrics.checks[static_cast<std::size_t>(CheckResult::unpaid)].add();
  const auto wait = worker.house.failures_by_client.take(std::string(call.client), worker.now());
  if (wait) return limited(worker, *wait);
  if (call.payment->x402) return refusal_of(x402::Reason::invoice_not_paid);
  Refusal refusal = refusal_of(Reason::invoice_not_paid);
  if (rail_of(*call.payment) == Rail::mpp) refusal.problem = mpp::payment_not_made();
  return refusal;
}

/// Too little came: not paid, and the operator has the money (reliability-security.md 2.6).
void tell_underpaid(const House& house, const PaymentHash& hash, Msat price, Msat received) {
  house.log.write(LogLevel::error, "wallet_underpaid",
                  "A payment brought less than its invoice asked; it does not count.",
                  {{"tollhouse.payment_hash", hex(hash.view())},
                   {"tollhouse.price_msat", price.count()},
                   {"tollhouse.received_msat", received.count()}});
}

void give_back(House& house, Call& call) {
  static_cast<void>(house.holds.release(*call.standing.hold, ledger::Sent::nothing));
  call.standing.hold.reset();
}

}  // namespace

bool must_ask_wallet(const House& house, const PaymentHash& hash) {
  return house.wallet.unpaid_preimage_public() && !house.settled.knows(hash);
}

io::Task<Paid> ask_wallet(House& house, io::Reactor& reactor, const PaymentHash& hash, Msat price,
                          Duration longest) {
  const PaymentHash asked = hash;
  io::Reply<LookupAnswer> reply(reactor);
  house.wallet.look_up(asked, reply.sender());
  const Tick deadline = reactor.clock().tick() + longest;
  const auto answer = co_await reply.until(deadline);
  if (!answer || !*answer) co_return Paid::unknown;
  if ((*answer)->state == PaymentState::in_flight) co_return Paid::in_flight;
  if ((*answer)->state != PaymentState::paid) co_return Paid::no;
  if ((*answer)->received < price && !planted(PlantedBug::underpaid_accepted)) {
    tell_underpaid(house, asked, price, (*answer)->received);
    co_return Paid::no;
  }
  if (!planted(PlantedBug::paid_word_forgotten)) house.settled.add(asked);
  co_return Paid::yes;
}

bool must_ask_wallet(const Worker& worker, const Call& call) {
  // What another gate sold our wallet never heard of.
  if (!call.standing.hold || call.standing.issued_elsewhere) return false;
  if (is_worked_for(*call.payment)) return false;
  const House& house = worker.house;
  const bool asks = call.payment->asks_receiver || house.wallet.unpaid_preimage_public();
  return asks && !house.settled.knows(call.payment->payment_hash);
}

void accepted(Worker& worker, const Call& call) {
  worker.metrics.checks[static_cast<std::size_t>(CheckResult::valid)].add();
  // Redeliveries and further uses of a pass were accepted before.
  if (!call.standing.hold) return;
  const auto minted = worker.house.open_challenges.paid(call.payment->payment_hash);
  if (minted) worker.metrics.payment_latency.observe(worker.utc() - *minted);
}

io::Task<std::optional<Refusal>> check_paid(Worker& worker, Call& call) {
  House& house = worker.house;
  io::Reactor& reactor = worker.reactor;
  const PaymentHash hash = call.payment->payment_hash;
  const Msat price = call.payment->price;
  const Duration longest = call.rules.policy.limits.lookup_timeout;
  // Who shows too much that is not paid leaves the wallet's look-ups to others (R-L402-16).
  if (const auto wait = house.failures_by_client.wait_of(std::string(call.client), worker.now())) {
    give_back(house, call);
    co_return limited(worker, *wait);
  }
  const Paid paid = co_await ask_wallet(house, reactor, hash, price, longest);
  if (paid == Paid::yes) {
    accepted(worker, call);
    co_return std::nullopt;
  }
  if (paid == Paid::no) {
    house.holds.unpaid(*call.standing.hold);
    call.standing.hold.reset();
    co_return unpaid(worker, call);
  }
  give_back(house, call);
  co_return paid == Paid::in_flight ? in_flight(worker, call) : unknown(worker, call);
}

}  // namespace tollhouse::gate
