// cli: the one wallet of a gate, made out of its settings: the simulated one, or a real one behind
// invoices that are minted ahead. What of it a reload takes over, it says here; driver, address,
// key and network are read at the start only (config/difference.h).
#pragma once
#include <atomic>
#include <memory>
#include <optional>

#include "base/log.h"
#include "base/random.h"
#include "base/time.h"
#include "cli/gate_failure.h"
#include "config/settings.h"
#include "crypto/secp256k1.h"
#include "gate/policy.h"
#include "io/curl_errands.h"
#include "lightning/http_wallet.h"
#include "lightning/minted_ahead.h"
#include "lightning/simulated.h"

namespace tollhouse::cli {

/// Outlives the wallet.
struct WalletSurroundings {
  const Clock& clock;
  Random& random;
  const crypto::Secp256k1& curve;
  Log& log;
};

/// What a gate should be given instead of a credential that can spend.
std::string_view least_credential(config::LightningDriver driver);

/// The wallet behind HTTP that the settings name; not for the simulated one.
std::unique_ptr<lightning::HttpWallet> make_http_wallet(
    const config::Settings& settings, const lightning::HttpWalletSurroundings& around);

class GateWallet {
 public:
  /// `after`: how the simulated wallet waits.
  GateWallet(const config::Settings& settings, const WalletSurroundings& around,
             lightning::After after);

  lightning::Wallet& wallet();
  const lightning::Wallet& wallet() const;
  /// Null where another wallet is configured.
  lightning::SimulatedWallet* simulated() { return simulated_.get(); }

  /// To be called often: the checks of the start, and then the first invoices of these prices.
  void keep(const gate::Policy& policy);
  /// The time-outs are those of `settings` now, and keep() mints ahead once more.
  void take_over(const config::Settings& settings);
  /// The key can spend, and may not: the end of the program.
  std::optional<GateFailure> failed() const;
  /// Answers all that is under way, and asks nothing more. Nobody calls the wallet meanwhile.
  void close();

 private:
  void make_simulated(const config::LightningSettings& settings, const WalletSurroundings& around,
                      lightning::After after);
  void make_http(const config::Settings& settings, const WalletSurroundings& around);

  const config::LightningDriver driver_;
  std::unique_ptr<lightning::SimulatedWallet> simulated_;
  std::unique_ptr<io::CurlErrands> errands_;
  std::unique_ptr<lightning::HttpWallet> http_;
  std::unique_ptr<lightning::MintedAhead> ahead_;
  std::atomic<bool> minted_ahead_{false};  ///< for the prices in force
};

}  // namespace tollhouse::cli
