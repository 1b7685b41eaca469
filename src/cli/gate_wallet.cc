// cli: making a wallet, and keeping it.
#include "cli/gate_wallet.h"

#include "cli/outgoing.h"
#include "gate/minting.h"

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

}  // namespace

lightning::LnbitsSettings lnbits_settings(const config::Settings& settings) {
  lightning::LnbitsSettings made;
  made.url = settings.lightning.url;
  made.key = settings.lightning.key;
  made.network = network_of(settings.lightning.network);
  made.allow_spending_key = settings.lightning.allow_spending_key;
  made.allow_private = settings.lightning.allow_private;
  made.mint_timeout = settings.policy.limits.mint_timeout;
  made.lookup_timeout = settings.policy.limits.lookup_timeout;
  return made;
}

GateWallet::GateWallet(const config::Settings& settings, const WalletSurroundings& around,
                       lightning::After after) {
  if (settings.lightning.driver == config::LightningDriver::lnbits) {
    make_lnbits(settings, around);
  } else {
    make_simulated(settings.lightning, around, std::move(after));
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

void GateWallet::make_lnbits(const config::Settings& settings, const WalletSurroundings& around) {
  errands_ = make_errands();
  lnbits_ = std::make_unique<lightning::LnbitsWallet>(
      lnbits_settings(settings),
      lightning::LnbitsSurroundings{*errands_, around.clock, around.random, around.curve,
                                    around.log});
  ahead_ = std::make_unique<lightning::MintedAhead>(*lnbits_, around.clock);
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
  if (!lnbits_) return;
  lnbits_->keep();
  if (lnbits_->complaint() || minted_ahead_.exchange(true)) return;
  gate::mint_ahead(policy, *ahead_);
}

void GateWallet::take_over(const config::Settings& settings) {
  if (!lnbits_) return;
  const gate::Limits& limits = settings.policy.limits;
  lnbits_->set_timeouts(limits.mint_timeout, limits.lookup_timeout);
  minted_ahead_ = false;
}

std::optional<GateFailure> GateWallet::failed() const {
  if (!lnbits_ || !lnbits_->overpowered()) return std::nullopt;
  return GateFailure{
      Exit::configuration, std::string(to_text(lightning::WalletFault::overpowered)),
      "the wallet's key can spend, and a gate only receives",
      "configure the wallet's invoice key, or write lightning.allow_spending_key: true"};
}

void GateWallet::close() {
  if (!lnbits_) return;
  lnbits_->close();
  errands_.reset();
}

}  // namespace tollhouse::cli
