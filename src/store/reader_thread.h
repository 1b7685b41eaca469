// store: the thread of reads: receipts and stored results, never in the way of a write.
#pragma once
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "store/books_reader.h"
#include "store/sqlite_store.h"

namespace tollhouse::store {

class SqliteStore::ReaderThread {
 public:
  explicit ReaderThread(std::unique_ptr<BooksReader> books);
  ~ReaderThread();
  void apply(ledger::Operation operation, ledger::AnswerTo answer);

 private:
  struct Asked {
    ledger::Operation operation;
    ledger::AnswerTo answer;
  };
  void run();
  ledger::Answer answer_to(const ledger::Operation& operation);

  std::unique_ptr<BooksReader> books_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Asked> queue_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace tollhouse::store
