// gate: what one reactor has of its own: pools of upstream connections, workspaces that are reused
// from call to call, its part of the metrics, and the list of its connections.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gate/house.h"
#include "gate/known_passes.h"
#include "gate/rest_session.h"
#include "gate/router.h"
#include "gate/upstream_pool.h"
#include "io/intrusive.h"
#include "io/reactor.h"
#include "json/reader.h"
#include "l402/credential.h"
#include "mcp/ingress.h"

namespace tollhouse::gate {

class Connection;

/// 32 hexadecimal digits.
using RequestId = std::array<char, 32>;

class Worker {
 public:
  /// `upstreams`: one resolved address for each route of the policy, in order.
  Worker(House& house, io::Reactor& reactor, const Router& router,
         const std::vector<io::Endpoint>& upstreams);
  ~Worker();

  /// Serves a caller's connection until it ends. `local`: the listener serves loopback only.
  void accept(std::unique_ptr<io::Stream> stream, const Router& router);
  void accept(std::unique_ptr<io::Stream> stream) { accept(std::move(stream), router); }

  /// Ends idle connections; calls that run finish and then close.
  void begin_drain();
  /// Ends every connection now (the drain's time is over, or a second signal came).
  void cut();

  UpstreamPool& pool_of(const Route& route);
  RestSession& rest_session_of(const Route& route);
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
  std::uint32_t streams_open = 0;

 private:
  friend class Connection;

  /// 32 hexadecimal digits.
  using RequestId = std::array<char, 32>;
  void enter(Connection& connection);
  void leave(Connection& connection);

  std::vector<std::unique_ptr<UpstreamPool>> pools_;
  std::vector<RestSession> rest_sessions_;
  std::size_t index_of(const Route& route) const;
  std::vector<Connection*> connections_;
  std::uint64_t requests_ = 0;
};

}  // namespace tollhouse::gate
