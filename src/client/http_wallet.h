// client: paying with a wallet behind HTTP, of whatever kind. One order for one invoice;
// whatever becomes unclear after it is looked up, never ordered again.
#pragma once
#include <memory>
#include <string>

#include "base/time.h"
#include "client/limits.h"
#include "client/paying_protocol.h"
#include "client/wallet.h"

namespace tollhouse::client {

/// How a payment that is under way is followed.
struct PaymentPatience {
  Duration order = kPayTimeout;
  Duration each = kPaymentLookEach;
  Duration longest = kPaymentPatience;
};

class HttpWallet final : public Wallet {
 public:
  /// `base` without a slash at its end.
  HttpWallet(io::Errands& errands, Witness& witness, std::string base,
             std::unique_ptr<PayingProtocol> protocol, PaymentPatience patience = {})
      : errands_(errands),
        witness_(witness),
        base_(std::move(base)),
        protocol_(std::move(protocol)),
        patience_(patience) {}

  std::string_view name() const override { return protocol_->name(); }
  /// It does not say where it is; an invoice of another network it refuses itself.
  bool pays_on(bolt::Network) const override { return true; }
  Result<Preimage, Trouble> pay(std::string_view text, const PaymentHash& hash) override;

 private:
  io::Errand errand(lightning::Question question) const;
  Trouble not_paid(const lightning::PayFault& fault) const;
  Result<Preimage, Trouble> follow(const PaymentHash& hash);

  io::Errands& errands_;
  Witness& witness_;
  std::string base_;
  std::unique_ptr<PayingProtocol> protocol_;
  PaymentPatience patience_;
};

}  // namespace tollhouse::client
