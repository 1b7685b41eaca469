// gate: a reactor's own part.
#include "gate/worker.h"

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

void Worker::write_request_id(RequestId& into) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const std::uint64_t number = (std::uint64_t{reactor.index()} << 48) | ++requests_;
  for (std::size_t i = 0; i < 16; ++i) {
    into[i] = kDigits[house.boot >> (60 - 4 * i) & 15];
    into[16 + i] = kDigits[number >> (60 - 4 * i) & 15];
  }
}

}  // namespace tollhouse::gate
