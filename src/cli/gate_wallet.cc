// cli: making a wallet, and keeping it.
#include "cli/gate_wallet.h"

#include "base/format.h"
#include "cli/outgoing.h"
#include "gate/minting.h"
#include "lightning/lnbits.h"
#include "lightning/lnd.h"
#include "lightning/phoenixd.h"

namespace tollhouse::cli {
namespace {

bolt::Network network_of(config::LightningNetwork network) {
  switch (network) {
    case config::LightningNetwork::mainnet:
      return bolt::Network::mainnet;
    case config::LightningNetwork::testnet:
      return bolt::Network::testnet;
    case config::LightningNetwork::signet:
      return bolt::Network::signet;
    case config::LightningNetwork::regtest:
      break;
  }
  return bolt::Network::regtest;
}

std::unique_ptr<lightning::WalletProtocol> protocol_of(const config::LightningSettings& settings) {
  if (settings.driver == config::LightningDriver::phoenixd) {
    return lightning::phoenixd_protocol(settings.key);
  }
  if (settings.driver == config::LightningDriver::lnd) {
    return lightning::lnd_protocol(settings.key, settings.certificate);
  }
  return lightning::lnbits_protocol(settings.key);
}

}  // namespace

std::string_view least_credential(config::LightningDriver driver) {
  if (driver == config::LightningDriver::phoenixd) return "its http-password-limited-access";
  if (driver == config::LightningDriver::lnd) return "its invoices.macaroon, or a baked one";
  return "the wallet's invoice key";
}

std::unique_ptr<lightning::HttpWallet> make_http_wallet(
    const config::Settings& settings, const lightning::HttpWalletSurroundings& around) {
  lightning::HttpWalletSettings made;
  made.url = settings.lightning.url;
  made.network = network_of(settings.lightning.network);
  made.allow_spending_key = settings.lightning.allow_spending_key;
  made.allow_private = settings.lightning.allow_private;
  made.mint_timeout = settings.policy.limits.mint_timeout;
  made.lookup_timeout = settings.policy.limits.lookup_timeout;
  return std::make_unique<lightning::HttpWallet>(protocol_of(settings.lightning), std::move(made),
                                                 around);
}

GateWallet::GateWallet(const config::Settings& settings, const WalletSurroundings& around,
                       lightning::After after)
    : driver_(settings.lightning.driver) {
  if (settings.lightning.driver == config::LightningDriver::simulated) {
    make_simulated(settings.lightning, around, std::move(after));
  } else {
    make_http(settings, around);
  }
}

void GateWallet::make_simulated(const config::LightningSettings& settings,
                                const WalletSurroundings& around, lightning::After after) {
  Secret seed = settings.seed;
  if (seed.empty()) {
    Bytes fresh(32);
    around.random.fill(fresh);
    seed = Secret(std::move(fresh));
  }
  simulated_ = std::make_unique<lightning::SimulatedWallet>(seed, around.clock, around.random,
                                                            std::move(after));
}

void GateWallet::make_http(const config::Settings& settings, const WalletSurroundings& around) {
  errands_ = make_errands();
  http_ = make_http_wallet(settings,
                           lightning::HttpWalletSurroundings{*errands_, around.clock, around.random,
                                                             around.curve, around.log});
  ahead_ = std::make_unique<lightning::MintedAhead>(*http_, around.clock);
}

lightning::Wallet& GateWallet::wallet() {
  if (ahead_) return *ahead_;
  return *simulated_;
}

const lightning::Wallet& GateWallet::wallet() const {
  if (ahead_) return *ahead_;
  return *simulated_;
}

void GateWallet::keep(const gate::Policy& policy) {
  if (!http_) return;
  http_->keep();
  if (http_->complaint() || minted_ahead_.exchange(true)) return;
  gate::mint_ahead(policy, *ahead_);
}

void GateWallet::take_over(const config::Settings& settings) {
  if (!http_) return;
  const gate::Limits& limits = settings.policy.limits;
  http_->set_timeouts(limits.mint_timeout, limits.lookup_timeout);
  minted_ahead_ = false;
}

std::optional<GateFailure> GateWallet::failed() const {
  if (!http_ || !http_->overpowered()) return std::nullopt;
  return GateFailure{Exit::configuration, std::string(to_text(lightning::WalletFault::overpowered)),
                     "the wallet's key can spend, and a gate only receives",
                     fmt::format("configure {}, or write lightning.allow_spending_key: true",
                                 least_credential(driver_))};
}

void GateWallet::close() {
  if (!http_) return;
  http_->close();
  errands_.reset();
}

}  // namespace tollhouse::cli
