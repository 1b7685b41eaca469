// store: the same port in memory for the simulator and tests: one thread, nothing happens but in
// step(), and what is not synced is lost in a crash.
#pragma once
#include <deque>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "ledger/audit.h"
#include "ledger/store.h"

namespace tollhouse::store {

/// Books as plain maps: what a store has on its disk, and the model of the SQL one.
class MemoryBooks final : public ledger::BooksView {
 public:
  /// One operation, whole or not at all.
  ledger::Reply apply(const ledger::Operation& operation);

  /// Only for the planted bug of a receipt outside its charge's transaction.
  void tear_receipt(const ledger::ChargeId& id);

  void each_charge(const std::function<void(const ledger::Charge&)>& each) const override;
  void each_spent(const std::function<void(const ledger::SpentRow&)>& each) const override;
  ledger::Opening opening() const override { return opening_; }

 private:
  ledger::Reply record(const ledger::Charge& charge);
  ledger::Reply complete(const ledger::CompleteCharge& operation);
  ledger::Reply cancel(const ledger::CancelCharge& operation);
  ledger::Reply deliver(const ledger::MarkDelivered& operation);
  ledger::Reply redeliver(const ledger::MarkRedelivered& operation);
  ledger::Reply sweep(Time now);
  ledger::Reply receipt_of(const ledger::FetchReceipt& operation) const;
  ledger::Reply result_of(const ledger::FetchResult& operation) const;
  ledger::Charge* find(const ledger::ChargeId& id);
  void keep_result(const ledger::ChargeId& id, const std::optional<std::string>& result);
  void each_live(const std::function<void(const ledger::Charge&)>& each) const;
  Time settled(const ledger::Charge& charge) const;

  std::vector<ledger::Charge> charges_;
  std::unordered_map<ledger::ChargeId, std::size_t> by_id_;
  std::unordered_map<ledger::UseKey, std::size_t> charged_;  ///< the unique key
  std::unordered_map<ledger::ChargeId, Time> delivered_at_;
  std::unordered_map<ledger::ChargeId, std::string> results_;
  ledger::Opening opening_;
};

class MemoryStore final : public ledger::Store {
 public:
  void apply(ledger::Operation operation, ledger::AnswerTo answer) override;
  Result<ledger::Opening, ledger::Fault> load(
      const std::function<void(const ledger::SpentRow&)>& each) override;
  ledger::Health health() const override { return health_; }

  /// The next thing the store's threads would do: answer the queued reads, write the queue as one
  /// batch, or sync the batch written before and answer it. False where there is nothing to do.
  bool step();
  /// Until there is nothing to do.
  void settle() {
    while (step()) {
    }
  }

  /// The process or the power dies: answers are never given, what was written but not synced stays
  /// (all of it, a transaction) or is lost. Afterwards this is the disk that the next process
  /// finds.
  void crash(bool unsynced_survives);
  /// The `nth` sync from now (0: the next) fails so. io_error poisons, disk_full does not.
  void fail_sync(ledger::Fault fault, std::size_t nth = 0);

  /// Synced books only.
  const MemoryBooks& books() const { return books_; }
  std::size_t waiting() const { return queue_.size() + reads_.size() + batch_.size(); }

 private:
  struct Asked {
    ledger::Operation operation;
    ledger::AnswerTo answer;
  };
  bool answer_reads();
  bool write_batch();
  bool sync_batch();
  ledger::Reply keep(const ledger::Operation& operation);
  void answer_batch(std::vector<ledger::Answer> answers);

  MemoryBooks books_;
  std::deque<Asked> queue_;
  std::deque<Asked> reads_;
  std::vector<Asked> batch_;
  std::vector<ledger::CompleteCharge> late_receipts_;  ///< only with a planted bug
  std::optional<ledger::Fault> planned_fault_;
  std::size_t planned_at_ = 0;
  ledger::Health health_ = ledger::Health::good;
};

}  // namespace tollhouse::store
