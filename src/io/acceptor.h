// io: one thread takes new connections from all listeners and hands them to the reactors in turn
// (evener than SO_REUSEPORT, and nothing queued is lost at drain). Limits are kept here, before a
// connection costs anything.
#pragma once
#include <atomic>
#include <memory>
#include <span>
#include <thread>
#include <vector>

#include "base/result.h"
#include "io/connection_limits.h"
#include "io/descriptor.h"
#include "io/endpoint.h"
#include "io/epoll_reactor.h"

namespace tollhouse::io {

/// `not_local`: the address is none of this machine's.
enum class ListenFault : std::uint8_t { in_use, not_permitted, not_local, no_descriptors };

struct AcceptorCounts {
  std::uint64_t accepted = 0;
  std::uint64_t closed_per_client = 0;  ///< one client class had its share: closed unanswered
  std::uint64_t pauses = 0;             ///< times that accepting paused for a limit
};

class Acceptor {
 public:
  /// All outlive the acceptor. `budget` may be nullptr.
  Acceptor(std::vector<EpollReactor*> reactors, ConnectionCensus& census, DescriptorBudget* budget);
  ~Acceptor();

  /// Before start(). Port 0 takes any; the answer is the bound address. A UNIX socket is made with
  /// `mode` and removed at stop(); one that nobody listens on is replaced.
  Result<Endpoint, ListenFault> listen(const Endpoint& at, ConnectionHandler& handler,
                                       unsigned mode = 0600);
  /// Takes a socket that listens already (socket activation); its file stays at stop(). Nothing
  /// when it does not listen.
  std::optional<Endpoint> listen_on(Descriptor socket, ConnectionHandler& handler);
  /// Where a socket is bound; nothing for what is no bound socket.
  static std::optional<Endpoint> address_of(const Descriptor& socket);
  void start();
  /// Closes the listeners and ends the thread: the first step of a drain. May be called again.
  void stop();

  /// Thread-safe: stops or goes on taking connections; those waiting wait in the kernel.
  void pause(bool paused);
  /// Thread-safe.
  AcceptorCounts counts() const;

 private:
  struct Listener {
    Descriptor socket;
    Endpoint bound;
    ConnectionHandler* handler;
    bool own_file = false;  ///< a UNIX socket made here
  };
  void run();
  void wait(bool paused);
  bool must_pause();
  void accept_from(Listener& listener);
  void hand_over(Descriptor socket, Endpoint peer, Listener& listener);
  void wake();

  const std::vector<EpollReactor*> reactors_;
  ConnectionCensus& census_;
  DescriptorBudget* const budget_;
  std::vector<Listener> listeners_;
  Descriptor wake_;
  std::size_t next_reactor_ = 0;
  bool out_of_descriptors_ = false;  // the kernel said so; forgotten after one pause
  bool paused_by_limit_ = false;
  std::atomic<bool> paused_by_owner_{false};
  std::atomic<bool> stopping_{false};
  std::atomic<std::uint64_t> accepted_{0};
  std::atomic<std::uint64_t> closed_per_client_{0};
  std::atomic<std::uint64_t> pauses_{0};
  std::thread thread_;
};

}  // namespace tollhouse::io
