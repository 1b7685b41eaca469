// store: what the command line reads out of the books, gate running or not: values only, the CLI
// prints them. sessions-config.md, Books. Nothing here writes to the books.
#pragma once
#include <filesystem>
#include <memory>
#include <vector>

#include "ledger/audit.h"

namespace tollhouse::store {

/// A read-only look at the books in `data_dir`, beside a running gate or alone. Each of the calls
/// below sees one moment of the books.
class Reports {
 public:
  /// Errors in order: unreachable, unsafe_mode, damaged, newer_schema.
  static Result<std::unique_ptr<Reports>, ledger::Fault> open(
      const std::filesystem::path& data_dir);
  ~Reports();

  /// What a gate reads first at its start.
  Result<ledger::Opening, ledger::Fault> opening() const;
  Result<ledger::AuditReport, ledger::Fault> check(const ledger::ReceiptCheck& receipts = {}) const;
  /// The events of one payment, oldest first.
  Result<std::vector<ledger::Charge>, ledger::Fault> show(const PaymentHash& payment_hash) const;
  /// Each event from `since` on, oldest first.
  Result<std::monostate, ledger::Fault> each_charge(
      Time since, const std::function<void(const ledger::Charge&)>& each) const;
  /// A copy of this moment, mode 0600; an existing file is refused (unreachable).
  Result<std::monostate, ledger::Fault> backup(const std::filesystem::path& to) const;

 private:
  class Books;
  Reports();
  std::unique_ptr<Books> books_;
};

/// One line of `ledger export`: the fields of sessions-receipts.md 8, `receipt`, `receiptV2`.
std::string export_line(const ledger::Charge& charge);

/// Puts a backup in place of the books in `data_dir` (moved aside to `ledger.db.before-restore`)
/// and raises the epoch, so that tokens minted since the backup are refused (RS-11). The new epoch.
/// Errors as SqliteStore::open; `damaged` also for a backup whose invariants do not hold.
Result<std::uint32_t, ledger::Fault> restore(const std::filesystem::path& backup,
                                             const std::filesystem::path& data_dir);

}  // namespace tollhouse::store
