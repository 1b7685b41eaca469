// io: Reactor, the port for the loop a call lives on. Lists, timers, mailbox and reply slots stand
// here; a derived loop adds sockets and sleep (epoll), or a seeded scheduler (the simulator).
// Everything but post() and Reply's senders is for the loop's own thread.
#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "base/invariant.h"
#include "base/result.h"
#include "base/time.h"
#include "io/nursery.h"
#include "io/operation.h"
#include "io/stream.h"
#include "io/timer_wheel.h"

namespace tollhouse::io {

class Reactor;

/// What another thread asks a loop to do.
using Letter = std::move_only_function<void()>;

/// `no_descriptors`: this machine has no descriptor, memory or local port left.
enum class ConnectFault : std::uint8_t { refused, timed_out, unreachable, no_descriptors };
using Connected = Result<std::unique_ptr<Stream>, ConnectFault>;

class ConnectOperation final : public Operation {
 public:
  ConnectOperation(Reactor& reactor, const Endpoint& endpoint, Tick until)
      : to(endpoint), deadline(until), reactor_(reactor) {}

  bool await_ready();
  Connected await_resume();
  void expired() override;

  /// From the loop: the connection stands (`stream` is set), or why not. A stream set before
  /// failing is destroyed when the coroutine goes on.
  void finish(std::optional<ConnectFault> why_not);

  const Endpoint& to;
  const Tick deadline;
  std::unique_ptr<Stream> stream;
  std::optional<ConnectFault> fault;

 private:
  Reactor& reactor_;
};

class SleepOperation final : public Operation {
 public:
  SleepOperation(Reactor& reactor, Tick until) : reactor_(reactor), until_(until) {}
  bool await_ready() const { return false; }
  void await_suspend(std::coroutine_handle<> waiting) noexcept;
  void await_resume() const {}
  void expired() override;

 private:
  Reactor& reactor_;
  Tick until_;
};

/// Letters on their way to a loop. Outlives the loop, so that a late sender finds it closed. Not
/// bounded here: each letter answers an operation or carries a connection that is bounded itself.
class Mailbox {
 public:
  explicit Mailbox(Reactor& owner) : owner_(&owner) {}
  /// Thread-safe. Wakes the loop only when the box was empty; drops the letter when closed.
  void post(Letter letter);
  bool has_letters() const { return has_letters_.load(); }
  /// All letters, in order of arrival, by exchange with `letters`, which is empty.
  void take(std::vector<Letter>& letters);
  void close();

 private:
  std::mutex mutex_;
  Reactor* owner_;
  std::vector<Letter> letters_;
  std::atomic<bool> has_letters_{false};
};

/// The waiting end of a Reply, as the slot table sees it.
class ReplySlot : public Operation {
 public:
  std::uint32_t slot() const { return slot_; }
  std::uint32_t generation() const { return generation_; }

 protected:
  explicit ReplySlot(Reactor& reactor);
  ~ReplySlot();
  Reactor& reactor_;

 private:
  std::uint32_t slot_ = 0;
  std::uint32_t generation_ = 0;
};

class Reactor {
 public:
  Reactor(std::uint32_t index, Tick start);
  Reactor(const Reactor&) = delete;
  Reactor& operator=(const Reactor&) = delete;
  virtual ~Reactor();

  /// tick() is that of the current turn; now() is the real one.
  virtual const Clock& clock() const = 0;
  /// How long a ready event waits at present: the longest of the last turns. For shedding.
  virtual Duration loop_delay() const { return Duration::zero(); }

  /// `Connected got = co_await reactor.connect(endpoint, deadline);`; `to` outlives the await.
  [[nodiscard]] ConnectOperation connect(const Endpoint& to, Tick deadline) {
    return ConnectOperation(*this, to, deadline);
  }
  /// Always suspends; a time already past is over in the loop's next turn.
  [[nodiscard]] SleepOperation sleep_until(Tick until) { return SleepOperation(*this, until); }

  /// Thread-safe: runs `letter` on the loop. Dropped, unrun, when the loop has ended.
  void post(Letter letter) { mailbox_->post(std::move(letter)); }
  Nursery& nursery() { return nursery_; }
  std::uint32_t index() const { return index_; }

  /// Runs `ready` from the loop, soon; without effect if that is arranged already.
  void make_ready(Ready& ready) {
    if (!ready.linked()) ready_.push_back(ready);
  }
  void set_timer(Timer& timer, Tick at) { timers_.set(timer, at); }

