// store: the reader's loop.
#include "store/reader_thread.h"

#include <pthread.h>

#include <csignal>

#include "store/limits.h"

namespace tollhouse::store {

SqliteStore::ReaderThread::ReaderThread(std::unique_ptr<BooksReader> books)
    : books_(std::move(books)), thread_([this] { run(); }) {}

SqliteStore::ReaderThread::~ReaderThread() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void SqliteStore::ReaderThread::apply(ledger::Operation operation, ledger::AnswerTo answer) {
  {
    const std::lock_guard lock(mutex_);
    if (queue_.size() < kReadQueueMax) {
      queue_.push_back({std::move(operation), std::move(answer)});
      wake_.notify_one();
      return;
    }
  }
  if (answer) answer(refuse(Fault::busy));
}

void SqliteStore::ReaderThread::run() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
  for (;;) {
    Asked asked;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (queue_.empty()) return;
      asked = std::move(queue_.front());
      queue_.pop_front();
    }
    ledger::Answer answer = answer_to(asked.operation);
    if (asked.answer) asked.answer(std::move(answer));
  }
}

ledger::Answer SqliteStore::ReaderThread::answer_to(const ledger::Operation& operation) {
  if (const auto* receipt = std::get_if<ledger::FetchReceipt>(&operation)) {
    return books_->receipt(*receipt);
  }
  if (const auto* result = std::get_if<ledger::FetchResult>(&operation)) {
    return books_->result(*result);
  }
  return ledger::Missing{};
}

}  // namespace tollhouse::store
