// lightning: not believing a wallet: the invoice it made must be the one that was asked for.
#pragma once
#include <optional>
#include <string_view>

#include "base/result.h"
#include "bolt/bolt11.h"
#include "lightning/wallet.h"

namespace tollhouse::lightning {

/// What is asked of an invoice beside the request itself.
struct MintedExpectation {
  bolt::Network network = bolt::Network::regtest;
  Time now;
  std::optional<crypto::PublicKey> payee = std::nullopt;  ///< the node that signs, where known
};

/// Reads `bolt11`: signed, on the network, with at least the amount asked (wallets of whole satoshi
/// round up, R-LN-4), by the payee, good now and not longer than asked, and no description hash but
/// the one asked for (whether it has that one is for the caller to see). Errors: wrong_network,
/// wrong_payee, contradiction.
Result<bolt::Invoice, WalletFault> check_minted(std::string_view bolt11, const MintRequest& asked,
                                                const MintedExpectation& expected,
                                                const crypto::Secp256k1& curve);

}  // namespace tollhouse::lightning
