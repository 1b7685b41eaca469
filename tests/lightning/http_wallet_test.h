// tests/lightning: what the tests of all wallets behind HTTP share: a clock that the test moves, a
// log that can be waited for, and asking a wallet and waiting for what it says.
#pragma once
#include <atomic>
#include <condition_variable>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "io/curl_errands.h"
#include "lightning/http_wallet.h"
#include "support/precompiled.h"

namespace tollhouse::lightning {

using namespace std::chrono_literals;

/// UTC as it is, ticks as the test moves them: no back-off is waited for.
class Moved final : public Clock {
 public:
  Time now() const override { return system.now(); }
  Tick tick() const override { return Tick(Duration(ticks.load())); }
  void advance(Duration by) { ticks += by.count(); }
  SystemClock system;
  std::atomic<Duration::rep> ticks = Duration(1h).count();
};

/// Remembers events, and lets a test wait for one.
class Heard final : public Log {
 public:
  using Log::write;
  bool enabled(LogLevel) const override { return true; }
  void write(LogLevel, std::string_view event, std::string_view,
             std::span<const LogField> fields) override {
    const std::lock_guard lock(mutex_);
    std::string line(event);
    for (const LogField& field : fields) {
      if (const auto* text = std::get_if<std::string_view>(&field.value)) {
        line += " " + std::string(*text);
      }
    }
    lines_.push_back(std::move(line));
    changed_.notify_all();
  }
  bool wait_for(const std::string& part) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, 20s, [&] { return any(part); });
  }
  void forget() {
    const std::lock_guard lock(mutex_);
    lines_.clear();
  }
  bool has(const std::string& part) {
    const std::lock_guard lock(mutex_);
    return any(part);
  }

 private:
  bool any(const std::string& part) const {
    return std::ranges::any_of(
        lines_, [&](const std::string& line) { return line.find(part) != std::string::npos; });
  }
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> lines_;
};

struct HttpWalletTest : ::testing::Test {
  using Minted = Result<MintedInvoice, WalletFault>;

  Minted mint(HttpWallet& from, std::uint64_t msat = 3000) {
    std::promise<Minted> minted;
    from.mint({*Msat::of(msat), 300s, "Tollhouse: echo"},
              [&](Minted got) { minted.set_value(std::move(got)); });
    return minted.get_future().get();
  }
  Result<Payment, WalletFault> look_up(HttpWallet& in, const PaymentHash& hash) {
    std::promise<Result<Payment, WalletFault>> found;
    in.look_up(hash, [&](Result<Payment, WalletFault> got) { found.set_value(got); });
    return found.get_future().get();
  }

  HttpWallet& make(std::unique_ptr<WalletProtocol> protocol, HttpWalletSettings settings) {
    settings.mint_timeout = settings.lookup_timeout = 2s;
    made =
        std::make_unique<HttpWallet>(std::move(protocol), std::move(settings),
                                     HttpWalletSurroundings{*errands, clock, random, curve, log});
    return *made;
  }
  /// While the double still answers.
  void TearDown() override {
    if (made) made->close();
    errands.reset();
  }

  SystemRandom random;
  crypto::Secp256k1 curve{random};
  Moved clock;
  Heard log;
  std::unique_ptr<HttpWallet> made;
  std::unique_ptr<io::CurlErrands> errands = std::make_unique<io::CurlErrands>();
};

}  // namespace tollhouse::lightning
