// client: what stays of money beyond one call. Each part may be missing.
#pragma once
#include "client/budget.h"
#include "client/token_cache.h"
#include "client/trouble.h"

namespace tollhouse::client {

/// Where credentials are safe between payment and answer, whatever ends the program.
class CredentialKeeper {
 public:
  virtual ~CredentialKeeper() = default;
  /// The money has moved and nothing was shown yet.
  virtual void paid(const Unredeemed& credential) = 0;
  /// It was used up.
  virtual void redeemed(const PaymentHash& payment_hash) = 0;
};

/// Outlives the client.
struct Purse {
  const TokenCache* tokens = nullptr;  ///< none: each call is paid for itself
  Budget* budget = nullptr;            ///< none: only the limit of one call holds
  CredentialKeeper* keeper = nullptr;
};

}  // namespace tollhouse::client
