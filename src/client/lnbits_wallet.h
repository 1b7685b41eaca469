// client: paying with an LNbits wallet (lightning-backends.md 3 "Pay"). One order for one invoice;
// whatever becomes unclear after it is looked up, never ordered again.
#pragma once
#include <string>

#include "base/secret.h"
#include "base/time.h"
#include "client/limits.h"
#include "client/wallet.h"
#include "lightning/lnbits_codec.h"

namespace tollhouse::client {

/// How a payment that is under way is followed.
struct PaymentPatience {
  Duration order = kPayTimeout;
  Duration each = kPaymentLookEach;
  Duration longest = kPaymentPatience;
};

class LnbitsWallet final : public Wallet {
 public:
  /// `base` without a slash at its end; `key` is the wallet's admin key.
  LnbitsWallet(io::Errands& errands, Witness& witness, std::string base, Secret key,
               PaymentPatience patience = {})
      : errands_(errands),
        witness_(witness),
        base_(std::move(base)),
        key_(std::move(key)),
        patience_(patience) {}

  std::string_view name() const override { return "lnbits"; }
  /// It does not say where it is; an invoice of another network it refuses itself.
  bool pays_on(bolt::Network) const override { return true; }
  Result<Preimage, Trouble> pay(std::string_view text, const PaymentHash& hash) override;

 private:
  io::Errand errand(std::string path) const;
  Result<Preimage, Trouble> follow(const PaymentHash& hash);

  io::Errands& errands_;
  Witness& witness_;
  std::string base_;
  Secret key_;
  PaymentPatience patience_;
};

}  // namespace tollhouse::client
