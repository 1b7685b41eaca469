// gate: may this call go on? Everything is evaluated before anything is consumed, from cheap to
// dear, and the hold is taken last (mcp-gateway.md 7.4, l402.md 7). Nothing here waits: what has to
// be minted or written is the caller's next step.
#pragma once
#include <optional>

#include "gate/call.h"
#include "gate/worker.h"
#include "l402/verify.h"

namespace tollhouse::gate {

/// Judges what the call shows against its terms. On nothing the call may go on: `payment` and
/// `standing` are set, a hold is taken (or the payment is a pass, or this is a redelivery).
/// A refusal has consumed nothing; with Offer::fresh the caller gets a challenge.
/// With `standing.issued_elsewhere` set nothing is decided: the other gate is to be asked.
std::optional<Refusal> admit(Worker& worker, Call& call);

/// The second half, for a token whose MAC chain is proved: the call's own terms, then the hold.
std::optional<Refusal> admit_grant(Worker& worker, Call& call, const l402::Grant& grant,
                                   const Payment& payment);

/// Its end: holds a payment for one call that is proved, or that the wallet still has to confirm.
std::optional<Refusal> admit_payment(Worker& worker, Call& call, const Payment& payment);

/// Refuses a payment that is spent already, whatever else is wrong with it: judged before what only
/// an unspent one is asked for (x402-bip122.md 6.4, 10a). Takes nothing.
std::optional<Refusal> refuse_spent(Worker& worker, Call& call, const Payment& payment);

/// For a payment whose proof has ended: what is still owed to the same request and caller within
/// 600 s (x402-bip122.md 6.5). A charge whose answer was lost, once more, which is then set; a use
/// that was given back, which may be taken by admit_payment().
bool redeliver(Worker& worker, Call& call, const Payment& payment);
bool given_back(Worker& worker, Call& call, const Payment& payment);

/// What the books' no means for the payment of this call, in its rail's words.
Refusal refusal_of(ledger::Reason reason, const Call& call);
/// A credential that is no good counts against its client where it is forged or spent (R-L402-16).
Refusal count_failure(Worker& worker, const Call& call, CheckResult result, Refusal refusal);

/// What a token has to allow for this call. Views look into the call.
l402::Target target_of(const Call& call);

/// What is said of a credential that is no good. Forged ones count against their client.
Refusal refuse_credential(Worker& worker, const Call& call, l402::Reason reason);

}  // namespace tollhouse::gate
