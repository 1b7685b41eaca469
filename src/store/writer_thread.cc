// store: the writer's loop.
#include "store/writer_thread.h"

#include <pthread.h>

#include <csignal>

#include "store/limits.h"

namespace tollhouse::store {

using ledger::Health;

namespace {

constexpr std::uint64_t kPageBytes = 4096;

/// Signals are the main thread's.
void block_signals() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

}  // namespace

SqliteStore::WriterThread::WriterThread(std::unique_ptr<BooksWriter> books,
                                        std::uint64_t wal_bytes_max)
    : books_(std::move(books)),
      wal_pages_max_(static_cast<int>(wal_bytes_max / kPageBytes)),
      books_health_(books_->health()),
      thread_([this] { run(); }) {}

SqliteStore::WriterThread::~WriterThread() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void SqliteStore::WriterThread::apply(ledger::Operation operation, ledger::AnswerTo answer) {
  const bool urgent = !ledger::may_wait(operation);
  {
    const std::lock_guard lock(mutex_);
    if (queue_.size() < kQueueMax) {
      queue_.push_back({std::move(operation), std::move(answer), clock_.tick()});
      urgent_ += urgent;
      if (urgent || queue_.size() == 1 || queue_.size() >= kBatchMax) wake_.notify_one();
      return;
    }
  }
  if (answer) answer(refuse(Fault::busy));
}

void SqliteStore::WriterThread::backup(std::filesystem::path to, ledger::AnswerTo answer) {
  const std::lock_guard lock(mutex_);
  backups_.push_back({std::move(to), std::move(answer)});
  wake_.notify_one();
}

Health SqliteStore::WriterThread::health() const {
  const Health books = books_health_.load(std::memory_order_acquire);
  if (books != Health::good) return books;
  const std::lock_guard lock(mutex_);
  if (urgent_ == 0) return Health::good;
  const bool late = clock_.tick() - queue_.front().since > kQueueDelayMax + kIdle;
  return late || queue_.size() >= kQueueMax ? Health::busy : Health::good;
}

Duration SqliteStore::WriterThread::lag() const {
  const std::lock_guard lock(mutex_);
  if (committing_since_) return clock_.tick() - *committing_since_;
  return queue_.empty() ? Duration{} : clock_.tick() - queue_.front().since;
}

void SqliteStore::WriterThread::run() {
  block_signals();
  std::vector<Asked> batch;
  while (wait_for_work(batch)) {
    const bool idle = batch.empty();
    if (!idle) commit(batch);
    continue_backup();
    tidy(idle);
  }
  if (books_->backing_up()) finish_backup(refuse(Fault::busy));
}

bool SqliteStore::WriterThread::wait_for_work(std::vector<Asked>& batch) {
  batch.clear();
  std::unique_lock lock(mutex_);
  const auto something_now = [this] {
    return stopping_ || urgent_ > 0 || queue_.size() >= kBatchMax || !backups_.empty() ||
           books_->backing_up();
  };
  const auto something = [&] { return something_now() || !queue_.empty(); };
  // Deliveries wait a moment for a charge to go with; a large WAL waits for a quiet moment.
  if (books_->wal_pages() < kIdleCheckpointPages) wake_.wait(lock, something);
  wake_.wait_for(lock, kIdle, something_now);
  while (!queue_.empty() && batch.size() < kBatchMax) {
    urgent_ -= !ledger::may_wait(queue_.front().operation);
    batch.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  if (!batch.empty()) committing_since_ = batch.front().since;
  return !batch.empty() || !stopping_;
}

void SqliteStore::WriterThread::commit(std::vector<Asked>& batch) {
  std::vector<const ledger::Operation*> operations;
  operations.reserve(batch.size());
  for (const Asked& one : batch) operations.push_back(&one.operation);
  std::vector<ledger::Answer> answers = books_->commit(operations);
  {
    const std::lock_guard lock(mutex_);
    committing_since_.reset();
  }
  // Before anybody hears of it: who asks next sees what this answer says.
  books_health_.store(books_->health(), std::memory_order_release);
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (batch[i].answer) batch[i].answer(std::move(answers[i]));
  }
}

void SqliteStore::WriterThread::tidy(bool idle) {
  const bool large = books_->wal_pages() >= wal_pages_max_;
  if (books_->backing_up()) return;
  if (!large && !(idle && books_->wal_pages() >= kIdleCheckpointPages)) return;
  books_->checkpoint(large);
  books_health_.store(books_->health(), std::memory_order_release);
}

void SqliteStore::WriterThread::continue_backup() {
  if (books_->backing_up()) {
    if (auto result = books_->backup_some()) finish_backup(std::move(*result));
    return;
  }
  Backup next;
  {
    const std::lock_guard lock(mutex_);
    if (backups_.empty()) return;
    next = std::move(backups_.front());
    backups_.pop_front();
  }
  backup_answer_ = std::move(next.answer);
  const auto begun = books_->begin_backup(next.to);
  if (!begun) finish_backup(refuse(begun.error()));
}

void SqliteStore::WriterThread::finish_backup(Result<Ok, Fault> result) {
  ledger::AnswerTo answer = std::exchange(backup_answer_, {});
  if (!answer) return;
  if (!result) return answer(refuse(result.error()));
  answer(ledger::Reply{ledger::Done{}});
}

}  // namespace tollhouse::store
