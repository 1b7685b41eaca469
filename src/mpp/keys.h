// mpp: the keys under which challenges get their ids. Nothing is stored for a challenge: its id is
// a MAC over what it says. Spec: mpp.md 2.2.
#pragma once
#include <string>
#include <vector>

#include "base/bytes.h"
#include "crypto/sha256.h"

namespace tollhouse::mpp {

struct Challenge;

/// The first key signs, every one verifies, so that a key can be rotated while its challenges run
/// out. Separate from the macaroon root keys (mpp.md 10 item 4). Immutable while shared.
class ChallengeKeys {
 public:
  /// At least kSecretBytesMin bytes; configuration has checked.
  void add(ByteView secret);
  bool empty() const { return keys_.empty(); }

  /// base64url of HMAC-SHA-256 over `realm|method|intent|request|expires|digest|opaque`, by the
  /// first key; there is one.
  std::string id_of(const Challenge& challenge) const;
  /// Whether one of the keys gave this challenge its id. Constant time for each key.
  bool issued(const Challenge& challenge) const;

 private:
  std::vector<crypto::HmacKey> keys_;
};

}  // namespace tollhouse::mpp
