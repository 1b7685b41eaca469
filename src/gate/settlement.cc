// gate: charging, completing, giving back.
#include "gate/settlement.h"

#include "base/hex.h"
#include "base/switches.h"
#include "gate/admission.h"
#include "gate/work_admission.h"
#include "receipt/receipt.h"

namespace tollhouse::gate {
namespace {

/// A caller waits so long for a write. Its outcome is unknown then: the hold stays held until the
/// store has spoken, however late, and nobody is sent a fresh bill.
constexpr Duration kWriteWait = std::chrono::seconds(30);

ledger::SettleTerms settle_terms(const Call& call) {
  const auto& bought = call.continuation.purchase;
  const ChargeOn charge_on = bought ? bought->charge_on : call.terms.charge_on;
  const bool attempt = charge_on == ChargeOn::attempt;
  return {attempt ? ledger::ChargeOn::attempt : ledger::ChargeOn::success,
          call.standing.hold->must_commit, call.standing.hold->first_showing};
}

ledger::Sent sent_of(ledger::CallEnd end) {
  return end == ledger::CallEnd::nothing_sent ? ledger::Sent::nothing : ledger::Sent::request;
}

/// What one use of a payment costs: the price in equal parts, their sum exact to the millisatoshi.
/// A pass whose holder counts its calls is paid for by the first of them.
Msat price_of_use(const Payment& payment, std::uint32_t use_no) {
  if (payment.sold.count <= 1) return use_no == 0 ? payment.price : Msat();
  const auto up_to = [&](std::uint64_t uses) {
    const auto product = static_cast<unsigned __int128>(payment.price.count()) * uses;
    return static_cast<std::uint64_t>(product / payment.sold.count);
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
  facts.rail = ledger::to_text(charge.rail);
  facts.payment_hash = charge.payment_hash;
  facts.with_gross_msat = true;
  if (!charge.uses.is_pass()) facts.request_digest = charge.request_digest;
  if (!settings.issuer.empty()) facts.issuer = settings.issuer;
  const receipt::Receipt made = receipt::build(facts, settings.key);
  charge.receipt_id = made.id;
  charge.receipt = made.envelope;
}

ledger::Rail ledger_rail(const Payment& payment) {
  switch (rail_of(payment)) {
    case Rail::x402:
      return ledger::Rail::x402;
    case Rail::mpp:
      return ledger::Rail::mpp;
    case Rail::pow:
      return ledger::Rail::pow;
    default:
      return ledger::Rail::l402;
  }
}

ledger::Charge charge_of(Worker& worker, const Call& call, ledger::Outcome outcome) {
  const Payment& payment = *call.payment;
  const ledger::Hold& hold = *call.standing.hold;
  const ReceiptSettings& settings = call.rules.receipts;
  const receipt::Uuid event = receipt::make_uuid(worker.house.random);
  ledger::Charge charge;
  charge.id = ledger::ChargeId{event.bytes};
  charge.rail = ledger_rail(payment);
  charge.payment_hash = payment.payment_hash;
  charge.use_no = hold.key.use_no;
  charge.uses = payment.sold.is_pass() ? payment.uses : payment.sold;
  charge.settled = payment.price;
  charge.gross = price_of_use(payment, hold.key.use_no);
  charge.fee = receipt::platform_fee(charge.gross, settings.fees);
  charge.net = *charge.gross.minus(charge.fee);
  charge.fee_basis_points = settings.fees.basis_points;
  Purchase bought = purchase_of(call);
  charge.tool_id = std::move(bought.tool_id);
  charge.tool_slug = std::move(bought.tool);
  charge.tool_name = std::move(bought.title);
  charge.method_name = std::move(bought.method);
  charge.request_id = std::string(call.request_id);
  charge.request_digest = call.standing.request.request_digest;
  charge.caller = call.caller;
  charge.created = worker.utc();
  charge.expires = payment.expires;
  charge.outcome = outcome;
  add_receipt(charge, event, settings);
  return charge;
}

std::optional<std::string> kept(const Call& call, std::string_view result) {
  const bool small =
      !result.empty() && result.size() <= call.rules.policy.limits.kept_result_bytes_max;
  if (!small || call.payment->uses.is_pass()) return std::nullopt;
  return std::string(result);
}

/// What became of a durable write.
enum class Written : std::uint8_t { done, conflict, failed, unknown };

Written written_of(Worker& worker, const std::optional<ledger::Answer>& answer) {
  if (!answer) return Written::unknown;
  if (!*answer) {
    const ledger::Fault fault = answer->error();
    if (fault == ledger::Fault::io_error || fault == ledger::Fault::damaged) {
      worker.house.holds.poison();
    }
    worker.house.log.write(LogLevel::error, "ledger_fault", row_of(fault).said_to_operator,
                           {{"tollhouse.reason", row_of(fault).token}});
    return Written::failed;
  }
  return std::holds_alternative<ledger::Done>(**answer) ? Written::done : Written::conflict;
}

using StoreReply = io::Reply<ledger::Answer>;

/// `reply` is the caller's: where this says `unknown`, the store's answer is still to come.
io::Task<Written> write(Worker& worker, ledger::Operation operation, StoreReply& reply) {
  const Tick began = worker.now();
  worker.house.store.apply(std::move(operation), reply.sender());
  const Tick deadline = began + kWriteWait;
  const auto answer = co_await reply.until(deadline);
  worker.metrics.store_duration.observe(worker.house.clock.tick() - began);
  co_return written_of(worker, answer);
}

void count_release(Worker& worker) {
  worker.metrics.holds[static_cast<std::size_t>(HoldEnd::release)].add();
}

/// A charge on its way to the store: what has to be known of it when its call has gone.
struct Charging {
  ledger::Hold hold;
  ledger::ChargeMark mark;
  std::size_t tool_metric = 0;
  Rail rail = Rail::l402;
  Msat gross;
};

void count_charge(ReactorMetrics::Tool& tool, const Charging& charging) {
  const auto rail = static_cast<std::size_t>(charging.rail);
  tool.charges[rail].add();
  tool.revenue_msat[rail].add(charging.gross.count());
}

/// Carries the store's word into the hold table.
Settled conclude(Worker& worker, const Charging& charging, Written written) {
  switch (written) {
    case Written::done:
      worker.house.holds.commit(charging.hold, charging.mark);
      worker.metrics.holds[static_cast<std::size_t>(HoldEnd::commit)].add();
      count_charge(worker.metrics.tools[charging.tool_metric], charging);
      return Settled::charged;
    case Written::conflict:
      // The second guard has spoken: this use was sold before.
      worker.house.holds.conflicted(charging.hold);
      return Settled::spent_before;
    case Written::failed:
      // Rolled back: nothing was consumed, so the credential works again.
      static_cast<void>(worker.house.holds.release(charging.hold, ledger::Sent::nothing));
      count_release(worker);
      return Settled::books_closed;
    case Written::unknown:
      break;
  }
  return Settled::books_closed;  // the hold stays until the store has spoken
}

/// Waits for an answer that came too late for its call. Nobody saw a result of it, so a charge that
/// stands is owed to its caller.
io::Task<> conclude_late(Worker& worker, std::unique_ptr<StoreReply> reply, Charging charging) {
  const Tick never = kNever;
  const auto answer = co_await reply->until(never);
  const Written written = written_of(worker, answer);
  const Settled settled = conclude(worker, charging, written);
  if (settled == Settled::charged) worker.house.holds.lost(charging.hold.key);
}

io::Task<Settled> record_charge(Worker& worker, Call& call, ledger::Outcome outcome,
                                std::optional<std::string> result) {
  ledger::Charge charge = charge_of(worker, call, outcome);
  Charging charging;
  charging.hold = *call.standing.hold;
  charging.mark = {charge.id, charge.created, result.has_value()};
  charging.tool_metric = call.tool_metric;
  charging.rail = call.record.rail;
  charging.gross = charge.gross;
  charge.kept_result = std::move(result);
  ledger::Operation operation = ledger::RecordCharge{charge};
  worker.house.holds.charging(charging.hold);
  auto reply = std::make_unique<StoreReply>(worker.reactor);
  StoreReply& answer = *reply;
  const Written written = co_await write(worker, std::move(operation), answer);
  const Settled settled = conclude(worker, charging, written);
  if (written == Written::unknown) {
    auto late = conclude_late(worker, std::move(reply), charging);
    worker.reactor.nursery().start(std::move(late));
  }
  if (settled == Settled::charged) {
    call.record.charge = charge.id;
    call.record.charged = charge.gross;
    call.receipt = charge.receipt;
  }
  co_return settled;
}

/// The use is free again; or the books keep the charge, and then its answer is owed.
void conclude_cancel(Worker& worker, const ledger::Hold& hold, Written written) {
  if (written == Written::done) {
    worker.house.holds.cancelled(hold);
    count_release(worker);
  } else {
    worker.house.holds.lost(hold.key);
  }
}

io::Task<> conclude_cancel_late(Worker& worker, std::unique_ptr<StoreReply> reply,
                                ledger::Hold hold) {
  const Tick never = kNever;
  const auto answer = co_await reply->until(never);
  const Written written = written_of(worker, answer);
  conclude_cancel(worker, hold, written);
}

/// No answer of this call will be seen: whatever the books keep of it, it is not delivered.
void forget_charge(Call& call) {
  call.record.charge.reset();
  call.record.charged = Msat();
  call.receipt.clear();
}

io::Task<Settled> cancel_ahead(Worker& worker, Call& call) {
  const ledger::Hold hold = *call.standing.hold;
  ledger::Operation operation = ledger::CancelCharge{*call.record.charge};
  auto reply = std::make_unique<StoreReply>(worker.reactor);
  StoreReply& answer = *reply;
  const Written written = co_await write(worker, std::move(operation), answer);
  forget_charge(call);
  if (written == Written::unknown) {
    auto late = conclude_cancel_late(worker, std::move(reply), hold);
    worker.reactor.nursery().start(std::move(late));
  } else {
    conclude_cancel(worker, hold, written);
  }
  co_return written == Written::done ? Settled::released : Settled::books_closed;
}

io::Task<Settled> complete_ahead(Worker& worker, Call& call, const Ending& ending) {
  ledger::CompleteCharge complete;
  complete.id = *call.record.charge;
  complete.outcome = ending.outcome;
  complete.kept_result = kept(call, ending.result);
  ledger::Operation operation = std::move(complete);
  StoreReply reply(worker.reactor);
  const Written written = co_await write(worker, std::move(operation), reply);
  if (written == Written::done) co_return Settled::charged;
  // The charge stands, but its answer must not leave: it is owed.
  worker.house.holds.lost(call.standing.hold->key);
  forget_charge(call);
  co_return Settled::books_closed;
}

Settled conclude_redelivery(Worker& worker, const ledger::Redelivery& redelivery, Written written) {
  switch (written) {
    case Written::done:
      worker.house.holds.redelivered(redelivery);
      return Settled::redelivered;
    case Written::conflict:
      worker.house.holds.redelivered(redelivery);
      return Settled::spent_before;
    case Written::failed:
      worker.house.holds.redelivery_failed(redelivery, ledger::Sent::nothing);
      return Settled::books_closed;
    case Written::unknown:
      break;
  }
  return Settled::books_closed;
}

io::Task<> conclude_redelivery_late(Worker& worker, std::unique_ptr<StoreReply> reply,
                                    ledger::Redelivery redelivery) {
  const Tick never = kNever;
  const auto answer = co_await reply->until(never);
  const Written written = written_of(worker, answer);
  conclude_redelivery(worker, redelivery, written);
}

io::Task<Settled> end_redelivery(Worker& worker, Call& call, ledger::CallEnd end) {
  const ledger::Redelivery redelivery = *call.standing.redelivery;
  if (end != ledger::CallEnd::result && end != ledger::CallEnd::broken_after_result) {
    worker.house.holds.redelivery_failed(redelivery, sent_of(end));
    co_return Settled::released;
  }
  ledger::Operation operation = ledger::MarkRedelivered{redelivery.charge};
  auto reply = std::make_unique<StoreReply>(worker.reactor);
  StoreReply& answer = *reply;
  const Written written = co_await write(worker, std::move(operation), answer);
  if (written == Written::unknown) {
    auto late = conclude_redelivery_late(worker, std::move(reply), redelivery);
    worker.reactor.nursery().start(std::move(late));
  }
  const Settled settled = conclude_redelivery(worker, redelivery, written);
  if (settled == Settled::redelivered) worker.metrics.redeliveries.add();
  co_return settled;
}

}  // namespace

Purchase purchase_of(const Call& call) {
  if (call.continuation.purchase) return *call.continuation.purchase;
  const ToolRow& row = *call.row;
  const std::string tool(call.tool);
  const bool own_title = !row.title.empty() && row.name != "*";
  return {tool, row.id, own_title ? row.title : tool, call.message->method_text,
          call.terms.charge_on};
}

io::Task<Settled> charge_ahead(Worker& worker, Call& call) {
  const auto& hold = call.standing.hold;
  if (call.standing.charged_ahead) co_return Settled::nothing_due;  // by an earlier request
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
  const bool nothing_sent = ending.end == ledger::CallEnd::nothing_sent;
  if (nothing_sent) give_back_work(worker, call);
  if (call.standing.redelivery) {
    const Settled settled = co_await end_redelivery(worker, call, ending.end);
    co_return settled;
  }
  if (!call.standing.hold) co_return Settled::nothing_due;
  if (call.standing.charged_ahead && call.standing.hold->first_showing) co_return Settled::charged;
  if (call.standing.charged_ahead) {
    const bool cancels =
        ledger::settle(ending.end, settle_terms(call)) == ledger::Settlement::release;
    if (!cancels) {
      const Settled settled = co_await complete_ahead(worker, call, ending);
      co_return settled;
    }
    const Settled settled = co_await cancel_ahead(worker, call);
    co_return settled;
  }
  const ledger::Settlement due = ledger::settle(ending.end, settle_terms(call));
  const bool given_back = due == ledger::Settlement::release &&
                          worker.house.holds.release(*call.standing.hold, sent_of(ending.end));
  if (given_back) {
    count_release(worker);
    co_return Settled::released;
  }
  std::optional<std::string> result = kept(call, ending.result);
  const Settled settled = co_await record_charge(worker, call, ending.outcome, std::move(result));
  co_return settled;
}

namespace {

io::Task<std::optional<ledger::Answer>> read(Worker& worker, ledger::Operation operation) {
  io::Reply<ledger::Answer> reply(worker.reactor);
  worker.house.store.apply(std::move(operation), reply.sender());
  const Tick deadline = worker.now() + worker.limits().ledger_timeout;
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

Refusal refusal_of(Settled settled, const Call& call) {
  if (settled == Settled::spent_before) return refusal_of(ledger::Reason::replay, call);
  return refusal_of(Reason::ledger_unavailable);
}

}  // namespace tollhouse::gate