  std::shared_ptr<Mailbox> mailbox() const { return mailbox_; }
  /// The reply that waits in a slot; nullptr for a stale generation.
  ReplySlot* reply_at(std::uint32_t slot, std::uint32_t generation) const;

 protected:
  friend class Mailbox;
  friend class ConnectOperation;
  friend class ReplySlot;

  /// Wakes the loop's thread; called under the mailbox's lock, from any thread.
  virtual void notify() = 0;
  /// Begins a connection. True: finished at once (`stream` or `fault` is set). False: finish() is
  /// called from the loop; the deadline is watched already.
  virtual bool start_connect(ConnectOperation& operation) = 0;

  /// For a derived destructor: no notify() after this.
  void close_mailbox() { mailbox_->close(); }

  // The pieces of a turn, for the derived loop.
  bool has_letters() const { return mailbox_->has_letters(); }
  bool has_ready() const { return !ready_.empty(); }
  std::optional<Tick> next_timer() { return timers_.next(); }
  /// Runs the letters that have arrived; true if there were any.
  bool deliver_letters();
  void expire_timers(Tick now) { timers_.advance(now); }
  /// Runs what is ready now. What becomes ready meanwhile waits for the next turn.
  void run_ready();
  /// One ready thing alone; false when there is none.
  bool run_one_ready();

 private:
  struct Slot {
    std::uint32_t generation = 0;
    ReplySlot* reply = nullptr;
  };
  void enter(ReplySlot& reply, std::uint32_t& slot, std::uint32_t& generation);
  void leave(std::uint32_t slot);

  const std::uint32_t index_;
  std::shared_ptr<Mailbox> mailbox_;
  std::vector<Letter> letters_;
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_slots_;
  TimerWheel timers_;
  List<Ready> ready_;
  Nursery nursery_;
};

/// One answer from another thread to a coroutine of `reactor`, by slot and generation, never by a
/// handle: an answer that comes after the Reply has gone is dropped.
///
///   Reply<Charged> reply(reactor);
///   store.apply(operation, reply.sender());
///   const std::optional<Charged> answer = co_await reply.until(deadline);   // nothing: timed out
template <class T>
class Reply final : public ReplySlot {
 public:
  explicit Reply(Reactor& reactor) : ReplySlot(reactor) {}

  /// Thread-safe, copyable; may be called inside the call it is given to, later, or never. The
  /// first call counts.
  class Sender {
   public:
    void operator()(T value) const {
      mailbox_->post([reactor = reactor_, slot = slot_, generation = generation_,
                      answer = std::move(value)]() mutable {
        ReplySlot* waiting = reactor->reply_at(slot, generation);
        if (waiting != nullptr) static_cast<Reply*>(waiting)->deliver(std::move(answer));
      });
    }

   private:
    friend class Reply;
    std::shared_ptr<Mailbox> mailbox_;
    Reactor* reactor_ = nullptr;  // used by the letter, on the loop, so never after its end
    std::uint32_t slot_ = 0;
    std::uint32_t generation_ = 0;
  };
  Sender sender() const {
    Sender made;
    made.mailbox_ = reactor_.mailbox();
    made.reactor_ = &reactor_;
    made.slot_ = slot();
    made.generation_ = generation();
    return made;
  }

  class Until {
   public:
    Until(Reply& reply, Tick deadline) : reply_(reply), deadline_(deadline) {}
    bool await_ready() const { return reply_.value_.has_value(); }
    void await_suspend(std::coroutine_handle<> waiting) {
      reply_.awaited_ = true;
      static_cast<Operation&>(reply_).await_suspend(waiting);
      reply_.reactor_.set_timer(reply_, deadline_);
    }
    std::optional<T> await_resume() { return std::exchange(reply_.value_, std::nullopt); }

   private:
    Reply& reply_;
    Tick deadline_;
  };
  /// The answer, or nothing at `deadline`; may then be awaited again.
  [[nodiscard]] Until until(Tick deadline) { return Until(*this, deadline); }

  void expired() override { go_on(); }

 private:
  void deliver(T value) {
    if (delivered_) return;
    delivered_ = true;
    value_.emplace(std::move(value));
    clear();
    go_on();
  }
  void go_on() {
    if (!std::exchange(awaited_, false)) return;
    reactor_.make_ready(*this);
  }

  std::optional<T> value_;
  bool delivered_ = false;
  bool awaited_ = false;
};

}  // namespace tollhouse::io
