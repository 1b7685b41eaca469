// io: a connected socket under edge-triggered epoll. It remembers what epoll has said, so that no
// call is made that the kernel would answer with EAGAIN: a short read or write means "wait for the
// next edge" (epoll(7)).
#pragma once
#include "io/connection_limits.h"
#include "io/descriptor.h"
#include "io/stream.h"

namespace tollhouse::io {

class ConnectOperation;
class EpollReactor;

class EpollStream final : public Stream {
 public:
  /// Registers `socket` (non-blocking) once, for everything. `connecting` where connect(2) has not
  /// ended yet.
  EpollStream(EpollReactor& reactor, Descriptor socket, Endpoint peer, ConnectionTicket ticket,
              ConnectOperation* connecting);
  ~EpollStream() override;

  std::optional<std::size_t> unacknowledged() const override;
  bool quiet() override;
  void close() override;
  void shutdown_write() override;
  const Endpoint& peer() const override { return peer_; }

  /// What epoll reports, from the loop. Resumes nothing itself.
  void happened(std::uint32_t events);

 protected:
  bool try_read(ReadOperation& operation) override;
  bool try_write(WriteOperation& operation) override;

 private:
  struct Again final : Ready {
    explicit Again(EpollStream& owner) : stream(owner) {}
    void run() override { stream.continue_reading(); }
    EpollStream& stream;
  };

  bool try_wait(ReadOperation& operation);
  StreamFault look_ahead();
  bool had_its_turn();
  void finish_connecting(std::uint32_t events);

  EpollReactor& loop_;
  Descriptor socket_;
  bool readable_ = false;  // bytes, an end or an error may wait
  bool doubtful_ = false;  // readable_ rests on a read that filled its buffer, not on an event
  bool writable_ = true;
  bool ended_ = false;  // the peer has closed or reset: epoll reports no further edge for reading
  std::uint16_t reads_in_turn_ = 0;
  std::uint32_t bytes_in_turn_ = 0;
  std::uint64_t turn_ = 0;
  ConnectOperation* connecting_;
  Again again_;
  Endpoint peer_;
  ConnectionTicket ticket_;
};

}  // namespace tollhouse::io
