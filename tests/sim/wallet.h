// sim: a wallet whose word is worth less than it should be. It stands between the gate and the
// simulated wallet, and knows what was really paid.
#pragma once
#include <functional>
#include <map>
#include <set>
#include <vector>

#include "lightning/simulated.h"
#include "sim/faults.h"
#include "sim/scheduler.h"

namespace tollhouse::sim {

class DoubtfulWallet final : public lightning::Wallet {
 public:
  using Complain = std::function<void(std::string)>;
  /// `shows_preimages`: of unpaid invoices too, as LNbits does.
  DoubtfulWallet(lightning::SimulatedWallet& inside, const SimClock& clock, Trace& trace,
                 std::uint64_t seed, bool shows_preimages, Complain complain);

  std::string_view driver() const override { return inside_.driver(); }
  bolt::Network network() const override { return inside_.network(); }
  bool unpaid_preimage_public() const override { return shows_preimages_; }
  void mint(const lightning::MintRequest& request, Minted answer) override;
  void look_up(const PaymentHash& hash, LookedUp answer) override;

  // The payer's side.
  struct Receipt {
    PaymentHash payment_hash;
    Preimage preimage;
    bool fits = true;
  };
  Result<Receipt, lightning::SimulatedWallet::PayFault> pay(std::string_view invoice);
  /// The preimage of an invoice that nobody paid, where the wallet shows it.
  std::optional<Preimage> peek(std::string_view invoice);

  // What the world knows.
  bool paid(const PaymentHash& hash) const { return paid_.contains(hash); }
  /// The gate was told so, truly or not: it may give what was sold, once.
  bool called_paid(const PaymentHash& hash) const { return called_paid_.contains(hash); }
  /// The same, to the gate that runs now.
  bool told_this_gate(const PaymentHash& hash) const { return told_.contains(hash); }
  void gate_starts() { told_.clear(); }
  /// Honest from now on.
  void repent();

  Faults faults;

 private:
  enum class Word { truth, paid, unpaid, less, in_flight };
  Word choose_word();
  lightning::Payment told(const PaymentHash& hash, lightning::Payment payment, bool heard);
  lightning::MintRequest altered(const lightning::MintRequest& request);

  lightning::SimulatedWallet& inside_;
  const SimClock& clock_;
  Trace& trace_;
  Dice dice_;
  const bool shows_preimages_;
  Complain complain_;
  std::set<PaymentHash> paid_;
  std::set<PaymentHash> stuck_;  ///< in flight for ever
  std::set<PaymentHash> called_paid_;
  std::map<PaymentHash, Tick> told_;
  std::vector<lightning::MintedInvoice> minted_;
};

}  // namespace tollhouse::sim
