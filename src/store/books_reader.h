// store: looks into the books through a read-only connection (RS-13): what the reader thread, the
// start and the reports share. One thread at a time.
#pragma once
#include "ledger/audit.h"
#include "store/sqlite.h"

namespace tollhouse::store {

class BooksReader {
 public:
  static Result<std::unique_ptr<BooksReader>, Fault> open(const std::filesystem::path& books);

  Result<ledger::Opening, Fault> opening();
  Result<Ok, Fault> each_spent(Time purged_before,
                               const std::function<void(const ledger::SpentRow&)>& each);
  Result<Ok, Fault> each_charge(Time since, const std::function<void(const ledger::Charge&)>& each);
  Result<std::vector<ledger::Charge>, Fault> charges_of(const PaymentHash& payment_hash);
  Result<ledger::Reply, Fault> receipt(const ledger::FetchReceipt& asked);
  Result<ledger::Reply, Fault> result(const ledger::FetchResult& asked);

  /// One moment of the books for all that is read until end_moment.
  Result<Ok, Fault> begin_moment() { return database_.execute("BEGIN"); }
  void end_moment() { static_cast<void>(database_.execute("COMMIT")); }
  Database& database() { return database_; }

 private:
  explicit BooksReader(Database database) : database_(std::move(database)) {}
  Database database_;
  Statement receipt_by_request_, receipt_by_id_, result_;
};

/// Books for the audit. What cannot be read ends the walk and stands in `fault`.
class BooksMoment final : public ledger::BooksView {
 public:
  explicit BooksMoment(BooksReader& reader) : reader_(reader) {}
  void each_charge(const std::function<void(const ledger::Charge&)>& each) const override;
  void each_spent(const std::function<void(const ledger::SpentRow&)>& each) const override;
  ledger::Opening opening() const override;
  std::optional<Fault> fault() const { return fault_; }

 private:
  BooksReader& reader_;
  mutable std::optional<Fault> fault_;
};

}  // namespace tollhouse::store
