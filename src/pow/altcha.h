// pow: what an ALTCHA widget brings, versions 1 and 2, as a library form: verified, not yet issued.
// Spec: pow.md 9.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"
#include "pow/reason.h"

namespace tollhouse::pow {

struct AltchaKeys {
  ByteView signature;      ///< signs challenges
  ByteView key_signature;  ///< signs the derived key of version 2 where the counter was ours
};

struct AltchaGrant {
  std::string id;  ///< for the single-use store: `challenge` of version 1, `nonce` of version 2
  std::optional<Time> expires;
  /// What the challenge was bound to: the parameters of version 1's salt (`expires=1&route=x`), the
  /// JSON of version 2's `data`. The caller compares it with the call.
  std::string bound_to;
};

/// Pure. `payload` is base64 of JSON as the widget posts it. Version 1 takes SHA-256 and SHA-512
/// and asks for the `&` that closes the salt; version 2 takes SHA-256 and PBKDF2/SHA-256 with keys
/// of 32 bytes.
///
/// Errors: pow_malformed, pow_unsupported, pow_expired, pow_bad_mac, invalid_solution.
Result<AltchaGrant, Reason> verify_altcha(std::string_view payload, const AltchaKeys& keys,
                                          Time now);

}  // namespace tollhouse::pow
