// gate: work shown for a call: found, verified, used once. Spec: pow.md 3, R-POW-2 to 4.
#pragma once
#include <optional>
#include <string>

#include "gate/call.h"
#include "gate/worker.h"
#include "pow/challenge.h"

namespace tollhouse::gate {

/// Judges the work shown. On nothing it is good and `call.work` is set; nothing is used yet.
/// Refusals: pow_required where none is shown, those of pow/reason.h, conflicting_credentials.
std::optional<Refusal> judge_work(Worker& worker, Call& call);

/// Uses the work that was judged, last of all. Refusals: rate_limited, pow_replay, overloaded.
std::optional<Refusal> use_work(Worker& worker, Call& call);

/// The call did not go on: its work is as it was.
void give_back_work(Worker& worker, Call& call);

/// A fresh challenge for this call; nothing where its row takes no work or its client has asked too
/// often.
std::optional<pow::Issued> offer_work(Worker& worker, const Call& call);

}  // namespace tollhouse::gate
