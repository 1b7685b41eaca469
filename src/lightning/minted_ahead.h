// lightning: invoices minted ahead per price (R-LN-6), so that a first 402 need not wait for the
// node. Bounded; an entry leaves after a quarter of its life, as it is offered again for half of
// it. What is asked for is minted ahead again; what nobody asks for is not.
#pragma once
#include <cstddef>
#include <list>
#include <memory>

#include "base/time.h"
#include "lightning/wallet.h"

namespace tollhouse::lightning {

class MintedAhead final : public Wallet {
 public:
  /// Different prices, tools and lives; what was asked for longest ago leaves first.
  static constexpr std::size_t kKindsMax = 64;
  /// Ready for one kind: a crowd at one price waits for the node as before.
  static constexpr std::size_t kEachMax = 2;
  /// Minted at once at the start: callers come first.
  static constexpr std::size_t kPreparedAtOnce = 4;

  /// `wallet` mints and outlives this.
  MintedAhead(Wallet& wallet, const Clock& clock);
  ~MintedAhead() override;

  std::string_view driver() const override { return wallet_.driver(); }
  bolt::Network network() const override { return wallet_.network(); }
  bool unpaid_preimage_public() const override { return wallet_.unpaid_preimage_public(); }
  Condition condition() const override { return wallet_.condition(); }
  /// A ready one at once, and the next is minted behind it; else as the wallet does. One that is
  /// handed out is given to nobody else. With a description hash: always as the wallet does.
  void mint(const MintRequest& request, Minted answer) override;
  void look_up(const PaymentHash& hash, LookedUp answer) override {
    wallet_.look_up(hash, std::move(answer));
  }
  void watch(const PaymentHash& hash) override { wallet_.watch(hash); }
  HintCounts hints() const override { return wallet_.hints(); }

  /// Mints one for this kind, if there is none, behind others that are prepared. For the start,
  /// with the prices of the configuration; ends where the wallet fails.
  void prepare(const MintRequest& request);
  /// Invoices that wait.
  std::size_t ready() const;

 private:
  struct Shelf;
  void fill(const MintRequest& request);
  static void prepare_next(Wallet& wallet, const std::shared_ptr<Shelf>& shelf);

  Wallet& wallet_;
  std::shared_ptr<Shelf> shelf_;  ///< also of the mintings under way
};

}  // namespace tollhouse::lightning
