// gate: connections to one upstream, kept and reused by one reactor. A connection comes back only
// after a complete exchange with nothing left over (RS-7); an idle one that becomes readable is
// dropped. Bounded; a call that finds all in use is told so.
#pragma once
#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include "gate/policy.h"
#include "http/response.h"
#include "io/reactor.h"
#include "io/stream.h"

namespace tollhouse::gate {

/// One connection with the buffer its answers are read into.
struct UpstreamConnection {
  static constexpr std::size_t kRoomBytes = 16 * 1024;
  /// Behind a head at least this much is left for the body: fewer reads than a page would take.
  static constexpr std::size_t kBodyRoomMin = 8 * 1024;

  std::unique_ptr<io::Stream> stream;
  std::vector<char> buffer = std::vector<char>(kRoomBytes);
  std::size_t filled = 0;  ///< bytes in the buffer
  std::size_t taken = 0;   ///< of them, bytes done with
  http::ResponseHead head;
};

class UpstreamPool {
 public:
  /// Servers drop idle connections after five seconds (Node) or more: ours leave before that.
  static constexpr Duration kIdleMax = std::chrono::seconds(4);

  UpstreamPool(io::Reactor& reactor, io::Endpoint endpoint, std::uint32_t connections_max,
               Duration connect_timeout);

  /// A connection that is quiet and ready, or nothing.
  std::unique_ptr<UpstreamConnection> take_idle();
  /// Counts one more connection as in use; false when all are.
  bool begin_connect();
  io::ConnectOperation connect(Tick deadline) { return reactor_.connect(endpoint_, deadline); }
  Tick connect_deadline() const { return reactor_.clock().tick() + connect_timeout_; }
  void connect_failed();
  static std::unique_ptr<UpstreamConnection> adopt(std::unique_ptr<io::Stream> stream);

  /// After a complete exchange; `reusable` by RS-7.
  void give_back(std::unique_ptr<UpstreamConnection> connection, bool reusable);
  void close_idle() { idle_.clear(); }
  /// Connections in use over those there may be, 0 to 1.
  double use() const { return static_cast<double>(in_use_) / std::max(1U, connections_max_); }

 private:
  struct Idle {
    std::unique_ptr<UpstreamConnection> connection;
    Tick since;
  };
  io::Reactor& reactor_;
  io::Endpoint endpoint_;
  std::uint32_t connections_max_;
  Duration connect_timeout_;
  std::uint32_t in_use_ = 0;
  std::vector<Idle> idle_;
};

}  // namespace tollhouse::gate
