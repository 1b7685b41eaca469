// api: which of the gate's own paths callers reach (surface.md 3).
#include "api/handlers.h"

namespace tollhouse::api {

void add_for_callers(gate::Router& router, gate::House& house,
                     lightning::SimulatedWallet* simulated) {
  router.add("/healthz", health_handler());
  router.add("/readyz", readiness_handler(house));
  router.add("/api/receipts/", receipts_handler(house));
  router.add("/v1/verify", verify_handler(house));
  add_discovery(router);
  add_x402_discovery(router, house);
  add_work(router, house);
  if (simulated != nullptr) add_simulated_wallet(router, *simulated);
}

}  // namespace tollhouse::api
