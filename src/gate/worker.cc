// gate: a reactor's own part.
#include "gate/worker.h"

#include <ranges>

#include "base/invariant.h"
#include "gate/connection.h"

namespace tollhouse::gate {

Worker::Worker(House& shared, io::Reactor& own_reactor, const Router& handlers,
               std::shared_ptr<const Rules> rules)
    : house(shared),
      reactor(own_reactor),
      router(handlers),
      metrics(shared.metrics.of_reactor(own_reactor.index())),
      document(shared.boot),
      answer_document(shared.boot) {
  adopt(std::move(rules));
}

Worker::~Worker() = default;

void Worker::accept(std::unique_ptr<io::Stream> stream, const Entrance& entrance) {
  reactor.nursery().start(serve_connection(*this, std::move(stream), entrance));
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
  for (const auto& each : in_force_) each->close_idle();
}

void Worker::cut() {
  for (Connection* connection : connections_) connection->cut();
}

void Worker::adopt(std::shared_ptr<const Rules> rules) {
  if (!in_force_.empty()) in_force().close_idle();
  in_force_.push_back(std::make_unique<RulesInForce>(reactor, std::move(rules), house.boot));
  known_passes.forget();
  drop_unused_rules();
}

void Worker::drop_unused_rules() {
  for (std::size_t i = in_force_.size() - 1; i-- > 0;) {
    if (in_force_[i]->leases_ == 0) in_force_.erase(in_force_.begin() + static_cast<long>(i));
  }
}

RulesInForce& Worker::in_force_of(const Route& route) {
  for (const auto& each : std::views::reverse(in_force_)) {
    if (each->has(route)) return *each;
  }
  invariant(false);
  return in_force();
}

void Worker::write_request_id(RequestId& into) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const std::uint64_t number = (std::uint64_t{reactor.index()} << 48) | ++requests_;
  for (std::size_t i = 0; i < 16; ++i) {
    into[i] = kDigits[house.boot >> (60 - 4 * i) & 15];
    into[16 + i] = kDigits[number >> (60 - 4 * i) & 15];
  }
}

}  // namespace tollhouse::gate
