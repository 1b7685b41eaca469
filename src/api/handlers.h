// api: handlers for the gate's own paths (surface.md 3). Each is made with what it looks at, which
// outlives it; each answers on the reactor that got the request.
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "gate/house.h"
#include "gate/router.h"
#include "lightning/simulated.h"

namespace tollhouse::api {

/// `GET /healthz`: the process answers.
std::unique_ptr<gate::Handler> health_handler();
/// `GET /readyz`: 200, or 503 with the parts that are down (books, wallet, draining).
std::unique_ptr<gate::Handler> readiness_handler(const gate::House& house);
/// `GET /metrics`, Prometheus text.
std::unique_ptr<gate::Handler> metrics_handler(gate::House& house,
                                               std::function<gate::ProcessGauges()> gauges);
/// `GET /api/receipts/{X-Request-Id}` with the credential that paid, for 24 h (DESIGN 6).
std::unique_ptr<gate::Handler> receipts_handler(gate::House& house);
/// `POST /v1/verify` with `{"token":"M:r"}`, and `service` or `tool` where it matters: 200 with
/// `ok`, and nothing spent (R-L402-11).
std::unique_ptr<gate::Handler> verify_handler(gate::House& house);
/// Challenges and credentials for work: `/api/challenge`, `/mcp/pow/challenge`, `/mcp/pow/verify`.
void add_work(gate::Router& router, gate::House& house);
/// What the gate sells, for whoever looks before calling (mcp-gateway.md 8, l402.md 18). Terms:
/// `/.well-known/tollhouse`, `/.well-known/l402-services`, `/openapi.json`; public receipt keys:
/// `/.well-known/tollhouse-keys`, `/.well-known/liveauth-receipt-keys.json`.
void add_discovery(gate::Router& router);
/// `/discovery/resources`: the price table in the shape in which x402 facilitators list it
/// (x402-bip122.md 13).
void add_x402_discovery(gate::Router& router, const gate::House& house);
/// `POST /sim/pay`, `GET /sim/invoices`, `POST /sim/fault`; from loopback only.
void add_simulated_wallet(gate::Router& router, lightning::SimulatedWallet& wallet);

/// All of the above that callers reach; `simulated` is null with another wallet.
void add_for_callers(gate::Router& router, gate::House& house,
                     lightning::SimulatedWallet* simulated);

/// The parts that are down, for readiness and the start-up log; empty: ready.
std::vector<std::string_view> parts_down(const gate::House& house);

}  // namespace tollhouse::api
