// lightning: which invoices a wallet's word is listened for, and what came of it
// (lightning-backends.md 3 "Watch"). Anybody can send such a word, so it is a hint to look the
// payment up and nothing more; without it a payment is looked up when it is shown, as ever. No I/O
// here: http_wallet.h listens and looks up. Not thread-safe.
#pragma once
#include <deque>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/random.h"
#include "base/time.h"
#include "lightning/back_off.h"
#include "lightning/wallet.h"

namespace tollhouse::lightning {

class PaymentWatch {
 public:
  /// Listened for at once; an invoice that comes while all places are taken is not watched.
  static constexpr std::size_t kInvoicesMax = 16;
  /// From its offer: a program pays at once or not at all, and each costs the wallet a connection.
  static constexpr Duration kInvoiceTime = std::chrono::minutes(1);
  /// Between two listenings for one invoice: LNbits pings each 20 s, and a ping ends a listening.
  static constexpr Duration kListenEach = std::chrono::seconds(1);
  /// Hints of one invoice that turned out false: somebody sends them.
  static constexpr int kFalseHintsMax = 3;
  /// Payments found paid after a hint.
  static constexpr std::size_t kPaidMax = 1'000;

  void add(const PaymentHash& hash, Tick now);

  struct Due {
    PaymentHash hash;
    Duration longest;  ///< until nobody is interested any more
  };
  /// What is to be listened for from now on: each ends in listened(), failed() or found(). While
  /// the channel fails one alone tries it.
  std::vector<Due> take_due(Tick now);

  /// Heard nothing of a payment: no message, or the answer to it could not be looked up.
  void listened(const PaymentHash& hash, Tick now);
  /// Could not listen; leaves the channel alone for a while. True where it worked before.
  bool failed(const PaymentHash& hash, Tick now, Random& random);
  /// The channel works. True where it failed before.
  bool works();
  /// What a look-up after a hint said.
  void found(const PaymentHash& hash, const Payment& payment, Tick now);

  /// A payment that was looked up after a hint, and was made.
  std::optional<Payment> paid(const PaymentHash& hash) const;
  const HintCounts& counts() const { return counts_; }

 private:
  struct Invoice {
    Tick until;
    Tick next;
    bool listening = false;
    int false_hints = 0;
  };
  void remember_paid(const PaymentHash& hash, const Payment& payment);

  std::unordered_map<PaymentHash, Invoice> invoices_;
  std::unordered_map<PaymentHash, Payment> paid_;
  std::deque<PaymentHash> paid_in_order_;
  BackOff back_off_;
  Tick quiet_until_{};
  bool failing_ = false;
  HintCounts counts_;
};

}  // namespace tollhouse::lightning
