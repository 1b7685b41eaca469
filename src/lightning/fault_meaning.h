// lightning: what a wallet's fault means for the next try (lightning-backends.md 10 and 11).
#pragma once
#include "io/errand.h"
#include "lightning/wallet.h"

namespace tollhouse::lightning {

WalletFault fault_of(io::ErrandFault fault);
/// Worth one more try at once, as nothing was bought by the first.
bool tried_again(WalletFault fault);
/// The circuit opens at the first: more trying cures neither a lie nor a wrong key.
bool opens_at_once(WalletFault fault);
/// The wallet answered as it should, and the answer is no.
bool no_failure(WalletFault fault);

}  // namespace tollhouse::lightning
