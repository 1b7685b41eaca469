// gate: a reactor's own part.
#include "gate/worker.h"

#include "base/hex.h"
#include "base/invariant.h"
#include "gate/connection.h"

namespace tollhouse::gate {

Worker::Worker(House& shared, io::Reactor& own_reactor, const Router& handlers,
               const std::vector<io::Endpoint>& upstreams)
    : house(shared),
      reactor(own_reactor),
      router(handlers),
      metrics(shared.metrics.of_reactor(own_reactor.index())),
      document(shared.boot),
      answer_document(shared.boot),
      rest_sessions_(upstreams.size()) {
  invariant(upstreams.size() == house.policy.routes.size());
  for (std::size_t i = 0; i < upstreams.size(); ++i) {
    const Upstream& upstream = house.policy.routes[i].upstream;
    pools_.push_back(std::make_unique<UpstreamPool>(reactor, upstreams[i], upstream.connections_max,
                                                    upstream.connect_timeout));
  }
}

Worker::~Worker() = default;

void Worker::accept(std::unique_ptr<io::Stream> stream, const Router& handlers) {
  reactor.nursery().start(serve_connection(*this, std::move(stream), handlers));
}

void Worker::enter(Connection& connection) {
  connection.place_ = connections_.size();
  connections_.push_back(&connection);
  metrics.connections_opened.add();
}

void Worker::leave(Connection& connection) {
  connections_[connection.place_] = connections_.back();
  connections_[connection.place_]->place_ = connection.place_;
  connections_.pop_back();
  metrics.connections_closed.add();
}

void Worker::begin_drain() {
  for (Connection* connection : connections_) connection->begin_drain();
  for (const auto& pool : pools_) pool->close_idle();
}

void Worker::cut() {
  for (Connection* connection : connections_) connection->cut();
}

std::size_t Worker::index_of(const Route& route) const {
  const auto index = static_cast<std::size_t>(&route - house.policy.routes.data());
  invariant(index < pools_.size());
  return index;
}

UpstreamPool& Worker::pool_of(const Route& route) { return *pools_[index_of(route)]; }

RestSession& Worker::rest_session_of(const Route& route) { return rest_sessions_[index_of(route)]; }

std::string Worker::new_request_id() {
  std::array<std::uint8_t, 16> id;
  const std::uint64_t number = (std::uint64_t{reactor.index()} << 48) | ++requests_;
  std::memcpy(id.data(), &house.boot, 8);
  for (std::size_t i = 0; i < 8; ++i) id[8 + i] = static_cast<std::uint8_t>(number >> (56 - 8 * i));
  return hex(id);
}

}  // namespace tollhouse::gate
