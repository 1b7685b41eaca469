// cli: `doctor` on the wallet: the checks that a gate makes at its start, told as findings.
#include <algorithm>
#include <condition_variable>
#include <mutex>

#include "base/format.h"
#include "cli/doctor.h"
#include "cli/gate_wallet.h"
#include "cli/version.h"

namespace tollhouse::cli {
namespace {

using lightning::WalletFault;

/// Four questions, each with its own time-out of some seconds.
constexpr Duration kPatience = std::chrono::seconds(30);

/// What a wallet says of its checks it says in the log: these are its events.
class CheckLog final : public Log {
 public:
  using Log::write;
  bool enabled(LogLevel) const override { return true; }
  void write(LogLevel, std::string_view event, std::string_view,
             std::span<const LogField>) override {
    const std::lock_guard lock(mutex_);
    events_.emplace_back(event);
    changed_.notify_all();
  }

  bool said(std::string_view event) const {
    const std::lock_guard lock(mutex_);
    return std::ranges::find(events_, event) != events_.end();
  }
  /// Until the checks have ended; false when patience does first.
  bool wait() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, [this] {
      return std::ranges::any_of(events_, [](const std::string& event) {
        return event == "wallet_ready" || event == "wallet_check_failed";
      });
    });
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> events_;
};

/// What turns a credential that is none into one.
std::string_view credential_cure(config::LightningDriver driver) {
  if (driver == config::LightningDriver::phoenixd) {
    return "lightning.password wants http-password-limited-access of its phoenix.conf";
  }
  if (driver == config::LightningDriver::lnd) {
    return "lightning.macaroon wants a macaroon of that node that can make and see invoices";
  }
  return "lightning.key wants the invoice key of a wallet on that LNbits";
}

/// What turns one that is not ready into one that is.
std::string_view set_up_cure(config::LightningDriver driver) {
  if (driver == config::LightningDriver::lnbits) return "set LNbits up in a browser first";
  if (driver == config::LightningDriver::lnd) return "unlock its wallet (lncli unlock), or wait";
  return "wait until it has started, or correct lightning.url";
}

std::string cure_of(WalletFault fault, config::LightningDriver driver) {
  switch (fault) {
    case WalletFault::overpowered:
      return fmt::format("configure {}, or lightning.allow_spending_key: true",
                         least_credential(driver));
    case WalletFault::unauthenticated:
    case WalletFault::forbidden:
      return std::string(credential_cure(driver));
    case WalletFault::wrong_network:
      return "write the network of the node behind it in lightning.network";
    case WalletFault::tls_untrusted:
      return driver == config::LightningDriver::lnd
                 ? "write the path of its tls.cert in lightning.tls_cert; the address has to be in "
                   "it"
                 : "give it a certificate that this machine trusts";
    case WalletFault::not_ready:
      return std::string(set_up_cure(driver));
    case WalletFault::rate_limited:
      return "wait a minute; it was asked too often";
    case WalletFault::contradiction:
    case WalletFault::wrong_payee:
      return "its invoices are not those that were asked for: do not sell with it";
    default:
      return "start it, or correct lightning.url";
  }
}

void tell_fault(const config::LightningSettings& settings, WalletFault fault, Findings& findings) {
  // The only one that ends a gate; with the others it starts, sells nothing and asks again.
  const Exit exit = fault == WalletFault::overpowered ? Exit::configuration : Exit::unreachable;
  findings.fail("wallet", fmt::format("{}: {}", settings.url, to_text(fault)),
                cure_of(fault, settings.driver), exit);
}

void tell_good(const config::LightningSettings& settings, const lightning::HttpWallet& wallet,
               const CheckLog& log, Findings& findings) {
  const bool spends = log.said("wallet_key_can_spend");
  findings.ok("wallet", fmt::format("{} makes invoices on {}{}", settings.url,
                                    bolt::to_text(wallet.network()),
                                    spends ? "" : ", and its key only receives"));
  if (spends) {
    findings.warn("wallet", "its key can spend",
                  fmt::format("configure {}", least_credential(settings.driver)));
  }
  if (log.said("wallet_key_sees_more")) {
    findings.warn("wallet", "its key shows more than a gate needs",
                  fmt::format("configure {}", least_credential(settings.driver)));
  }
  if (log.said("wallet_key_ends_soon")) {
    findings.warn("wallet", "its key is good for less than a week", "bake another");
  }
  if (!log.said("wallet_shows_preimages")) return;
  findings.warn("wallet", "it shows preimages of unpaid invoices to anybody",
                "keep its port away from callers, or use a release of LNbits after 1.5.6");
}

}  // namespace

void examine_wallet(const config::Settings& settings, Findings& findings) {
  if (settings.lightning.driver == config::LightningDriver::simulated) {
    return findings.warn("wallet", "simulated, on regtest: what it is paid is worth nothing",
                         "for trying out; lightning: { driver: lnbits } sells for money");
  }
  const SystemClock clock;
  SystemRandom random;
  const crypto::Secp256k1 curve(random);
  CheckLog log;
  io::CurlErrands errands({.user_agent = fmt::format("tollhouse/{}", version()), .proxy = {}});
  const auto wallet = make_http_wallet(
      settings, lightning::HttpWalletSurroundings{errands, clock, random, curve, log});
  wallet->keep();
  const bool ended = log.wait();
  const auto complaint = wallet->complaint();
  wallet->close();
  if (!ended) return tell_fault(settings.lightning, WalletFault::timed_out, findings);
  if (complaint) return tell_fault(settings.lightning, *complaint, findings);
  tell_good(settings.lightning, *wallet, log, findings);
}

}  // namespace tollhouse::cli
