// lightning: LND over REST as a wallet that receives (lightning-backends.md 4), for http_wallet.h;
// its JSON is in lnd_codec.h, and what its macaroons may do in lnd_macaroon.h.
#pragma once
#include <filesystem>
#include <memory>

#include "base/secret.h"
#include "lightning/wallet_protocol.h"

namespace tollhouse::lightning {

/// `macaroon`: as lnd::macaroon_from takes it. `certificate`: LND's tls.cert; empty: one that the
/// system trusts.
std::unique_ptr<WalletProtocol> lnd_protocol(const Secret& macaroon,
                                             std::filesystem::path certificate);

/// As the paying side shows it too: binary.
namespace lnd {
void show_macaroon(const Secret& macaroon, io::Errand& errand);
}  // namespace lnd

}  // namespace tollhouse::lightning
