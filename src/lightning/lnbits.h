// lightning: LNbits as a wallet that receives (lightning-backends.md 3, R-LN-1 to 3), for
// http_wallet.h; its JSON is read in lnbits_codec.h.
#pragma once
#include <memory>

#include "base/secret.h"
#include "lightning/wallet_protocol.h"

namespace tollhouse::lightning {

/// `key`: the wallet's invoice key.
std::unique_ptr<WalletProtocol> lnbits_protocol(Secret key);

}  // namespace tollhouse::lightning
