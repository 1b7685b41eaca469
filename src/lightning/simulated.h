// lightning: the simulated wallet (surface.md 4, R-LN-11). Real, signed invoices on regtest with
// its own node key; preimages derived from a seed, so a run can be repeated; paid only by pay().
// Two runs with one seed and one set of books would mint the same payment hashes again: the program
// takes a fresh seed at each start unless one is configured.
#pragma once
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/random.h"
#include "base/secret.h"
#include "base/time.h"
#include "crypto/secp256k1.h"
#include "lightning/wallet.h"

namespace tollhouse::lightning {

/// What `POST /sim/fault` asks for (surface.md 5).
enum class SimulatedFault : std::uint8_t {
  none,
  down,     ///< refuses connections
  slow,     ///< answers after five seconds
  lie,      ///< mints with a hash and an amount other than asked
  pending,  ///< payments stay in flight
};

std::optional<SimulatedFault> simulated_fault_from(std::string_view text);
std::string_view to_text(SimulatedFault fault);

/// Runs `work` after `delay`: a thread's in the program, the scheduler's in the simulator.
using After = std::function<void(Duration delay, std::move_only_function<void()> work)>;

class SimulatedWallet final : public Wallet {
 public:
  static constexpr Duration kSlowness = std::chrono::seconds(5);
  /// Invoices remembered at most; the oldest that has expired leaves first.
  static constexpr std::size_t kInvoicesMax = 200'000;

  /// `seed`: 32 bytes; node key and preimages are derived from it.
  SimulatedWallet(const Secret& seed, const Clock& clock, Random& random, After after);
  ~SimulatedWallet() override;

  std::string_view driver() const override { return "simulated"; }
  bolt::Network network() const override { return bolt::Network::regtest; }
  bool unpaid_preimage_public() const override { return false; }
  void mint(const MintRequest& request, Minted answer) override;
  void look_up(const PaymentHash& hash, LookedUp answer) override;

  enum class PayFault : std::uint8_t { unreachable, unknown_invoice, expired, in_flight };
  struct Paid {
    PaymentHash payment_hash;
    Preimage preimage;
  };
  /// Pays an invoice of this wallet. Paying twice gives the same preimage and moves nothing.
  Result<Paid, PayFault> pay(std::string_view bolt11);

  struct Listed {
    std::string bolt11;
    PaymentHash payment_hash;
    Msat amount;
    PaymentState state;
  };
  std::vector<Listed> invoices() const;
  void set_fault(SimulatedFault fault);
  SimulatedFault fault() const;

 private:
  struct Issued {
    std::string bolt11;
    Msat amount;
    std::uint64_t number = 0;
    Time expires;
    PaymentState state = PaymentState::unpaid;
  };
  Result<MintedInvoice, WalletFault> mint_now(const MintRequest& request);
  Result<Payment, WalletFault> look_up_now(const PaymentHash& hash);
  Preimage preimage(std::uint64_t number) const;
  void drop_expired(Time now);

  struct Keys;
  std::unique_ptr<Keys> keys_;
  const Clock& clock_;
  After after_;
  mutable std::mutex mutex_;
  SimulatedFault fault_ = SimulatedFault::none;
  std::uint64_t minted_ = 0;
  std::unordered_map<PaymentHash, Issued> issued_;
};

}  // namespace tollhouse::lightning
