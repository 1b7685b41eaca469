// gate: what one reactor has of its own: the rules in force, workspaces that are reused from call
// to call, its part of the metrics, and the list of its connections.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gate/house.h"
#include "gate/known_passes.h"
#include "gate/router.h"
#include "gate/rules.h"
#include "io/intrusive.h"
#include "io/reactor.h"
#include "json/reader.h"
#include "l402/credential.h"
#include "mcp/ingress.h"
#include "x402/payment_payload.h"

namespace tollhouse::gate {

class Connection;

/// 32 hexadecimal digits.
using RequestId = std::array<char, 32>;

class Worker {
 public:
  Worker(House& house, io::Reactor& reactor, const Router& router,
         std::shared_ptr<const Rules> rules);
  ~Worker();

  /// Serves a caller's connection until it ends.
  void accept(std::unique_ptr<io::Stream> stream, const Entrance& entrance);
  void accept(std::unique_ptr<io::Stream> stream) { accept(std::move(stream), Entrance{&router}); }

  /// Ends idle connections; calls that run finish and then close.
  void begin_drain();
  /// Ends every connection now (the drain's time is over, or a second signal came).
  void cut();

  /// From now on every new call goes by these rules; those that run keep theirs. What was
  /// remembered of credentials under the old rules is forgotten.
  void adopt(std::shared_ptr<const Rules> rules);
  RulesInForce& in_force() { return *in_force_.back(); }
  /// The newest rules. Not to be kept across a suspension: that is what a RulesLease is for.
  const Rules& rules() const { return in_force_.back()->rules(); }
  const Limits& limits() const { return rules().policy.limits; }
  /// Rules that a call still goes by; 1 where no call is older than the last reload.
  std::size_t rules_kept() const { return in_force_.size(); }

  /// Of a route of any rules in force.
  UpstreamPool& pool_of(const Route& route) { return in_force_of(route).pool_of(route); }
  RestSession& rest_session_of(const Route& route) {
    return in_force_of(route).rest_session_of(route);
  }
  const CredentialKeys& keys_of(const Route& route) { return in_force_of(route).keys(); }
  /// A fresh X-Request-Id: this start, this reactor, a running number.
  void write_request_id(RequestId& into);
  Tick now() const { return reactor.clock().tick(); }
  /// The time by which lives end: never runs back (reliability-security.md 2.6).
  Time utc() const { return house.lives.now(house.clock.now()); }

  House& house;
  io::Reactor& reactor;
  const Router& router;
  ReactorMetrics& metrics;
  json::Document document;         ///< of the request being read; reused
  json::Document answer_document;  ///< of an upstream's answer
  KnownPasses known_passes;        ///< whose MAC chain need not be checked again
  l402::Credential credential;     ///< of the request being judged; never across a suspension
  x402::Payment x402_payment;      ///< the same
  std::uint32_t streams_open = 0;

 private:
  friend class Connection;
  friend class RulesLease;

  void enter(Connection& connection);
  void leave(Connection& connection);

  RulesInForce& in_force_of(const Route& route);
  /// Frees old rules that no call goes by any more.
  void drop_unused_rules();

  std::vector<std::unique_ptr<RulesInForce>> in_force_;  ///< the newest last; mostly one
  std::vector<Connection*> connections_;
  std::uint64_t requests_ = 0;
};

}  // namespace tollhouse::gate
