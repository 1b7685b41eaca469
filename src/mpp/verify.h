// mpp: decides whether a credential is good for a call. Spec: mpp.md 4, checks 2 to 7.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "crypto/secp256k1.h"
#include "mpp/credential.h"
#include "mpp/reason.h"

namespace tollhouse::mpp {

/// The call a credential is shown for.
struct Target {
  std::string_view realm;     ///< ours
  std::string_view body;      ///< as it came, hashed where the challenge is bound to one
  std::optional<Msat> price;  ///< now; none: what was paid counts (mpp.md 4, check 7)
};

/// A payment for a challenge of ours (in so far as the preimage shows it).
struct Grant {
  PaymentHash payment_hash;  ///< the key of the books
  Msat amount;
  Time expires;             ///< last good moment of the credential
  std::string external_id;  ///< what the gate wrote into the sale; the caller compares it
};

/// Pure. Errors, the first that applies: invalid_challenge (id or realm), method_unsupported,
/// invalid_challenge (a request that cannot be read), payment_expired, invalid_preimage,
/// request_mismatch (digest), payment_insufficient.
///
/// A challenge with `expires` and `paymentHash`, as mint() makes them, is judged by these: under
/// the MAC they are the gate's own words, and one look at a credential costs two MACs. Without one
/// of them the invoice is decoded, signature and all.
///
/// Not here: whether the payment is spent, which is the books', what `external_id` binds to, and
/// whether the wallet was paid.
Result<Grant, Reason> verify(const Credential& credential, const ChallengeKeys& keys,
                             const Target& target, Time now, const crypto::Secp256k1& curve);

}  // namespace tollhouse::mpp
