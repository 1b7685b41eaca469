// io: mailbox, reply slots and the pieces of a turn.
#include "io/reactor.h"

namespace tollhouse::io {

bool ConnectOperation::await_ready() {
  if (reactor_.start_connect(*this)) return true;
  reactor_.set_timer(*this, deadline);
  return false;
}

Connected ConnectOperation::await_resume() {
  if (!fault) return std::move(stream);
  stream.reset();
  return refuse(*fault);
}

void ConnectOperation::expired() {
  stream.reset();
  finish(ConnectFault::timed_out);
}

void ConnectOperation::finish(std::optional<ConnectFault> why_not) {
  fault = why_not;
  clear();
  reactor_.make_ready(*this);
}

void SleepOperation::await_suspend(std::coroutine_handle<> waiting) noexcept {
  Operation::await_suspend(waiting);
  reactor_.set_timer(*this, until_);
}

void SleepOperation::expired() { reactor_.make_ready(*this); }

void Mailbox::post(Letter letter) {
  const std::lock_guard lock(mutex_);
  if (owner_ == nullptr) return;
  letters_.push_back(std::move(letter));
  if (!has_letters_.exchange(true)) owner_->notify();
}

void Mailbox::take(std::vector<Letter>& letters) {
  const std::lock_guard lock(mutex_);
  has_letters_.store(false);
  letters_.swap(letters);
}

void Mailbox::close() {
  std::vector<Letter> unread;  // destroyed outside the lock: a letter may own anything
  const std::lock_guard lock(mutex_);
  owner_ = nullptr;
  unread.swap(letters_);
}

ReplySlot::ReplySlot(Reactor& reactor) : reactor_(reactor) {
  reactor_.enter(*this, slot_, generation_);
}

ReplySlot::~ReplySlot() { reactor_.leave(slot_); }

Reactor::Reactor(std::uint32_t index, Tick start)
    : index_(index), mailbox_(std::make_shared<Mailbox>(*this)), timers_(start) {}

Reactor::~Reactor() { close_mailbox(); }

void Reactor::enter(ReplySlot& reply, std::uint32_t& slot, std::uint32_t& generation) {
  if (free_slots_.empty()) {
    free_slots_.push_back(static_cast<std::uint32_t>(slots_.size()));
    slots_.emplace_back();
  }
  slot = free_slots_.back();
  free_slots_.pop_back();
  slots_[slot].reply = &reply;
  generation = slots_[slot].generation;
}

void Reactor::leave(std::uint32_t slot) {
  invariant(slots_[slot].reply != nullptr);
  slots_[slot].reply = nullptr;
  ++slots_[slot].generation;
  free_slots_.push_back(slot);
}

ReplySlot* Reactor::reply_at(std::uint32_t slot, std::uint32_t generation) const {
  invariant(slot < slots_.size());
  return slots_[slot].generation == generation ? slots_[slot].reply : nullptr;
}

bool Reactor::deliver_letters() {
  if (!has_letters()) return false;
  std::vector<Letter> letters = std::move(letters_);
  mailbox_->take(letters);
  for (Letter& letter : letters) letter();
  letters.clear();
  letters_ = std::move(letters);
  return true;
}

void Reactor::run_ready() {
  List<Ready> now;
  now.take(ready_);
  while (Ready* ready = now.pop_front()) ready->run();
}

bool Reactor::run_one_ready() {
  Ready* ready = ready_.pop_front();
  if (ready == nullptr) return false;
  ready->run();
  return true;
}

}  // namespace tollhouse::io
