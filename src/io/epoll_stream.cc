// io: reads and writes of one socket.
#include "io/epoll_stream.h"

#include <linux/sockios.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <cerrno>

#include "io/epoll_reactor.h"

namespace tollhouse::io {
namespace {

constexpr std::uint32_t kAllEvents = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
constexpr std::uint32_t kGoneEvents = EPOLLRDHUP | EPOLLHUP | EPOLLERR;

/// Fills `pieces` with what `operation` has still to write; returns the bytes gathered.
std::size_t gather(const WriteOperation& operation, iovec (&pieces)[kPartsPerWrite],
                   std::size_t& count) {
  std::size_t total = 0;
  std::size_t offset = operation.offset;
  for (std::size_t i = operation.part; i < operation.parts.size() && count < kPartsPerWrite; ++i) {
    const std::string_view left = operation.parts[i].substr(offset);
    offset = 0;
    if (left.empty()) continue;
    pieces[count++] = {const_cast<char*>(left.data()), left.size()};
    total += left.size();
  }
  return total;
}

}  // namespace

ConnectFault connect_fault_of(int error) {
  switch (error) {
    case ECONNREFUSED:
    case ECONNRESET:
    case ENOENT:
      return ConnectFault::refused;
    case ETIMEDOUT:
      return ConnectFault::timed_out;
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case ENOBUFS:
    case EADDRNOTAVAIL:
    case EAGAIN:
      return ConnectFault::no_descriptors;
    default:
      return ConnectFault::unreachable;
  }
}

EpollStream::EpollStream(EpollReactor& reactor, Descriptor socket, Endpoint peer,
                         ConnectionTicket ticket, ConnectOperation* connecting)
    : Stream(reactor),
      loop_(reactor),
      socket_(std::move(socket)),
      writable_(connecting == nullptr),
      connecting_(connecting),
      again_(*this),
      peer_(std::move(peer)),
      ticket_(std::move(ticket)) {
  loop_.stream_opened();
  epoll_event event{};
  event.events = kAllEvents;
  event.data.ptr = this;
  if (epoll_ctl(loop_.epoll(), EPOLL_CTL_ADD, socket_.number(), &event) == 0) return;
  // The kernel has no room for one more watch: as good as a connection that broke.
  readable_ = ended_ = true;
  ::shutdown(socket_.number(), SHUT_RDWR);
  hang_up();
}

EpollStream::~EpollStream() { close(); }

void EpollStream::close() {
  if (!socket_.open()) return;
  cancel();
  listen_hangup(nullptr);
  again_.unlink();
  socket_.close();
  loop_.stream_closed();
  ticket_.give_back();  // last: a free place means that the descriptor is free
}

void EpollStream::shutdown_write() {
  if (socket_.open()) ::shutdown(socket_.number(), SHUT_WR);
}

void EpollStream::happened(std::uint32_t events) {
  if ((events & (EPOLLIN | kGoneEvents)) != 0) {
    readable_ = true;
    doubtful_ = false;
  }
  if ((events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0) writable_ = true;
  if (connecting_ != nullptr) return finish_connecting(events);
  if ((events & kGoneEvents) != 0) ended_ = true;
  continue_reading();
  continue_writing();
  if (ended_) hang_up();
}

void EpollStream::finish_connecting(std::uint32_t events) {
  if ((events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) == 0) return;
  int error = 0;
  socklen_t size = sizeof error;
  if ((events & (EPOLLHUP | EPOLLERR)) != 0) {
    getsockopt(socket_.number(), SOL_SOCKET, SO_ERROR, &error, &size);
    if (error == 0) error = ECONNREFUSED;
  }
  if ((events & EPOLLRDHUP) != 0) ended_ = true;
  ConnectOperation& operation = *std::exchange(connecting_, nullptr);
  if (error != 0) return operation.finish(connect_fault_of(error));
  operation.finish(std::nullopt);
  if (ended_) hang_up();
}

/// One peer gets its share of a turn, then the others have theirs.
bool EpollStream::had_its_turn() {
  if (turn_ != loop_.turn()) {
    turn_ = loop_.turn();
    reads_in_turn_ = 0;
    bytes_in_turn_ = 0;
  }
  return reads_in_turn_ >= kReadsPerTurn || bytes_in_turn_ >= kBytesPerTurn;
}

bool EpollStream::try_read(ReadOperation& operation) {
  if (!socket_.open()) {
    operation.transfer = {0, StreamFault::cancelled};
    return true;
  }
  if (!readable_) return false;
  if (operation.into.empty()) return try_wait(operation);
  if (had_its_turn()) {
    loop_.make_ready(again_);
    return false;
  }
  const std::span<char> into = operation.into;
  ssize_t got = -1;
  do {
    got = ::recv(socket_.number(), into.data(), into.size(), 0);
  } while (got < 0 && errno == EINTR);
  if (got < 0 && errno == EAGAIN) {
    readable_ = doubtful_ = false;
    return false;
  }
  if (got <= 0) {
    operation.transfer = {0, got == 0 ? StreamFault::end : StreamFault::reset};
    return true;
  }
  const auto bytes = static_cast<std::size_t>(got);
  operation.transfer = {bytes, StreamFault::none};
  ++reads_in_turn_;
  bytes_in_turn_ += static_cast<std::uint32_t>(bytes);
  // A full buffer says nothing; after an end no edge will come, so the end must be read.
  doubtful_ = bytes == into.size();
  if (!doubtful_ && !ended_) readable_ = false;
  return true;
}

/// What a read would meet, without taking it: `none` for bytes, `timed_out` for nothing yet.
StreamFault EpollStream::look_ahead() {
  char first = 0;
  ssize_t got = -1;
  do {
    got = ::recv(socket_.number(), &first, 1, MSG_PEEK);
  } while (got < 0 && errno == EINTR);
  if (got > 0) return StreamFault::none;
  if (got == 0) return StreamFault::end;
  if (errno != EAGAIN) return StreamFault::reset;
  readable_ = doubtful_ = false;
  return StreamFault::timed_out;
}

bool EpollStream::try_wait(ReadOperation& operation) {
  StreamFault found = StreamFault::none;
  if (doubtful_ || ended_) found = look_ahead();
  if (found == StreamFault::timed_out) return false;
  operation.transfer = {0, found};
  return true;
}

bool EpollStream::quiet() {
  if (!socket_.open() || ended_) return false;
  return !readable_ || (doubtful_ && look_ahead() == StreamFault::timed_out);
}

bool EpollStream::try_write(WriteOperation& operation) {
  if (!socket_.open()) {
    operation.transfer.fault = StreamFault::cancelled;
    return true;
  }
  while (writable_) {
    iovec pieces[kPartsPerWrite];
    std::size_t count = 0;
    const std::size_t wanted = gather(operation, pieces, count);
    msghdr message{};
    message.msg_iov = pieces;
    message.msg_iovlen = count;
    const ssize_t sent = ::sendmsg(socket_.number(), &message, MSG_NOSIGNAL);
    if (sent < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN) {
        writable_ = false;
        return false;
      }
      operation.transfer.fault = StreamFault::reset;
      return true;
    }
    const auto bytes = static_cast<std::size_t>(sent);
    if (bytes < wanted) writable_ = false;
    if (operation.advance(bytes)) return true;
  }
  return false;
}

std::optional<std::size_t> EpollStream::unacknowledged() const {
  int bytes = 0;
  if (!socket_.open() || ioctl(socket_.number(), SIOCOUTQ, &bytes) != 0) return std::nullopt;
  return static_cast<std::size_t>(bytes);
}

}  // namespace tollhouse::io
