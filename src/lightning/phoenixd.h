// lightning: phoenixd as a wallet that receives (lightning-backends.md 6), for http_wallet.h; its
// forms and JSON are in phoenixd_codec.h.
#pragma once
#include <memory>

#include "base/secret.h"
#include "lightning/wallet_protocol.h"

namespace tollhouse::lightning {

/// `password`: the one with limited access, which cannot pay.
std::unique_ptr<WalletProtocol> phoenixd_protocol(Secret password);

/// As the paying side shows it too.
namespace phoenixd {
void show_password(const Secret& password, io::Errand& errand);
}  // namespace phoenixd

}  // namespace tollhouse::lightning
