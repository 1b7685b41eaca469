// gate: a payment by x402: read, judged by the checks of its profile in their order, held. What P1
// cannot prove the wallet is asked for afterwards (paid_check). Spec: x402-bip122.md 6, 7.
#pragma once
#include <optional>
#include <string>

#include "gate/call.h"
#include "gate/shown.h"
#include "gate/worker.h"

namespace tollhouse::gate {

/// `extra.gate` of an offer for this call: what its invoice does not say, under a MAC, echoed by
/// every client.
std::string seal_of(Worker& worker, const Call& call, const x402::Offer& offer);

/// Judges what is shown. On nothing the payment is held. Refusals are those of x402/reason.h, 402
/// with fresh offers, and nothing was spent.
std::optional<Refusal> admit_x402(Worker& worker, Call& call, const ShownX402& shown);

}  // namespace tollhouse::gate
