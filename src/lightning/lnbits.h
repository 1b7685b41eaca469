// lightning: LNbits as a wallet that receives (lightning-backends.md 3, R-LN-1 to 3). Before it
// mints anything it finds out that the key cannot spend and that the invoices are of our network;
// nothing that LNbits says of an invoice is believed, the invoice is read.
//
// Out of scope: watching. Nobody waits for a settlement here, a caller shows his preimage.
#pragma once
#include <memory>
#include <optional>
#include <string>

#include "base/log.h"
#include "base/random.h"
#include "base/secret.h"
#include "base/time.h"
#include "crypto/secp256k1.h"
#include "io/errand.h"
#include "lightning/wallet.h"

namespace tollhouse::lightning {

struct LnbitsSettings {
  std::string url;  ///< without a slash at its end
  Secret key;       ///< the wallet's invoice key
  bolt::Network network = bolt::Network::mainnet;
  bool allow_spending_key = false;
  bool allow_private = false;  ///< addresses of a private network
  Duration mint_timeout = std::chrono::seconds(5);
  Duration lookup_timeout = std::chrono::seconds(3);
};

/// What the wallet works with; all of it outlives the wallet, and `errands` every call.
struct LnbitsSurroundings {
  io::Errands& errands;
  const Clock& clock;
  Random& random;
  const crypto::Secp256k1& curve;
  Log& log;
};

class LnbitsWallet final : public Wallet {
 public:
  /// Calls under way at once; one more is refused (reliability-security.md 4).
  static constexpr std::size_t kCallsMax = 32;
  /// Look-ups: a public LNbits takes 200 requests a minute of one address.
  static constexpr double kLookupsPerSecond = 3;
  static constexpr double kLookupsAtOnce = 30;
  /// After a 429, which names no time.
  static constexpr Duration kRateLimitPause = std::chrono::minutes(1);
  /// Payment hashes remembered, so that no invoice is sold twice.
  static constexpr std::size_t kHashesMax = 20'000;

  LnbitsWallet(LnbitsSettings settings, const LnbitsSurroundings& surroundings);
  ~LnbitsWallet() override;

  std::string_view driver() const override { return "lnbits"; }
  bolt::Network network() const override;
  bool unpaid_preimage_public() const override { return true; }
  Condition condition() const override;
  void mint(const MintRequest& request, Minted answer) override;
  void look_up(const PaymentHash& hash, LookedUp answer) override;

  /// Begins the start-up checks, and again when they failed and their time has come. To be called
  /// often; costs nothing otherwise.
  void keep();
  /// For what begins from now on.
  void set_timeouts(Duration mint, Duration look_up);
  /// The key can spend and may not: for good.
  bool overpowered() const;
  /// What the start-up checks say; nothing: all is well.
  std::optional<WalletFault> complaint() const;
  /// No new calls. What is under way is answered.
  void close();

 private:
  class Core;
  std::shared_ptr<Core> core_;
};

}  // namespace tollhouse::lightning
