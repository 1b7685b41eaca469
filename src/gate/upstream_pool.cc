// gate: the pool of one reactor's connections to one upstream.
#include "gate/upstream_pool.h"

#include "base/invariant.h"
#include "base/switches.h"

namespace tollhouse::gate {

UpstreamPool::UpstreamPool(io::Reactor& reactor, io::Endpoint endpoint,
                           std::uint32_t connections_max, Duration connect_timeout)
    : reactor_(reactor),
      endpoint_(std::move(endpoint)),
      connections_max_(connections_max),
      connect_timeout_(connect_timeout) {}

std::unique_ptr<UpstreamConnection> UpstreamPool::take_idle() {
  const Tick now = reactor_.clock().tick();
  while (!idle_.empty()) {
    Idle idle = std::move(idle_.back());  // the youngest: the least likely to be closed by its peer
    idle_.pop_back();
    const bool quiet =
        idle.connection->stream->quiet() || planted(PlantedBug::pool_reuse_after_surplus);
    if (now - idle.since >= kIdleMax || !quiet) continue;
    ++in_use_;
    return std::move(idle.connection);
  }
  return nullptr;
}

bool UpstreamPool::begin_connect() {
  if (in_use_ >= connections_max_) return false;
  ++in_use_;
  return true;
}

void UpstreamPool::connect_failed() {
  invariant(in_use_ > 0);
  --in_use_;
}

std::unique_ptr<UpstreamConnection> UpstreamPool::adopt(std::unique_ptr<io::Stream> stream) {
  auto connection = std::make_unique<UpstreamConnection>();
  connection->stream = std::move(stream);
  return connection;
}

void UpstreamPool::give_back(std::unique_ptr<UpstreamConnection> connection, bool reusable) {
  invariant(in_use_ > 0);
  --in_use_;
  if (!reusable) return;
  connection->filled = connection->taken = 0;
  idle_.push_back({std::move(connection), reactor_.clock().tick()});
}

}  // namespace tollhouse::gate
