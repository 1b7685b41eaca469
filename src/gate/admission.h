// gate: may this call go on? Everything is evaluated before anything is consumed, from cheap to
// dear, and the hold is taken last (mcp-gateway.md 7.4, l402.md 7). Nothing here waits: what has to
// be minted or written is the caller's next step.
#pragma once
#include <optional>

#include "gate/call.h"
#include "gate/worker.h"

namespace tollhouse::gate {

/// Judges what the call shows against its terms. On nothing the call may go on: `payment` and
/// `standing` are set, a hold is taken (or the payment is a pass, or this is a redelivery).
/// A refusal has consumed nothing; with Offer::fresh the caller gets a challenge.
std::optional<Refusal> admit(Worker& worker, Call& call);

}  // namespace tollhouse::gate
