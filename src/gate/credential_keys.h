// gate: the keys of every credential but the macaroon, each derived from the root keys for its own
// purpose, so that `rotate hmac` renews all of them together.
#pragma once
#include "gate/rules.h"
#include "x402/seal.h"

namespace tollhouse::gate {

struct CredentialKeys {
  explicit CredentialKeys(const Rules& rules);

  x402::SealKeys x402;
};

}  // namespace tollhouse::gate
