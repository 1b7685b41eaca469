// store: operations on the writing connection: one transaction for a batch. No thread of its own;
// sqlite_store's writer thread is its only caller.
#pragma once
#include <vector>

#include "ledger/store.h"
#include "store/books_folder.h"
#include "store/sqlite.h"

namespace tollhouse::store {

class BooksWriter {
 public:
  /// The file is migrated. `ballast_bytes` 0: none is kept.
  static Result<std::unique_ptr<BooksWriter>, Fault> open(Database database, BooksFiles files,
                                                          std::uint64_t ballast_bytes);

  /// One transaction, one sync, answers in order. A lost condition fails its own operation only; a
  /// full disk rolls all back (once more after freeing the ballast); any other fault poisons.
  std::vector<ledger::Answer> commit(const std::vector<const ledger::Operation*>& batch);

  /// Moves the WAL into the file; passive unless `restart`, which waits for readers a moment.
  void checkpoint(bool restart);
  int wal_pages() const { return wal_pages_; }

  /// Copies a part to `to`; nothing while it is not finished.
  Result<Ok, Fault> begin_backup(const std::filesystem::path& to);
  std::optional<Result<Ok, Fault>> backup_some();
  bool backing_up() const { return backup_ != nullptr; }

  ledger::Health health() const { return health_; }

 private:
  struct EndBackup {
    void operator()(sqlite3_backup* backup) const { sqlite3_backup_finish(backup); }
  };
  BooksWriter(Database database, BooksFiles files, std::uint64_t ballast_bytes);
  Result<Ok, Fault> prepare_all();
  Result<std::vector<ledger::Answer>, Fault> try_commit(
      const std::vector<const ledger::Operation*>& batch);
  void after_fault(Fault fault);
  void regain_ballast();
  Result<ledger::Reply, Fault> apply(const ledger::Operation& operation);
  Result<ledger::Reply, Fault> record(const ledger::Charge& charge);
  Result<ledger::Reply, Fault> complete(const ledger::CompleteCharge& operation);
  Result<ledger::Reply, Fault> cancel(const ledger::CancelCharge& operation);
  Result<ledger::Reply, Fault> sweep(Time now);
  Result<ledger::Reply, Fault> keep_clock(Time highest);
  Result<Ok, Fault> keep_result(const ledger::ChargeId& id, Time created,
                                const std::optional<std::string>& result);
  Result<ledger::Reply, Fault> changed_or_why(const Result<int, Fault>& changed,
                                              const ledger::ChargeId& id);
  Result<std::int64_t, Fault> one_number(Statement& statement, std::int64_t absent);
  Result<Time, Fault> watermark_at(Time now, Time purged_before);

  Database database_;
  BooksFiles files_;
  std::uint64_t ballast_bytes_;
  ledger::Health health_ = ledger::Health::good;
  int wal_pages_ = 0;
  std::int64_t kept_bytes_ = 0;

  Statement begin_, commit_, rollback_;
  Statement insert_charge_, complete_, cancel_, deliver_, redeliver_, known_, created_;
  Statement insert_result_, drop_result_, drop_results_, kept_bytes_sum_;
  Statement waiting_, count_dead_, read_meta_, raise_meta_;

  std::optional<Database> backup_to_;
  std::unique_ptr<sqlite3_backup, EndBackup> backup_;
};

}  // namespace tollhouse::store
