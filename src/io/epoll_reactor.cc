// io: the turn of the real loop.
#include "io/epoll_reactor.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "io/epoll_stream.h"
#include "io/loopback.h"

namespace tollhouse::io {

EpollReactor::EpollReactor(std::uint32_t index, const Clock& clock, DescriptorBudget* budget)
    : Reactor(index, clock.tick()),
      turn_clock_(clock),
      budget_(budget),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      window_began_(turn_clock_.tick()) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLET;  // edge-triggered: the counter is never read
  event.data.ptr = nullptr;
  invariant(epoll_.open() && wake_.open());
  invariant(epoll_ctl(epoll_.number(), EPOLL_CTL_ADD, wake_.number(), &event) == 0);
}

EpollReactor::~EpollReactor() {
  close_mailbox();
  invariant(open_streams() == 0);
}

void EpollReactor::run() {
  while (!stopping_.exchange(false)) {
    take_events();
    const Tick began = turn_clock_.tick();
    deliver_letters();
    expire_timers(began);
    run_ready();
    count_turn(began, turn_clock_.read());
    ++turn_;
  }
}

void EpollReactor::stop() {
  stopping_.store(true);
  post([] {});
}

int EpollReactor::sleep_milliseconds() {
  if (has_ready()) return 0;
  const std::optional<Tick> next = next_timer();
  if (!next) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*next - turn_clock_.tick());
  return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 60'000));
}

void EpollReactor::take_events() {
  int milliseconds = sleep_milliseconds();
  // A sender looks at `asleep_` after its letter is in, we look for letters after `asleep_` is set.
  if (milliseconds != 0) asleep_.store(true);
  if (has_letters()) milliseconds = 0;
  // Filled by the kernel; zeroing it each turn would cost more than the turn's bookkeeping.
  [[clang::uninitialized]] epoll_event events[kEventsPerTurn];
  const int count = epoll_wait(epoll_.number(), events, kEventsPerTurn, milliseconds);
  asleep_.store(false);
  turn_clock_.read();
  invariant(count >= 0 || errno == EINTR);
  for (int i = 0; i < count; ++i) {
    if (events[i].data.ptr == nullptr) continue;
    static_cast<EpollStream*>(events[i].data.ptr)->happened(events[i].events);
  }
}

void EpollReactor::count_turn(Tick began, Tick ended) {
  const std::int64_t length = (ended - began).count();
  if (ended - window_began_ >= kLoopDelayWindow) {
    const bool adjacent = ended - window_began_ < 2 * kLoopDelayWindow;
    longest_before_.store(adjacent ? longest_now_.load(std::memory_order_relaxed) : 0,
                          std::memory_order_relaxed);
    longest_now_.store(length, std::memory_order_relaxed);
    window_began_ = ended;
  } else if (length > longest_now_.load(std::memory_order_relaxed)) {
    longest_now_.store(length, std::memory_order_relaxed);
  }
}

Duration EpollReactor::loop_delay() const {
  return Duration(std::max(longest_now_.load(std::memory_order_relaxed),
                           longest_before_.load(std::memory_order_relaxed)));
}

void EpollReactor::notify() {
  if (!asleep_.exchange(false)) return;
  const std::uint64_t one = 1;
  while (::write(wake_.number(), &one, sizeof one) < 0 && errno == EINTR) {
  }
}

void EpollReactor::adopt(Descriptor socket, Endpoint peer, ConnectionHandler& handler,
                         ConnectionTicket ticket) {
  post([this, accepted = std::move(socket), from = std::move(peer), &handler,
        place = std::move(ticket)]() mutable {
    handler.connected(*this,
                      std::make_unique<EpollStream>(*this, std::move(accepted), std::move(from),
                                                    std::move(place), nullptr));
  });
}

bool EpollReactor::start_connect(ConnectOperation& operation) {
  const SocketAddress address(operation.to);
  Descriptor socket(::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket.open()) {
    operation.fault = connect_fault_of(errno);
    return true;
  }
  if (operation.to.family != Endpoint::Family::unix_path) {
    const int on = 1;
    setsockopt(socket.number(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (operation.to.is_loopback()) unpace(socket.number());
  }
  const bool done = ::connect(socket.number(), address.get(), address.size()) == 0;
  if (!done && errno != EINPROGRESS) {
    operation.fault = connect_fault_of(errno);
    return true;
  }
  operation.stream = std::make_unique<EpollStream>(*this, std::move(socket), operation.to,
                                                   ConnectionTicket(), done ? nullptr : &operation);
  return done;
}

void EpollReactor::stream_opened() {
  open_streams_.fetch_add(1, std::memory_order_relaxed);
  if (budget_ != nullptr) budget_->take();
}

void EpollReactor::stream_closed() {
  open_streams_.fetch_sub(1, std::memory_order_relaxed);
  if (budget_ != nullptr) budget_->give_back();
}

}  // namespace tollhouse::io
