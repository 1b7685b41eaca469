// store: books as maps, and a store over them that syncs only when it is told to.
#include "store/memory_store.h"

#include <algorithm>
#include <ranges>

#include "base/switches.h"
#include "ledger/limits.h"

namespace tollhouse::store {

using ledger::Answer;
using ledger::Conflict;
using ledger::Done;
using ledger::Fault;
using ledger::Health;
using ledger::Missing;
using ledger::Reply;
using ledger::Status;

namespace {

/// Writes of one transaction (RS-18).
constexpr std::size_t kBatchMax = 512;

template <class... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};

bool uses_payment(const ledger::Charge& charge) {
  return charge.status == Status::charged && charge.payment_hash;
}

/// What the SQL store has as CHECK: no charge without a receipt (R-RCPT-6), and the sum is right.
bool whole(const ledger::Charge& charge) {
  const bool has_receipt = !charge.receipt.empty();
  return has_receipt == (charge.status == Status::charged) &&
         charge.fee.plus(charge.net) == charge.gross;
}

}  // namespace

// ---- books ----------------------------------------------------------------------------------

Reply MemoryBooks::apply(const ledger::Operation& operation) {
  return std::visit(Overloaded{
                        [&](const ledger::RecordCharge& asked) { return record(asked.charge); },
                        [&](const ledger::CompleteCharge& asked) { return complete(asked); },
                        [&](const ledger::CancelCharge& asked) { return cancel(asked); },
                        [&](const ledger::MarkDelivered& asked) { return deliver(asked); },
                        [&](const ledger::MarkRedelivered& asked) { return redeliver(asked); },
                        [&](const ledger::Sweep& asked) { return sweep(asked.now); },
                        [&](const ledger::KeepClock& asked) -> Reply {
                          opening_.highest_clock = std::max(opening_.highest_clock, asked.highest);
                          return Done{};
                        },
                        [&](const ledger::FetchReceipt& asked) { return receipt_of(asked); },
                        [&](const ledger::FetchResult& asked) { return result_of(asked); },
                    },
                    operation);
}

Reply MemoryBooks::record(const ledger::Charge& charge) {
  if (by_id_.contains(charge.id) || !whole(charge)) return Conflict{};
  if (uses_payment(charge) && !charged_.emplace(charge.key(), charges_.size()).second) {
    return Conflict{};
  }
  by_id_.emplace(charge.id, charges_.size());
  charges_.push_back(charge);
  charges_.back().kept_result.reset();
  keep_result(charge.id, charge.kept_result);
  return Done{};
}

void MemoryBooks::keep_result(const ledger::ChargeId& id,
                              const std::optional<std::string>& result) {
  if (result && result->size() <= ledger::kKeptResultBytesMax) results_[id] = *result;
}

ledger::Charge* MemoryBooks::find(const ledger::ChargeId& id) {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : &charges_[found->second];
}

void MemoryBooks::tear_receipt(const ledger::ChargeId& id) {
  if (ledger::Charge* charge = find(id)) charge->receipt.clear();
}

Reply MemoryBooks::complete(const ledger::CompleteCharge& operation) {
  ledger::Charge* charge = find(operation.id);
  if (charge == nullptr) return Missing{};
  if (charge->status != Status::charged) return Conflict{};
  if (operation.receipt && operation.receipt->empty()) return Conflict{};
  charge->outcome = operation.outcome;
  if (operation.receipt) charge->receipt = *operation.receipt;
  if (operation.receipt_v2) charge->receipt_v2 = operation.receipt_v2;
  keep_result(charge->id, operation.kept_result);
  return Done{};
}

Reply MemoryBooks::cancel(const ledger::CancelCharge& operation) {
  ledger::Charge* charge = find(operation.id);
  if (charge == nullptr) return Missing{};
  const bool answered = charge->delivered || charge->redelivered;
  if (charge->status != Status::charged || answered) return Conflict{};
  if (uses_payment(*charge)) charged_.erase(charge->key());
  charge->status = Status::cancelled;
  charge->receipt.clear();
  charge->receipt_v2.reset();
  results_.erase(charge->id);
  return Done{};
}

Reply MemoryBooks::deliver(const ledger::MarkDelivered& operation) {
  ledger::Charge* charge = find(operation.id);
  if (charge == nullptr) return Missing{};
  if (charge->status != Status::charged) return Conflict{};
  if (!charge->delivered) delivered_at_[charge->id] = operation.now;
  charge->delivered = true;
  return Done{};
}

Reply MemoryBooks::redeliver(const ledger::MarkRedelivered& operation) {
  ledger::Charge* charge = find(operation.id);
  if (charge == nullptr) return Missing{};
  if (charge->status != Status::charged || charge->redelivered) return Conflict{};
  charge->redelivered = true;
  return Done{};
}

Reply MemoryBooks::sweep(Time now) {
  const Time dead = now - ledger::kExpirySkew;
  const Time settled_before = now - ledger::kRedeliveryWindow;
  Time watermark = std::max(dead, opening_.purged_before);
  ledger::Swept swept;
  // What may still be asked for holds the watermark back: a live row never lies before it.
  each_live([&](const ledger::Charge& charge) {
    if (charge.expires > watermark || settled(charge) <= settled_before) return;
    watermark = charge.expires - std::chrono::milliseconds(1);
  });
  each_live([&](const ledger::Charge& charge) { swept.uses += charge.expires <= watermark; });
  opening_.purged_before = std::max(opening_.purged_before, watermark);
  swept.purged_before = opening_.purged_before;
  std::erase_if(results_, [&](const auto& entry) {
    return charges_[by_id_.at(entry.first)].created <= now - ledger::kKeptResultWindow;
  });
  return swept;
}

