// gate: a payment by the Payment scheme: its challenge recomputed, its preimage checked, the sale
// it was made for held against this call, then held as on every rail. Spec: mpp.md 4.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "gate/call.h"
#include "gate/worker.h"
#include "mpp/credential.h"

namespace tollhouse::gate {

/// In lists of rails, and as the upstream is told.
inline constexpr std::string_view kMppRailName = "mpp";

/// What a challenge says of the sale beside its invoice (`externalId`, under its id): what is sold,
/// and until when a token of the same invoice is good, for as long the books have to know the
/// payment.
std::string sold_terms(const Call& call, Time token_end);

/// Judges what is shown, which is something. On nothing the payment is held. Refusals are those of
/// mpp/reason.h, and 400 conflicting_credentials for two that differ; nothing was spent.
std::optional<Refusal> admit_mpp(Worker& worker, Call& call, const mpp::Reading& shown);

}  // namespace tollhouse::gate
