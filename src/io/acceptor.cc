// io: listening and accepting.
#include "io/acceptor.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/invariant.h"
#include "io/loopback.h"

namespace tollhouse::io {
namespace {

ListenFault listen_fault(int error) {
  switch (error) {
    case EADDRINUSE:
      return ListenFault::in_use;
    case EACCES:
    case EPERM:
      return ListenFault::not_permitted;
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case ENOBUFS:
      return ListenFault::no_descriptors;
    default:
      return ListenFault::not_local;
  }
}

Descriptor open_socket(int family) {
  return Descriptor(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

void switch_on(const Descriptor& socket, int level, int option, int value = 1) {
  setsockopt(socket.number(), level, option, &value, sizeof value);
}

/// Accepted sockets inherit these, which saves the calls on each of them.
void prepare_tcp(const Descriptor& socket, int family) {
  switch_on(socket, SOL_SOCKET, SO_REUSEADDR);
  switch_on(socket, SOL_SOCKET, SO_KEEPALIVE);
  switch_on(socket, IPPROTO_TCP, TCP_NODELAY);
  switch_on(socket, IPPROTO_TCP, TCP_KEEPIDLE, kKeepAliveSeconds);
  switch_on(socket, IPPROTO_TCP, TCP_KEEPINTVL, kKeepAliveSeconds / 3);
  if (family == AF_INET6) switch_on(socket, IPPROTO_IPV6, IPV6_V6ONLY);
}

bool bind_to(const Descriptor& socket, const SocketAddress& address) {
  return ::bind(socket.number(), address.get(), address.size()) == 0;
}

/// A socket file that nobody listens on is what a killed process left behind.
bool remove_stale(const Endpoint& at, const SocketAddress& address) {
  struct stat status{};
  if (::stat(at.path.c_str(), &status) != 0 || !S_ISSOCK(status.st_mode)) return false;
  const Descriptor probe = open_socket(AF_UNIX);
  if (::connect(probe.number(), address.get(), address.size()) == 0) return false;
  return errno == ECONNREFUSED && ::unlink(at.path.c_str()) == 0;
}

Endpoint bound_address(const Descriptor& socket) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  auto* address = reinterpret_cast<sockaddr*>(&storage);
  if (getsockname(socket.number(), address, &size) != 0) return {};
  return Endpoint::from_socket(*address, size);
}

}  // namespace

Acceptor::Acceptor(std::vector<EpollReactor*> reactors, ConnectionCensus& census,
                   DescriptorBudget* budget)
    : reactors_(std::move(reactors)),
      census_(census),
      budget_(budget),
      wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  invariant(!reactors_.empty() && wake_.open());
}

Acceptor::~Acceptor() { stop(); }

Result<Endpoint, ListenFault> Acceptor::listen(const Endpoint& at, ConnectionHandler& handler,
                                               unsigned mode) {
  const SocketAddress address(at);
  const bool is_unix = at.family == Endpoint::Family::unix_path;
  Descriptor socket = open_socket(address.family());
  if (!socket.open()) return refuse(listen_fault(errno));
  if (!is_unix) prepare_tcp(socket, address.family());
  bool bound = bind_to(socket, address);
  int error = errno;
  if (!bound && error == EADDRINUSE && is_unix && remove_stale(at, address)) {
    bound = bind_to(socket, address);
    error = errno;
  }
  if (!bound) return refuse(listen_fault(error));
  // Nobody can connect before listen(), so nobody slips in before the mode is set.
  if (is_unix && ::chmod(at.path.c_str(), mode) != 0) return refuse(ListenFault::not_permitted);
  if (at.is_loopback() && !is_unix) unpace(socket.number());
  if (::listen(socket.number(), kListenBacklog) != 0) return refuse(listen_fault(errno));
  listeners_.push_back({std::move(socket), {}, &handler, is_unix});
  listeners_.back().bound = bound_address(listeners_.back().socket);
  return listeners_.back().bound;
}

std::optional<Endpoint> Acceptor::listen_on(Descriptor socket, ConnectionHandler& handler) {
  int listening = 0;
  socklen_t size = sizeof listening;
  const int asked = getsockopt(socket.number(), SOL_SOCKET, SO_ACCEPTCONN, &listening, &size);
  if (asked != 0 || listening == 0) return std::nullopt;
  Endpoint bound = bound_address(socket);
  switch_on(socket, IPPROTO_TCP, TCP_NODELAY);
  listeners_.push_back({std::move(socket), bound, &handler});
  return bound;
}

std::optional<Endpoint> Acceptor::address_of(const Descriptor& socket) {
  Endpoint bound = bound_address(socket);
  if (bound.family == Endpoint::Family::none) return std::nullopt;
  return bound;
}

void Acceptor::start() {
  invariant(!thread_.joinable());
  thread_ = std::thread([this] { run(); });
}

void Acceptor::stop() {
  stopping_.store(true);
  wake();
  if (thread_.joinable()) thread_.join();
  for (const Listener& listener : listeners_) {
    if (listener.own_file) ::unlink(listener.bound.path.c_str());
  }
  listeners_.clear();
}

void Acceptor::pause(bool paused) {
  paused_by_owner_.store(paused);
  wake();
}

void Acceptor::wake() {
  const std::uint64_t one = 1;
  while (::write(wake_.number(), &one, sizeof one) < 0 && errno == EINTR) {
  }
}

AcceptorCounts Acceptor::counts() const {
  return {accepted_.load(), closed_per_client_.load(), pauses_.load()};
}

bool Acceptor::must_pause() {
  const bool was = paused_by_limit_;
  const bool tight =
      budget_ != nullptr && (was ? !budget_->below_resume() : budget_->above_pause());
  paused_by_limit_ = std::exchange(out_of_descriptors_, false) || tight || census_.full();
  if (paused_by_limit_ && !was) pauses_.fetch_add(1);
  return paused_by_limit_ || paused_by_owner_.load();
}

void Acceptor::wait(bool paused) {
  std::vector<pollfd> watched{{wake_.number(), POLLIN, 0}};
  if (!paused) {
    for (const Listener& listener : listeners_) {
      watched.push_back({listener.socket.number(), POLLIN, 0});
    }
  }
  const int milliseconds = paused ? static_cast<int>(kAcceptPause.count()) : -1;
  if (::poll(watched.data(), watched.size(), milliseconds) <= 0) return;
  std::uint64_t count = 0;
  if (watched[0].revents != 0 && ::read(wake_.number(), &count, sizeof count) < 0) return;
  if (paused_by_owner_.load()) return;  // said while we waited: who came after it is not taken
  for (std::size_t i = 1; i < watched.size(); ++i) {
    if (watched[i].revents != 0) accept_from(listeners_[i - 1]);
  }
}

void Acceptor::run() {
  while (!stopping_.load()) wait(must_pause());
}

void Acceptor::accept_from(Listener& listener) {
  for (int taken = 0; taken < kAcceptBatch; ++taken) {
    if (census_.full() || (budget_ != nullptr && budget_->above_pause())) return;
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    auto* address = reinterpret_cast<sockaddr*>(&storage);
    Descriptor socket(
        ::accept4(listener.socket.number(), address, &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (socket.open()) {
      hand_over(std::move(socket), Endpoint::from_socket(*address, size), listener);
      continue;
    }
    const int error = errno;
    if (error == ECONNABORTED || error == EINTR || error == EPROTO) continue;
    out_of_descriptors_ = error != EAGAIN;
    return;
  }
}

void Acceptor::hand_over(Descriptor socket, Endpoint peer, Listener& listener) {
  std::optional<ConnectionTicket> ticket = census_.admit(peer.client_class());
  if (!ticket) {
    closed_per_client_.fetch_add(1);
    return;
  }
  accepted_.fetch_add(1);
  EpollReactor& reactor = *reactors_[next_reactor_++ % reactors_.size()];
  reactor.adopt(std::move(socket), std::move(peer), *listener.handler, std::move(*ticket));
}

}  // namespace tollhouse::io
