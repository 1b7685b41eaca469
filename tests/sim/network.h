// sim: lines between the gate and its peers, as TCP would be: bytes in order, in pieces, late, cut
// by a reset at any byte, closed on one side. The gate's end is an io::Stream, the other a Peer.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "io/reactor.h"
#include "sim/faults.h"
#include "sim/scheduler.h"

namespace tollhouse::sim {

class Network;
class SimReactor;
class SimStream;

/// The far end of a line: a caller or the upstream.
class Peer {
 public:
  virtual void received(std::string_view bytes) = 0;
  /// The gate closed its side in order.
  virtual void ended() = 0;
  virtual void was_reset() = 0;

 protected:
  ~Peer() = default;
};

class Line : public std::enable_shared_from_this<Line> {
 public:
  Line(Network& network, std::uint64_t number, io::Endpoint gate_sees, bool to_upstream);

  // The peer's end.
  void send(std::string_view bytes);
  /// Bytes that no request asked for.
  void send_surplus(std::string_view bytes, std::uint64_t behind_message);
  void half_close();
  void close();
  void reset();

  std::uint64_t number() const { return number_; }
  bool to_upstream() const { return to_upstream_; }
  /// The gate begins the message after the answer that surplus bytes followed, and they lie in its
  /// kernel or were read. Those that come later nobody can tell from an answer.
  bool reused_with_surplus() const {
    const bool arrived = surplus_at_ && to_gate_.moved > *surplus_at_;
    return arrived && messages_ == surplus_behind_ + 1;
  }
  const io::Endpoint& gate_sees() const { return gate_sees_; }

 private:
  friend class Network;
  friend class SimStream;
  struct Direction {
    std::string pending;
    bool end_queued = false;
    bool end_moved = false;
    bool moving = false;
    std::uint64_t sent = 0;
    std::uint64_t moved = 0;
    std::optional<std::uint64_t> break_at;
  };

  void push(Direction& way);
  void move(Direction& way);
  void deliver_to_gate(std::string_view piece);
  void deliver_to_peer(std::string_view piece);
  void end_arrives(Direction& way);
  void break_gate_side();
  void break_peer_side();
  void gate_closed();
  void power_cut();

  Network& network_;
  const std::uint64_t number_;
  const io::Endpoint gate_sees_;
  const bool to_upstream_;
  SimStream* gate_ = nullptr;
  Peer* peer_ = nullptr;
  Direction to_gate_;
  Direction to_peer_;
  bool in_pieces_ = false;
  bool slow_ = false;
  std::string inbox_;      ///< in the gate's kernel, not read yet
  bool accepted_ = false;  ///< before that the gate's kernel keeps what comes
  bool gate_end_ = false;
  bool gate_reset_ = false;
  std::size_t window_ = 65536;
  std::size_t unacknowledged_ = 0;
  std::optional<std::uint64_t> surplus_at_;
  std::uint64_t surplus_behind_ = 0;  ///< the message whose answer they followed
  std::uint64_t messages_ = 0;        ///< begun by the gate
};

class SimStream final : public io::Stream {
 public:
  SimStream(SimReactor& reactor, std::shared_ptr<Line> line, io::ConnectOperation* connecting);
  ~SimStream() override;
  std::optional<std::size_t> unacknowledged() const override;
  bool quiet() override;
  void close() override;
  void shutdown_write() override;
  const io::Endpoint& peer() const override { return seen_; }

  void connected(std::optional<io::ConnectFault> fault);
  void arrived();
  void acknowledged() { continue_writing(); }

 protected:
  bool try_read(io::ReadOperation& operation) override;
  bool try_write(io::WriteOperation& operation) override;

 private:
  SimReactor& loop_;
  std::shared_ptr<Line> line_;
  io::ConnectOperation* connecting_;
  const io::WriteOperation* announced_ = nullptr;
  const io::Endpoint seen_;
};

/// One loop, driven step by step by the world.
class SimReactor final : public io::Reactor {
 public:
  SimReactor(Network& network, const SimClock& clock)
      : Reactor(0, clock.tick()), network_(network), clock_(clock) {}
  ~SimReactor() override { close_mailbox(); }
  const Clock& clock() const override { return clock_; }

  bool has_work() const { return has_letters() || has_ready(); }
  /// Letters or one ready thing.
  void step(Dice& schedule) {
    if (has_letters() && (!has_ready() || schedule.percent(50))) {
      deliver_letters();
    } else {
      run_one_ready();
    }
  }
  std::optional<Tick> wakes_at() { return next_timer(); }
  void wake() { expire_timers(clock_.tick()); }

  /// The process was killed inside the step that runs: nothing it still does reaches the world.
  bool dying = false;

 protected:
  void notify() override {}
  bool start_connect(io::ConnectOperation& operation) override;

 private:
  Network& network_;
  const SimClock& clock_;
};

/// Who is at home, and who looks on.
class Town {
 public:
  virtual void upstream_dialled(std::shared_ptr<Line> line) = 0;
  /// The gate begins to write `bytes` to an upstream.
  virtual void gate_writes(const Line& line, std::string_view bytes) = 0;

 protected:
  ~Town() = default;
};

class Network {
 public:
  Network(std::uint64_t seed, Scheduler& scheduler, Trace& trace, Town& town)
      : scheduler_(scheduler), trace_(trace), town_(town), dice_(seed, "network") {}

  /// A caller dials the gate: its end of the line. Give the other end to a worker with accept().
  std::shared_ptr<Line> dial(const io::Endpoint& caller, Peer& peer);
  std::unique_ptr<SimStream> accept(SimReactor& reactor, std::shared_ptr<Line> line);
  void refuse_dial(std::shared_ptr<Line> line);
  bool connect(SimReactor& reactor, io::ConnectOperation& operation);
  static void set_peer(Line& line, Peer& peer) { line.peer_ = &peer; }
  /// The machine dies: what its kernel had is lost.
  void power_cut();
  Duration delay(const Line* line = nullptr);

  Faults faults;
  std::size_t gate_streams() const { return gate_streams_; }

 private:
  friend class Line;
  friend class SimStream;
  std::shared_ptr<Line> make_line(const io::Endpoint& gate_sees, bool to_upstream);

  Scheduler& scheduler_;
  Trace& trace_;
  Town& town_;
  Dice dice_;
  std::uint64_t lines_made_ = 0;
  std::size_t gate_streams_ = 0;
  std::vector<std::weak_ptr<Line>> lines_;
};

}  // namespace tollhouse::sim
