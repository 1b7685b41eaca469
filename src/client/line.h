// client: one request after the other over errands, waiting for each answer on the caller's thread.
#pragma once
#include "client/witness.h"
#include "dialogue/reply.h"
#include "io/errand.h"

namespace tollhouse::client {

using Replied = Result<dialogue::Reply, io::ErrandFault>;

/// Sends and waits. `errands` answers exactly once, so this always returns; not from its thread.
Replied ask(io::Errands& errands, io::Errand errand, Witness& witness);

}  // namespace tollhouse::client