/// Charged on a payment whose credential may still be shown.
void MemoryBooks::each_live(const std::function<void(const ledger::Charge&)>& each) const {
  for (const ledger::Charge& charge : charges_) {
    if (uses_payment(charge) && charge.expires > opening_.purged_before) each(charge);
  }
}

Time MemoryBooks::settled(const ledger::Charge& charge) const {
  const auto found = delivered_at_.find(charge.id);
  return found == delivered_at_.end() ? charge.created : std::max(charge.created, found->second);
}

Reply MemoryBooks::receipt_of(const ledger::FetchReceipt& operation) const {
  // The last one: a request that was answered from a stored charge has no receipt of its own.
  for (const auto& charge : charges_ | std::views::reverse) {
    const bool wanted = std::visit(
        Overloaded{[&](const std::string& request) { return charge.request_id == request; },
                   [&](const ledger::ChargeId& id) { return charge.id == id; }},
        operation.by);
    if (!wanted || charge.status != Status::charged) continue;
    return ledger::StoredReceipt{charge.id,      charge.payment_hash, charge.caller,
                                 charge.created, charge.receipt,      charge.receipt_v2};
  }
  return Missing{};
}

Reply MemoryBooks::result_of(const ledger::FetchResult& operation) const {
  const auto found = results_.find(operation.id);
  if (found == results_.end()) return Missing{};
  return ledger::StoredResult{found->second};
}

void MemoryBooks::each_charge(const std::function<void(const ledger::Charge&)>& each) const {
  for (const ledger::Charge& charge : charges_) each(charge);
}

void MemoryBooks::each_spent(const std::function<void(const ledger::SpentRow&)>& each) const {
  each_live([&](const ledger::Charge& charge) {
    each({charge.key(), charge.uses, charge.expires, charge.id, charge.request_digest,
          charge.caller, charge.created, charge.delivered, charge.redelivered,
          results_.contains(charge.id)});
  });
}

// ---- store ----------------------------------------------------------------------------------

void MemoryStore::apply(ledger::Operation operation, ledger::AnswerTo answer) {
  auto& queue = ledger::is_read(operation) ? reads_ : queue_;
  queue.push_back({std::move(operation), std::move(answer)});
}

Result<ledger::Opening, Fault> MemoryStore::load(
    const std::function<void(const ledger::SpentRow&)>& each) {
  if (!planted(PlantedBug::spent_forgotten_on_start)) books_.each_spent(each);
  return books_.opening();
}

bool MemoryStore::step() {
  if (!reads_.empty()) return answer_reads();
  if (!batch_.empty()) return sync_batch();
  if (!queue_.empty()) return write_batch();
  return false;
}

bool MemoryStore::answer_reads() {
  // Taken out first: an answer may ask again.
  std::deque<Asked> asked = std::move(reads_);
  reads_.clear();
  for (Asked& one : asked) one.answer(books_.apply(one.operation));
  return true;
}

bool MemoryStore::write_batch() {
  while (!queue_.empty() && batch_.size() < kBatchMax) {
    batch_.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  if (planted(PlantedBug::answer_before_sync)) {
    MemoryBooks guess = books_;
    for (Asked& one : batch_) {
      if (one.answer) std::exchange(one.answer, {})(guess.apply(one.operation));
    }
  }
  crash_point(CrashPoint::k5a_before_sync);
  return true;
}

bool MemoryStore::sync_batch() {
  std::vector<Answer> answers;
  const bool fails = planned_fault_ && planned_at_-- == 0;
  if (fails) {
    const Fault fault = *std::exchange(planned_fault_, std::nullopt);
    health_ = fault == Fault::disk_full ? Health::full : Health::poisoned;
    answers.assign(batch_.size(), refuse(fault));
  } else if (health_ == Health::poisoned) {
    answers.assign(batch_.size(), refuse(Fault::io_error));
  } else {
    health_ = Health::good;
    for (const Asked& one : batch_) answers.emplace_back(keep(one.operation));
    crash_point(CrashPoint::k5b_after_sync);
  }
  answer_batch(std::move(answers));
  return true;
}

/// The planted bug: the receipt comes with the next batch, in a transaction of its own.
Reply MemoryStore::keep(const ledger::Operation& operation) {
  if (!planted(PlantedBug::receipt_outside_charge)) return books_.apply(operation);
  for (const ledger::CompleteCharge& late : std::exchange(late_receipts_, {})) books_.apply(late);
  const auto* asked = std::get_if<ledger::RecordCharge>(&operation);
  if (asked == nullptr) return books_.apply(operation);
  const Reply reply = books_.apply(operation);
  const ledger::Charge& charge = asked->charge;
  if (std::holds_alternative<Conflict>(reply) || charge.status != Status::charged) return reply;
  books_.tear_receipt(charge.id);
  late_receipts_.push_back({charge.id, charge.outcome, charge.receipt, {}, {}});
  return reply;
}

void MemoryStore::answer_batch(std::vector<Answer> answers) {
  std::vector<Asked> answered = std::exchange(batch_, {});
  for (std::size_t i = 0; i < answered.size(); ++i) {
    if (answered[i].answer) answered[i].answer(std::move(answers[i]));
  }
}

void MemoryStore::crash(bool unsynced_survives) {
  if (unsynced_survives && health_ != Health::poisoned) {
    for (const Asked& one : batch_) keep(one.operation);
  }
  batch_.clear();
  queue_.clear();
  reads_.clear();
  late_receipts_.clear();
  planned_fault_.reset();
  health_ = Health::good;
}

void MemoryStore::fail_sync(Fault fault, std::size_t nth) {
  planned_fault_ = fault;
  planned_at_ = nth;
}

}  // namespace tollhouse::store
