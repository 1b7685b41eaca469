// gate: charging, completing, giving back.
#include "gate/settlement.h"

#include "base/hex.h"
#include "base/switches.h"
#include "receipt/receipt.h"

namespace tollhouse::gate {
namespace {

/// A write that takes longer than this has an unknown outcome: its hold stays held, nobody is sent
/// a fresh bill, and the caller may come back with the same credential.
constexpr Duration kWriteWait = std::chrono::seconds(30);

ledger::SettleTerms settle_terms(const Call& call) {
  const bool attempt = call.terms.charge_on == ChargeOn::attempt;
  return {attempt ? ledger::ChargeOn::attempt : ledger::ChargeOn::success,
          call.standing.hold->must_commit, call.standing.hold->first_showing};
}

ledger::Sent sent_of(ledger::CallEnd end) {
  return end == ledger::CallEnd::nothing_sent ? ledger::Sent::nothing : ledger::Sent::request;
}

/// What one use of a payment costs: the price in equal parts, their sum exact to the millisatoshi.
Msat price_of_use(const Payment& payment, std::uint32_t use_no) {
  if (payment.uses.count <= 1) return payment.price;
  const auto up_to = [&](std::uint64_t uses) {
    const auto product = static_cast<unsigned __int128>(payment.price.count()) * uses;
    return static_cast<std::uint64_t>(product / payment.uses.count);
  };
  return *Msat::of(up_to(std::uint64_t{use_no} + 1) - up_to(use_no));
}

void add_receipt(ledger::Charge& charge, const receipt::Uuid& event,
                 const ReceiptSettings& settings) {
  receipt::CallFacts facts;
  facts.event = event;
  facts.created = charge.created;
  facts.tool_id = charge.tool_id;
  facts.tool_name = charge.tool_name;
  facts.tool_slug = charge.tool_slug;
  facts.tool_method_name = charge.method_name;
  facts.request_id = charge.request_id;
  facts.gross = charge.gross;
  facts.fee = charge.fee;
  facts.fee_basis_points = charge.fee_basis_points;
  facts.rail = "l402";
  facts.payment_hash = charge.payment_hash;
  facts.with_gross_msat = true;
  if (!charge.uses.is_pass()) facts.request_digest = charge.request_digest;
  if (!settings.issuer.empty()) facts.issuer = settings.issuer;
  const receipt::Receipt made = receipt::build(facts, settings.key);
  charge.receipt_id = made.id;
  charge.receipt = made.envelope;
}

ledger::Charge charge_of(Worker& worker, const Call& call, ledger::Outcome outcome) {
  const Payment& payment = *call.payment;
  const ledger::Hold& hold = *call.standing.hold;
  const ReceiptSettings& settings = worker.house.receipts;
  const receipt::Uuid event = receipt::make_uuid(worker.house.random);
  ledger::Charge charge;
  charge.id = ledger::ChargeId{event.bytes};
  charge.payment_hash = payment.payment_hash;
  charge.use_no = hold.key.use_no;
  charge.uses = payment.uses;
  charge.settled = payment.price;
  charge.gross = price_of_use(payment, hold.key.use_no);
  charge.fee = receipt::platform_fee(charge.gross, settings.fees);
  charge.net = *charge.gross.minus(charge.fee);
  charge.fee_basis_points = settings.fees.basis_points;
  charge.tool_id = call.row->id;
  charge.tool_slug = std::string(call.tool);
  const bool own_title = !call.row->title.empty() && call.row->name != "*";
  charge.tool_name = own_title ? call.row->title : std::string(call.tool);
  charge.method_name = call.message->method_text;
  charge.request_id = std::string(call.request_id);
  charge.request_digest = call.standing.request.request_digest;
  charge.caller = call.caller;
  charge.created = worker.utc();
  charge.expires = payment.expires;
  charge.outcome = outcome;
  add_receipt(charge, event, settings);
  return charge;
}

std::optional<std::string> kept(const Worker& worker, const Call& call, std::string_view result) {
  const bool small =
      !result.empty() && result.size() <= worker.house.policy.limits.kept_result_bytes_max;
  if (!small || call.payment->uses.is_pass()) return std::nullopt;
  return std::string(result);
}

/// What became of a durable write.
enum class Written : std::uint8_t { done, conflict, failed, unknown };

io::Task<Written> write(Worker& worker, ledger::Operation operation) {
  const Tick began = worker.now();
  io::Reply<ledger::Answer> reply(worker.reactor);
  worker.house.store.apply(std::move(operation), reply.sender());
  const Tick deadline = began + kWriteWait;
  const auto answer = co_await reply.until(deadline);
  worker.metrics.store_duration.observe(worker.house.clock.tick() - began);
  if (!answer) co_return Written::unknown;
  if (!*answer) {
    const ledger::Fault fault = answer->error();
    if (fault == ledger::Fault::io_error || fault == ledger::Fault::damaged) {
      worker.house.holds.poison();
    }
    worker.house.log.write(LogLevel::error, "ledger_fault", row_of(fault).said_to_operator,
                           {{"tollhouse.reason", row_of(fault).token}});
    co_return Written::failed;
  }
  const bool done = std::holds_alternative<ledger::Done>(**answer);
  co_return done ? Written::done : Written::conflict;
}

void count_release(Worker& worker) {
  worker.metrics.holds[static_cast<std::size_t>(HoldEnd::release)].add();
}

void committed(Worker& worker, Call& call, const ledger::Charge& charge, bool result_kept) {
  ledger::ChargeMark mark;
  mark.charge = charge.id;
  mark.committed_at = charge.created;
  mark.result_kept = result_kept;
  const ledger::Hold& hold = *call.standing.hold;
  worker.house.holds.commit(hold, mark);
  worker.metrics.holds[static_cast<std::size_t>(HoldEnd::commit)].add();
  worker.metrics.tools[call.tool_metric].charges.add();
  worker.metrics.tools[call.tool_metric].revenue_msat.add(charge.gross.count());
  call.record.charge = charge.id;
  call.record.charged = charge.gross;
  call.receipt = charge.receipt;
}

io::Task<Settled> record_charge(Worker& worker, Call& call, ledger::Outcome outcome,
                                std::optional<std::string> result) {
  const ledger::Hold hold = *call.standing.hold;
  ledger::Charge charge = charge_of(worker, call, outcome);
  const bool result_kept = result.has_value();
  charge.kept_result = std::move(result);
  ledger::Operation operation = ledger::RecordCharge{charge};
  const Written written = co_await write(worker, std::move(operation));
  switch (written) {
    case Written::done:
      committed(worker, call, charge, result_kept);
      co_return Settled::charged;
    case Written::failed:
      // Rolled back: nothing was consumed, so the credential works again.
      static_cast<void>(worker.house.holds.release(hold, ledger::Sent::nothing));
      count_release(worker);
      co_return Settled::books_closed;
    case Written::conflict:
      // The second guard has spoken: this use was sold before.
      worker.house.holds.conflicted(hold);
      co_return Settled::spent_before;
    case Written::unknown:
      break;
  }
  co_return Settled::books_closed;  // the hold stays: its sweeper frees it when the books are known
}

io::Task<Settled> complete_ahead(Worker& worker, Call& call, const Ending& ending) {
  const ledger::Hold hold = *call.standing.hold;
  const bool cancel = ledger::settle(ending.end, settle_terms(call)) == ledger::Settlement::release;
  ledger::Operation operation;
  if (cancel) {
    operation = ledger::CancelCharge{*call.record.charge};
  } else {
    ledger::CompleteCharge complete;
    complete.id = *call.record.charge;
    complete.outcome = ending.outcome;
    complete.kept_result = kept(worker, call, ending.result);
    operation = std::move(complete);
  }
  const Written written = co_await write(worker, std::move(operation));
  if (written != Written::done) co_return Settled::books_closed;  // the charge stands
  if (!cancel) co_return Settled::charged;
  call.record.charge.reset();
  call.record.charged = Msat();
  call.receipt.clear();
  worker.house.holds.cancelled(hold);
  count_release(worker);
  co_return Settled::released;
}

io::Task<Settled> end_redelivery(Worker& worker, Call& call, ledger::CallEnd end) {
  const ledger::Redelivery redelivery = *call.standing.redelivery;
  if (end != ledger::CallEnd::result && end != ledger::CallEnd::broken_after_result) {
    worker.house.holds.redelivery_done(redelivery, sent_of(end));
    co_return Settled::released;
  }
  ledger::Operation operation = ledger::MarkRedelivered{redelivery.charge};
  const Written written = co_await write(worker, std::move(operation));
  const bool given = written == Written::done;
  const bool again = written == Written::failed;
  worker.house.holds.redelivery_done(redelivery,
                                     again ? ledger::Sent::nothing : ledger::Sent::request);
  if (given) worker.metrics.redeliveries.add();
  if (given) co_return Settled::redelivered;
  co_return written == Written::conflict ? Settled::spent_before : Settled::books_closed;
}

}  // namespace

io::Task<Settled> charge_ahead(Worker& worker, Call& call) {
  const auto& hold = call.standing.hold;
  const bool ahead = hold && (hold->first_showing || call.terms.charge_on == ChargeOn::attempt);
  if (!ahead) co_return Settled::nothing_due;
  const Settled settled =
      co_await record_charge(worker, call, ledger::Outcome::unknown, std::nullopt);
  call.standing.charged_ahead = settled == Settled::charged;
  if (call.standing.charged_ahead && hold->first_showing) {
    // A pass needs no redelivery: the same credential simply works again.
    worker.house.holds.delivered(hold->key, worker.utc());
  }
  co_return settled;
}

io::Task<Settled> settle(Worker& worker, Call& call, const Ending& ending) {
  if (call.standing.redelivery) {
    const Settled settled = co_await end_redelivery(worker, call, ending.end);
    co_return settled;
  }
  if (!call.standing.hold) co_return Settled::nothing_due;
  if (call.standing.charged_ahead && call.standing.hold->first_showing) co_return Settled::charged;
  if (call.standing.charged_ahead) {
    const Settled settled = co_await complete_ahead(worker, call, ending);
    co_return settled;
  }
  const ledger::Settlement due = ledger::settle(ending.end, settle_terms(call));
  const bool given_back = due == ledger::Settlement::release &&
                          worker.house.holds.release(*call.standing.hold, sent_of(ending.end));
  if (given_back) {
    count_release(worker);
    co_return Settled::released;
  }
  std::optional<std::string> result = kept(worker, call, ending.result);
  const Settled settled = co_await record_charge(worker, call, ending.outcome, std::move(result));
  co_return settled;
}

namespace {

io::Task<std::optional<ledger::Answer>> read(Worker& worker, ledger::Operation operation) {
  io::Reply<ledger::Answer> reply(worker.reactor);
  worker.house.store.apply(std::move(operation), reply.sender());
  const Tick deadline = worker.now() + worker.house.policy.limits.ledger_timeout;
  auto answer = co_await reply.until(deadline);
  co_return std::move(answer);
}

}  // namespace

io::Task<std::optional<std::string>> fetch_kept_result(Worker& worker, ledger::ChargeId charge) {
  ledger::Operation operation = ledger::FetchResult{charge};
  auto answer = co_await read(worker, std::move(operation));
  if (!answer || !*answer) co_return std::nullopt;
  auto* stored = std::get_if<ledger::StoredResult>(&**answer);
  if (stored == nullptr) co_return std::nullopt;
  co_return std::move(stored->result);
}

io::Task<std::string> fetch_receipt(Worker& worker, ledger::ChargeId charge) {
  ledger::Operation operation = ledger::FetchReceipt{charge};
  auto answer = co_await read(worker, std::move(operation));
  if (!answer || !*answer) co_return std::string();
  auto* stored = std::get_if<ledger::StoredReceipt>(&**answer);
  if (stored == nullptr) co_return std::string();
  co_return std::move(stored->receipt);
}

Refusal refusal_of(Settled settled, const Worker& worker) {
  if (settled == Settled::spent_before) {
    return refusal_of(ledger::Reason::replay, worker.house.policy.l402);
  }
  return refusal_of(Reason::ledger_unavailable);
}

}  // namespace tollhouse::gate
