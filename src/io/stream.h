// io: Stream, the port for one byte stream: a socket here, a piece of the simulator there. Used on
// its reactor's thread only, by one coroutine at a time for reading and one for writing.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/time.h"
#include "io/endpoint.h"
#include "io/operation.h"

namespace tollhouse::io {

class Reactor;
class Stream;

/// `end`: the peer closed its side in order. `reset`: the connection is gone. After `timed_out` and
/// `cancelled` the stream is as usable as before.
enum class StreamFault : std::uint8_t { none, end, reset, timed_out, cancelled };

/// Bytes moved, and why no more: with a fault `bytes` says what went before it (a write).
struct Transfer {
  std::size_t bytes = 0;
  StreamFault fault = StreamFault::none;
};

/// Hears that a peer has gone while nobody reads.
class Hangup {
 public:
  virtual void peer_gone() = 0;

 protected:
  ~Hangup() = default;
};

class ReadOperation : public Operation {
 public:
  ReadOperation(Stream& stream, std::span<char> room, Tick until)
      : into(room), deadline(until), stream_(&stream) {}
  ~ReadOperation();

  bool await_ready();
  Transfer await_resume() const { return transfer; }
  void expired() final;

  const std::span<char> into;  ///< empty: readiness alone is waited for
  const Tick deadline;
  Transfer transfer;

 private:
  friend class Stream;
  Stream* stream_;
  bool parked_ = false;
};

class WaitOperation final : public ReadOperation {
 public:
  WaitOperation(Stream& stream, Tick until) : ReadOperation(stream, {}, until) {}
  StreamFault await_resume() const { return transfer.fault; }
};

class WriteOperation final : public Operation {
 public:
  WriteOperation(Stream& stream, std::span<const std::string_view> pieces, Tick until)
      : parts(pieces), deadline(until), stream_(&stream) {}
  ~WriteOperation();

  bool await_ready();
  Transfer await_resume() const { return transfer; }
  void expired() final;

  const std::span<const std::string_view> parts;
  const Tick deadline;
  Transfer transfer;
  std::size_t part = 0;    ///< the first part not wholly written
  std::size_t offset = 0;  ///< bytes of it already written

  /// Counts `bytes` as written; true when nothing is left.
  bool advance(std::size_t bytes);

 private:
  friend class Stream;
  Stream* stream_;
  bool parked_ = false;
};

class Stream {
 public:
  explicit Stream(Reactor& reactor) : reactor_(reactor), hung_up_(*this) {}
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  /// Pending operations end with `cancelled`.
  virtual ~Stream();

  /// `const Transfer got = co_await stream.read(room, deadline);` At least one byte, or a fault.
  /// `into` is not empty and outlives the await.
  [[nodiscard]] ReadOperation read(std::span<char> into, Tick deadline) {
    return ReadOperation(*this, into, deadline);
  }
  /// Readiness without holding a buffer, for idle connections: `none` when a read would get bytes.
  [[nodiscard]] WaitOperation wait_readable(Tick deadline) {
    return WaitOperation(*this, deadline);
  }
  /// All bytes of all parts, in order, or a fault. The array and the bytes outlive the await.
  [[nodiscard]] WriteOperation write(std::span<const std::string_view> parts, Tick deadline) {
    return WriteOperation(*this, parts, deadline);
  }

  /// A pending read, wait and write end with `cancelled`, resumed from the loop.
  virtual void cancel();
  /// Calls `listener` from the loop, at most once, when the peer has closed its side or the
  /// connection is gone, also if that happened before. nullptr stops.
  virtual void listen_hangup(Hangup* listener);
  /// Bytes written that the peer's kernel has not acknowledged; nothing where that is unknown.
  virtual std::optional<std::size_t> unacknowledged() const = 0;
  /// For an idle pooled connection: true if nothing has arrived and the peer has not closed.
  virtual bool quiet() = 0;
  /// Ends both directions; pending operations end with `cancelled`. May be called again.
  virtual void close() = 0;
  virtual void shutdown_write() = 0;
  virtual const Endpoint& peer() const = 0;

  Reactor& reactor() const { return reactor_; }

 protected:
  /// Moves what can be moved now. True: finished, `transfer` is set. False: nothing more for now;
  /// the stream calls continue_reading() or continue_writing() from the loop when there may be.
  virtual bool try_read(ReadOperation& operation) = 0;
  virtual bool try_write(WriteOperation& operation) = 0;

  bool reading() const { return reading_ != nullptr; }
  bool writing() const { return writing_ != nullptr; }
  void continue_reading();
  void continue_writing();
  /// The peer has closed or reset; tells the listener from the loop.
  void hang_up();
  bool peer_has_gone() const { return gone_; }

 private:
  friend class ReadOperation;
  friend class WriteOperation;
  struct HungUp final : Ready {
    explicit HungUp(Stream& owner) : stream(owner) {}
    void run() override;
    Stream& stream;
  };

  bool start(ReadOperation& operation);
  bool start(WriteOperation& operation);
  void finish_reading();
  void finish_writing();

  Reactor& reactor_;
  ReadOperation* reading_ = nullptr;
  WriteOperation* writing_ = nullptr;
  Hangup* listener_ = nullptr;
  HungUp hung_up_;
  bool gone_ = false;
};

inline bool ReadOperation::await_ready() { return stream_->start(*this); }
inline bool WriteOperation::await_ready() { return stream_->start(*this); }

}  // namespace tollhouse::io
