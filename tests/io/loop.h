// tests/io: a real loop on the test's own thread, sockets of the test, and waiting for events.
#pragma once
#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <thread>

#include "io/epoll_reactor.h"
#include "io/epoll_stream.h"

namespace tollhouse::io::test {

using namespace std::chrono_literals;

/// Long enough never to be met, short enough to end a test that hangs.
inline constexpr Duration kPatience = 20s;

class Loop {
 public:
  explicit Loop(DescriptorBudget* budget = nullptr) : reactor(0, clock, budget) {}

  /// Runs until every task has ended.
  void run(Task<void> task) {
    reactor.nursery().start(std::move(task));
    finish();
  }
  void finish() {
    reactor.nursery().when_empty([this] { reactor.stop(); });
    reactor.run();
  }
  /// A few turns, without waiting for anything.
  void turns(int count = 3) {
    for (int i = 0; i < count; ++i) {
      reactor.stop();
      reactor.post([this] { reactor.stop(); });
      reactor.run();
      reactor.run();
    }
  }
  Tick soon() const { return clock.tick() + 1ms; }
  Tick late() const { return clock.tick() + kPatience; }

  SystemClock clock;
  EpollReactor reactor;
};

inline Endpoint loopback(std::uint16_t port = 0) { return Endpoint::ipv4({127, 0, 0, 1}, port); }

inline Endpoint name_of(const Descriptor& socket) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  auto* address = reinterpret_cast<sockaddr*>(&storage);
  getsockname(socket.number(), address, &size);
  return Endpoint::from_socket(*address, size);
}

inline Descriptor listen_here(int backlog = 128) {
  Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const SocketAddress address(loopback());
  EXPECT_EQ(::bind(socket.number(), address.get(), address.size()), 0);
  EXPECT_EQ(::listen(socket.number(), backlog), 0);
  return socket;
}

/// A blocking socket connected to `to`.
inline Descriptor call(const Endpoint& to) {
  const SocketAddress address(to);
  Descriptor socket(::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
  const timeval patience{20, 0};
  setsockopt(socket.number(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  EXPECT_EQ(::connect(socket.number(), address.get(), address.size()), 0);
  return socket;
}

/// A TCP connection: `stream` on the loop, `peer` blocking and in the test's hand.
struct Pair {
  explicit Pair(EpollReactor& reactor, bool peer_blocks = true) {
    const Descriptor listener = listen_here();
    peer = call(name_of(listener));
    Descriptor accepted(::accept4(listener.number(), nullptr, nullptr, SOCK_NONBLOCK));
    stream = std::make_unique<EpollStream>(reactor, std::move(accepted), name_of(peer),
                                           ConnectionTicket(), nullptr);
    if (!peer_blocks) fcntl(peer.number(), F_SETFL, O_NONBLOCK);
  }
  void send(std::string_view text) const {
    EXPECT_EQ(::send(peer.number(), text.data(), text.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(text.size()));
  }
  std::string receive(std::size_t bytes) const {
    std::string text(bytes, '\0');
    const ssize_t got = ::recv(peer.number(), text.data(), bytes, MSG_WAITALL);
    text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return text;
  }
  void reset() {
    const linger hard{1, 0};
    setsockopt(peer.number(), SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    peer.close();
  }

  Descriptor peer;
  std::unique_ptr<EpollStream> stream;
};

inline std::size_t open_descriptors() {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    count += entry.exists() || true;
  }
  return count;
}

/// Waits for another thread without sleeping; false when it never happens.
template <class Predicate>
bool eventually(Predicate predicate) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (!predicate()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::yield();
  }
  return true;
}

}  // namespace tollhouse::io::test
