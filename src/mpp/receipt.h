// mpp: the receipt of the `Payment` scheme; the gate's own signed receipt travels beside it. Spec:
// mpp.md 5 and 7.
#pragma once
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/time.h"

namespace tollhouse::mpp {

/// What was settled. The payment hash, never the preimage.
struct Receipt {
  std::string_view challenge_id;
  PaymentHash payment_hash;
  Time settled;
};

/// Canonical JSON: `result._meta["org.paymentauth/receipt"]`.
std::string receipt_json(const Receipt& receipt);
/// Value of `Payment-Receipt`, for 2xx only: base64url of that.
std::string receipt_value(const Receipt& receipt);

}  // namespace tollhouse::mpp
