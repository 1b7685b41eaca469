// lightning: a wallet behind HTTP that receives, of whatever kind (wallet_protocol.h). Before it
// mints anything it finds out that the key cannot spend and that the invoices are of our network;
// nothing that the wallet says of an invoice is believed, the invoice is read. The node that signed
// the first one has to sign all of them (lightning-backends.md 13).
#pragma once
#include <memory>
#include <optional>
#include <string>

#include "base/log.h"
#include "base/random.h"
#include "base/time.h"
#include "crypto/secp256k1.h"
#include "io/errand.h"
#include "lightning/wallet.h"
#include "lightning/wallet_protocol.h"

namespace tollhouse::lightning {

struct HttpWalletSettings {
  std::string url;  ///< without a slash at its end
  bolt::Network network = bolt::Network::mainnet;
  bool allow_spending_key = false;
  bool allow_private = false;  ///< addresses of a private network
  Duration mint_timeout = std::chrono::seconds(5);
  Duration lookup_timeout = std::chrono::seconds(3);
};

/// What the wallet works with; all of it outlives the wallet, and `errands` every call.
struct HttpWalletSurroundings {
  io::Errands& errands;
  const Clock& clock;
  Random& random;
  const crypto::Secp256k1& curve;
  Log& log;
};

class HttpWallet final : public Wallet {
 public:
  /// Calls under way at once; one more is refused (reliability-security.md 4).
  static constexpr std::size_t kCallsMax = 32;
  /// Look-ups in a crowd, before the protocol's number for each second holds.
  static constexpr double kLookupsAtOnce = 30;
  /// After a 429, which names no time.
  static constexpr Duration kRateLimitPause = std::chrono::minutes(1);
  /// Payment hashes remembered, so that no invoice is sold twice.
  static constexpr std::size_t kHashesMax = 20'000;

  HttpWallet(std::unique_ptr<WalletProtocol> protocol, HttpWalletSettings settings,
             const HttpWalletSurroundings& surroundings);
  ~HttpWallet() override;

  std::string_view driver() const override;
  bolt::Network network() const override;
  bool unpaid_preimage_public() const override;
  Condition condition() const override;
  void mint(const MintRequest& request, Minted answer) override;
  /// At once, and without asking, where a hint has led to the answer before.
  void look_up(const PaymentHash& hash, LookedUp answer) override;
  void watch(const PaymentHash& hash) override;
  HintCounts hints() const override;

  /// Begins the start-up checks, and again when they failed and their time has come; listens again
  /// for what is watched. To be called often; costs nothing otherwise.
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
