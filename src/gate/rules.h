// gate: everything about calls that a reload may change, as one immutable value, and what one
// reactor has of it. A call keeps the rules it began with; a new one gets the newest.
#pragma once
#include <memory>
#include <optional>
#include <vector>

#include "gate/policy.h"
#include "gate/rest_session.h"
#include "gate/upstream_pool.h"
#include "io/reactor.h"
#include "l402/keys.h"
#include "receipt/fee.h"
#include "receipt/receipt.h"

namespace tollhouse::gate {

/// What a receipt is signed with and says of its issuer.
struct ReceiptSettings {
  receipt::Key key;
  std::string issuer;  ///< public_url, else the first listen address as URL
  receipt::FeeTerms fees;
};

/// Shared by the reactors and never changed; views into it live as long as a RulesLease.
struct Rules {
  Policy policy;
  l402::RootKeys keys;
  ReceiptSettings receipts;
  std::vector<io::Endpoint> upstreams = {};          ///< one for each route, in order
  std::optional<Digest> admin_token = std::nullopt;  ///< SHA-256 of what the admin listener asks
  Time since = {};                                   ///< when the configuration was read
};

struct CredentialKeys;

/// One reactor's share of some rules: pools of upstream connections and sessions kept for REST
/// callers, one for each route. Counted by plain numbers, as only its reactor touches it.
class RulesInForce {
 public:
  RulesInForce(io::Reactor& reactor, std::shared_ptr<const Rules> rules, std::uint64_t boot);
  ~RulesInForce();

  const Rules& rules() const { return *rules_; }
  const CredentialKeys& keys() const { return *keys_; }
  /// Whether `route` is one of these rules.
  bool has(const Route& route) const;
  UpstreamPool& pool_of(const Route& route) { return *pools_[index_of(route)]; }
  RestSession& rest_session_of(const Route& route) { return rest_sessions_[index_of(route)]; }
  void close_idle();

 private:
  friend class Worker;
  friend class RulesLease;
  std::size_t index_of(const Route& route) const;

  std::shared_ptr<const Rules> rules_;
  std::unique_ptr<const CredentialKeys> keys_;
  std::vector<std::unique_ptr<UpstreamPool>> pools_;
  std::vector<RestSession> rest_sessions_;
  std::uint32_t leases_ = 0;
};

class Worker;

/// Keeps the rules of its worker's present as they are until it is destroyed, on the reactor.
class RulesLease {
 public:
  explicit RulesLease(Worker& worker);
  ~RulesLease();
  RulesLease(const RulesLease&) = delete;
  RulesLease& operator=(const RulesLease&) = delete;

  const Rules& rules() const { return in_force_->rules(); }
  const CredentialKeys& keys() const { return in_force_->keys(); }

 private:
  Worker& worker_;
  RulesInForce* in_force_;
};

}  // namespace tollhouse::gate
