// io: the real loop: one thread, one epoll instance, edge-triggered.
//
// A turn: take events, run letters, fire timers, resume what is ready. Coroutines run only in the
// last step, so no event of this turn meets a stream that died in it.
#pragma once
#include <atomic>
#include <thread>

#include "io/connection_limits.h"
#include "io/descriptor.h"
#include "io/reactor.h"

namespace tollhouse::io {

/// Takes over accepted connections, on the thread of the reactor that got them. One handler may
/// serve all reactors at once.
class ConnectionHandler {
 public:
  virtual void connected(Reactor& reactor, std::unique_ptr<Stream> stream) = 0;

 protected:
  ~ConnectionHandler() = default;
};

/// Why connect(2) or socket(2) failed, from errno.
ConnectFault connect_fault_of(int error);

class EpollReactor final : public Reactor {
 public:
  /// `budget`, where given, counts the descriptors of this loop's streams.
  /// Invariant: the kernel gives an epoll instance and an eventfd (this happens at start).
  EpollReactor(std::uint32_t index, const Clock& clock, DescriptorBudget* budget = nullptr);
  /// All streams are gone; the nursery is empty.
  ~EpollReactor() override;

  /// Works until stop(), on the calling thread; may be called again.
  void run();
  /// Thread-safe. run() returns after the current turn; tasks are left where they stand.
  void stop();

  /// Thread-safe: gives a connected, non-blocking socket to `handler` on the loop's thread.
  void adopt(Descriptor socket, Endpoint peer, ConnectionHandler& handler,
             ConnectionTicket ticket = {});

  const Clock& clock() const override { return turn_clock_; }
  /// Thread-safe: the longest turn of this and the last window of kLoopDelayWindow.
  Duration loop_delay() const override;
  /// Thread-safe.
  std::size_t open_streams() const { return open_streams_.load(std::memory_order_relaxed); }

  // For EpollStream.
  int epoll() const { return epoll_.number(); }
  std::uint64_t turn() const { return turn_; }
  void stream_opened();
  void stream_closed();

 protected:
  void notify() override;
  bool start_connect(ConnectOperation& operation) override;

 private:
  /// Time read once a turn, as deadlines are coarse anyway.
  class TurnClock final : public Clock {
   public:
    explicit TurnClock(const Clock& real) : real_(real), tick_(real.tick()) {}
    Time now() const override { return real_.now(); }
    Tick tick() const override { return tick_; }
    Tick read() { return tick_ = real_.tick(); }

   private:
    const Clock& real_;
    Tick tick_;
  };

  void take_events();
  int sleep_milliseconds();
  void count_turn(Tick began, Tick ended);

  TurnClock turn_clock_;
  DescriptorBudget* budget_;
  Descriptor epoll_;
  Descriptor wake_;
  std::uint64_t turn_ = 1;
  std::atomic<bool> asleep_{false};
  std::atomic<bool> stopping_{false};
  std::atomic<std::size_t> open_streams_{0};
  Tick window_began_;
  std::atomic<std::int64_t> longest_now_{0};
  std::atomic<std::int64_t> longest_before_{0};
};

}  // namespace tollhouse::io
