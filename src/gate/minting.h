// gate: making a challenge: an invoice from the wallet, checked, and a token for it. Bounded per
// client and in all, because each costs the wallet a call (R-L402-14, RS-4).
#pragma once
#include <memory>

#include "gate/call.h"
#include "gate/worker.h"
#include "io/task.h"
#include "lightning/minted_ahead.h"

namespace tollhouse::gate {

using Offered = Result<std::shared_ptr<const Challenge>, Refusal>;

/// The open challenge of this caller for this call, or a fresh one. Errors: rate_limited,
/// rails_unavailable (wallet down, slow or lying), each with `Retry-After`.
io::Task<Offered> offer(Worker& worker, Call& call);

/// One invoice for each priced tool of the configuration, ready before anybody asks (R-LN-6); where
/// invoices commit to the request they are sold for, none can be.
void mint_ahead(const Policy& policy, lightning::MintedAhead& wallet);

}  // namespace tollhouse::gate
