// store: the thread that owns the writing connection (RS-13, RS-18): commits at once when idle,
// takes what has arrived meanwhile as the next batch, checkpoints and backs up between batches.
#pragma once
#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>

#include "store/books_writer.h"
#include "store/sqlite_store.h"

namespace tollhouse::store {

class SqliteStore::WriterThread {
 public:
  WriterThread(std::unique_ptr<BooksWriter> books, std::uint64_t wal_bytes_max);
  /// Finishes what was asked, then ends.
  ~WriterThread();

  void apply(ledger::Operation operation, ledger::AnswerTo answer);
  void backup(std::filesystem::path to, ledger::AnswerTo answer);
  ledger::Health health() const;
  Duration lag() const;

 private:
  struct Asked {
    ledger::Operation operation;
    ledger::AnswerTo answer;
    Tick since;
  };
  struct Backup {
    std::filesystem::path to;
    ledger::AnswerTo answer;
  };

  void run();
  /// What to do next; empty after a quiet moment. False: the end.
  bool wait_for_work(std::vector<Asked>& batch);
  void commit(std::vector<Asked>& batch);
  void tidy(bool idle);
  void continue_backup();
  void finish_backup(Result<Ok, Fault> result);

  std::unique_ptr<BooksWriter> books_;
  const int wal_pages_max_;
  SystemClock clock_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Asked> queue_;
  std::optional<Tick> committing_since_;  ///< of the batch under way, its oldest change
  std::size_t urgent_ = 0;                ///< of the queue: what somebody waits for
  std::deque<Backup> backups_;
  bool stopping_ = false;

  std::atomic<ledger::Health> books_health_{ledger::Health::good};
  ledger::AnswerTo backup_answer_;
  std::thread thread_;
};

}  // namespace tollhouse::store
