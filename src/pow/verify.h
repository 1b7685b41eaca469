// pow: decides whether a solution is good for a call. Spec: pow.md 3, steps 1 to 7.
#pragma once
#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "pow/challenge.h"
#include "pow/keys.h"
#include "pow/reason.h"
#include "pow/solution.h"

namespace tollhouse::pow {

/// The call a solution is shown for.
struct Target {
  /// log2 of the work this call needs at least, whatever the controller asks meanwhile: what was in
  /// force at issue is what counts (R-POW-12).
  std::uint8_t bits_min = 0;
  /// Who calls, with what. A challenge for kAnyTool is good for every route.
  Binding binding;
  /// Bits of Flag: a challenge that is not bound to all of these is refused.
  std::uint8_t bound_to = kBoundToClient | kBoundToRoute;
};

/// A good solution. Not here: single use. That is the books', after this has said yes, so that a
/// wrong nonce does not burn a challenge.
struct Grant {
  Challenge challenge;

  const ChallengeId& id() const { return challenge.id; }
  /// Hashes it takes on average.
  std::uint64_t work() const { return std::uint64_t{challenge.count} << challenge.bits; }
};

/// Pure: the same arguments give the same answer. Allocates nothing before the MAC holds; junk
/// costs one HMAC of two blocks at most (R-POW-15).
///
///  solution  as read_solution or the body of `/mcp/pow/verify` gives it
///  now       UTC; usable while now < issued + ttl, so equality has expired
///
/// Errors, the first that applies: see Reason.
Result<Grant, Reason> verify(const Solution& solution, const Keys& keys, const Target& target,
                             Time now);

/// Its parts, for who has to choose between calls, or to write their names down, once it is known
/// that the challenge is ours. Steps 1 to 4: whose is it, and is its time now. Allocates nothing.
Result<Challenge, Reason> authenticate(const Solution& solution, const Keys& keys, Time now);
/// Steps 5 and 6 of a challenge that is ours. Errors: pow_too_easy, pow_binding.
Result<void, Reason> fits(const Challenge& challenge, const Target& target, const Keys& keys);
/// Step 7: do the nonces meet the bits.
bool solved(const Challenge& challenge, const Solution& solution);

/// 1 to kNonceCharactersMax of `[0-9A-Za-z_-]`.
bool is_nonce(std::string_view text);

/// SHA-256 of challenge and nonce as text, nothing between them (R-POW-3). With more than one
/// sub-puzzle `.<index>.` stands between them.
Digest work_hash(std::string_view challenge, std::string_view nonce);
Digest work_hash(std::string_view challenge, unsigned index, std::string_view nonce);

}  // namespace tollhouse::pow
