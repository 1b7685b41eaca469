// client: the paying side's port to a wallet, and `sim`, a gate's own simulated wallet (surface.md
// 1 and 4). Real wallets are in http_wallet.h.
#pragma once
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "bolt/bolt11.h"
#include "client/trouble.h"
#include "client/witness.h"
#include "http/url.h"
#include "io/errand.h"

namespace tollhouse::client {

class Wallet {
 public:
  virtual ~Wallet() = default;
  /// As on a command line: "sim".
  virtual std::string_view name() const = 0;
  virtual bool pays_on(bolt::Network network) const = 0;
  /// Moves money, so it is called once for one invoice. The preimage is as the wallet said: the
  /// caller checks it. `text` is the invoice, `hash` the payment hash that it says.
  virtual Result<Preimage, Trouble> pay(std::string_view text, const PaymentHash& hash) = 0;
};

/// Asks `POST {origin}/sim/pay`.
class SimulatedGateWallet final : public Wallet {
 public:
  SimulatedGateWallet(io::Errands& errands, Witness& witness, std::string origin)
      : errands_(errands), witness_(witness), origin_(std::move(origin)) {}

  std::string_view name() const override { return "sim"; }
  bool pays_on(bolt::Network network) const override { return network == bolt::Network::regtest; }
  Result<Preimage, Trouble> pay(std::string_view text, const PaymentHash& hash) override;

 private:
  io::Errands& errands_;
  Witness& witness_;
  std::string origin_;
};

/// What a wallet is asked with; from the environment or from files.
struct WalletCredential {
  std::optional<std::string> key;       ///< TOLLHOUSE_WALLET_KEY, or what its file holds
  std::filesystem::path certificate{};  ///< TOLLHOUSE_WALLET_TLS_CERT; empty: the system's list
};

/// The wallet of `--wallet` or TOLLHOUSE_WALLET: `sim` (at `gate`), `sim:URL`, `lnbits:URL`,
/// `phoenixd:URL` or `lnd:URL`. Nothing (null) where `name` is none: then one is chosen by the
/// invoice. Trouble: a wallet that this build does not have, by name, an address that is none, a
/// key that is missing, or `sim` without a gate.
Result<std::unique_ptr<Wallet>, Trouble> wallet_named(const std::optional<std::string>& name,
                                                      const WalletCredential& credential,
                                                      const std::optional<http::Url>& gate,
                                                      io::Errands& errands, Witness& witness);

/// Whether an invoice is paid by the gate's own simulated wallet without being told so: regtest,
/// and the gate is on this machine.
bool simulated_by_itself(bolt::Network network, const http::Url& gate);

/// Trouble for an invoice that no wallet at hand can pay.
Trouble no_wallet_for(bolt::Network network);

}  // namespace tollhouse::client
