// store: the embedded books. One thread owns the only writing connection, commits in groups and
// checkpoints (RS-13, RS-18); another reads. reliability-security.md 2.6 and 3; DESIGN.md 6.
#pragma once
#include <filesystem>
#include <memory>

#include "ledger/store.h"
#include "store/books_folder.h"

namespace tollhouse::store {

struct SqliteOptions {
  std::filesystem::path data_dir;  ///< mode 0700; made where it is missing
  /// Freed when the disk is full, so that open calls commit; 0 for none.
  std::uint64_t ballast_bytes = std::uint64_t{64} << 20;
  std::uint64_t wal_bytes_max = std::uint64_t{64}
                                << 20;  ///< then a checkpoint that does not wait for idle
  std::uint64_t pages_max = 0;          ///< of the file; 0 for none. How tests fill a disk
};

/// `ledger.db` in the data folder, with `ledger.lock` beside it. Closing it finishes what was
/// asked.
class SqliteStore final : public ledger::Store {
 public:
  /// Errors in order: unreachable, unsafe_mode, locked, damaged, newer_schema, disk_full, io_error.
  static Result<std::unique_ptr<SqliteStore>, ledger::Fault> open(const SqliteOptions& options);
  ~SqliteStore() override;

  void apply(ledger::Operation operation, ledger::AnswerTo answer) override;
  Result<ledger::Opening, ledger::Fault> load(
      const std::function<void(const ledger::SpentRow&)>& each) override;
  ledger::Health health() const override;
  Duration lag() const override;

  /// Copies the books to a new file of mode 0600, between two batches, while the gate runs.
  void backup(std::filesystem::path to, ledger::AnswerTo answer);

 private:
  class WriterThread;
  class ReaderThread;
  SqliteStore();
  std::filesystem::path books_;
  std::unique_ptr<FileHandle> lock_;  ///< declared first: given back after the threads ended
  std::unique_ptr<WriterThread> writer_;
  std::unique_ptr<ReaderThread> reader_;
};

}  // namespace tollhouse::store
