// gate: rules on one reactor.
#include "gate/rules.h"

#include <functional>

#include "base/invariant.h"
#include "gate/credential_keys.h"
#include "gate/worker.h"

namespace tollhouse::gate {

RulesInForce::RulesInForce(io::Reactor& reactor, std::shared_ptr<const Rules> rules,
                           std::uint64_t boot)
    : rules_(std::move(rules)),
      keys_(std::make_unique<const CredentialKeys>(*rules_, boot)),
      rest_sessions_(rules_->upstreams.size()) {
  invariant(rules_->upstreams.size() == rules_->policy.routes.size());
  for (std::size_t i = 0; i < rules_->upstreams.size(); ++i) {
    const Upstream& upstream = rules_->policy.routes[i].upstream;
    pools_.push_back(std::make_unique<UpstreamPool>(
        reactor, rules_->upstreams[i], upstream.connections_max, upstream.connect_timeout));
  }
}

RulesInForce::~RulesInForce() = default;

bool RulesInForce::has(const Route& route) const {
  const auto& routes = rules_->policy.routes;
  const std::less<const Route*> before;
  return !before(&route, routes.data()) && before(&route, routes.data() + routes.size());
}

std::size_t RulesInForce::index_of(const Route& route) const {
  invariant(has(route));
  return static_cast<std::size_t>(&route - rules_->policy.routes.data());
}

void RulesInForce::close_idle() {
  for (const auto& pool : pools_) pool->close_idle();
}

RulesLease::RulesLease(Worker& worker) : worker_(worker), in_force_(&worker.in_force()) {
  ++in_force_->leases_;
}

RulesLease::~RulesLease() {
  invariant(in_force_->leases_ > 0);
  if (--in_force_->leases_ == 0) worker_.drop_unused_rules();
}

}  // namespace tollhouse::gate
