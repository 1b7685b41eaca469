// pow: every bound of the room, and why it is what it is.
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "base/time.h"

namespace tollhouse::pow {

/// A challenge on the wire: 48 bytes, of which base64url makes exactly one SHA-256 block.
inline constexpr std::size_t kChallengeBytes = 48;
inline constexpr std::size_t kChallengeCharacters = 64;
/// Sub-puzzles of one challenge: 8 to 16 are enough to tame the spread of solve times (pow.md 4).
inline constexpr std::uint8_t kCountMax = 64;
/// Characters of one nonce; solvers need at most 19 (pow.md 1).
inline constexpr std::size_t kNonceCharactersMax = 32;
/// All nonces of one solution with the dots between them.
inline constexpr std::size_t kNoncesCharactersMax = kCountMax * (kNonceCharactersMax + 1) - 1;
/// `X-PoW-Solution` or `_meta["tollhouse/pow"]`: challenge, nonces, and room for foreign
/// parameters.
inline constexpr std::size_t kSolutionCharactersMax = 4096;
/// Parameters of that value; ours are two.
inline constexpr std::size_t kSolutionParametersMax = 16;
/// Work that may be asked for in all, log2: a minute for a phone is too much already (pow.md 7).
inline constexpr std::uint8_t kBitsMax = 28;
/// A clock that runs ahead of the issuer's by more than this is not ours (pow.md 3).
inline constexpr Duration kIssuedAheadMax = std::chrono::seconds(5);
/// The ttl of a challenge stands in 16 bits.
inline constexpr Duration kTtlMax = std::chrono::seconds(65'535);
/// Bodies of the work endpoints, ours and other gates' answers: some 400 bytes.
inline constexpr std::size_t kBodyBytesMax = 16 * 1024;
/// A challenge of another gate that a client works on; LiveAuth's prefix is the longest known.
inline constexpr std::size_t kForeignChallengeMax = 1024;

/// What seed 004 promises for the macaroon behind `/mcp/pow/verify`.
inline constexpr Duration kMacaroonLifetime = std::chrono::seconds(300);

}  // namespace tollhouse::pow
