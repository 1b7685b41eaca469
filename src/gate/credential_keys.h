// gate: the keys of every credential but the macaroon, each derived from the root keys for its own
// purpose, so that `rotate hmac` renews all of them together.
#pragma once
#include <cstdint>
#include <string>

#include "gate/rules.h"
#include "mpp/keys.h"
#include "pow/keys.h"
#include "x402/seal.h"

namespace tollhouse::gate {

struct CredentialKeys {
  /// `boot`: of this start; work is only asked for the store of used challenges that this start has
  /// (`rails.pow.rekey_on_boot`).
  CredentialKeys(const Rules& rules, std::uint64_t boot);

  x402::SealKeys x402;
  mpp::ChallengeKeys mpp;
  std::string realm;  ///< protection space of Payment challenges
  pow::Keys work;
};

}  // namespace tollhouse::gate
