// gate: tokens that another gate issued. What their caveats and this call's terms say is judged
// here before anybody is asked; whether the token is genuine and paid is the other gate's to say;
// what it is used for is in our own books (R-L402-11).
#pragma once
#include <optional>

#include "gate/call.h"
#include "gate/worker.h"
#include "io/task.h"

namespace tollhouse::gate {

/// For a call that admit() left with `standing.issued_elsewhere`. Nothing: the call may go on as
/// after admit(). A refusal has consumed nothing: the l402 reasons, not_permitted also where the
/// token cost less than the call, and verifier_unavailable with `Retry-After` where the other gate
/// is silent or not to be understood.
///
/// A word without `priceMsat` or `uses` is good for one call at the call's own price: counts and
/// parts of an unknown sum would be guesses.
io::Task<std::optional<Refusal>> ask_other_gate(Worker& worker, Call& call);

}  // namespace tollhouse::gate
