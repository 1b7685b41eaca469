// pow: the LiveAuth object (profile P3), as a library form: issued, written, read and verified.
// What a session is, and that a challenge is redeemed once, is the books'. Spec: pow.md 1 and 2,
// sessions-receipts.md 3.1, 3.2 and 14.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/random.h"
#include "base/result.h"
#include "base/time.h"
#include "json/reader.h"
#include "pow/challenge.h"
#include "pow/reason.h"

namespace tollhouse::pow {

/// One key signs challenges (HKDF of the master, info `liveauth-pow-v1`), the ring's binds them.
crypto::HmacKey liveauth_key(ByteView master);

struct LiveAuthProject {
  std::string_view id;
  std::string_view public_key;  ///< of 30 characters the prefix is one block exactly
};

struct LiveAuthChallenge {
  std::string project_id;
  std::string project_public_key;
  std::string challenge_hex;  ///< ours: 16 bytes, 8 random ones and the binding tag
  unsigned bits = 0;
  std::int64_t expires_unix = 0;
  std::string signature;  ///< lower-case hex
};

LiveAuthChallenge issue_liveauth(const LiveAuthProject& project, unsigned bits, Duration ttl,
                                 const Binding& binding, const crypto::HmacKey& key,
                                 const Keys::Pair& pair, Time now, Random& random);

/// The object of `powChallenge`, seven members.
std::string liveauth_object(const LiveAuthChallenge& challenge);

/// HMAC-SHA-256 over `projectId:challengeHex:difficultyBits:expiresAtUnix`, lower-case hex.
std::string liveauth_signature(const crypto::HmacKey& key, std::string_view project_id,
                               std::string_view challenge_hex, unsigned bits,
                               std::int64_t expires_unix);

/// SHA-256 of `publicKey:challengeHex:nonce`.
Digest liveauth_hash(std::string_view public_key, std::string_view challenge_hex,
                     std::string_view nonce);

/// What a confirm shows; views into the JSON it was read from.
struct LiveAuthSolution {
  std::string_view challenge_hex;
  std::uint64_t nonce = 0;
  std::optional<std::string_view> hash_hex;
  std::int64_t expires_unix = 0;
  unsigned bits = 0;
  std::string_view signature;
};

/// Members challengeHex, nonce (a number or a decimal string up to 2^63 - 1), hashHex (optional),
/// expiresAtUnix, difficultyBits, signature or sig (C-21). Nothing where one is missing or of
/// another kind.
std::optional<LiveAuthSolution> read_liveauth_solution(const json::Value& body);

/// Pure. Errors in this order: pow_expired, pow_bad_mac, pow_too_easy, pow_binding,
/// invalid_solution (also where `hashHex` is not the hash).
Result<void, Reason> verify_liveauth(const LiveAuthProject& project,
                                     const LiveAuthSolution& solution, unsigned bits_min,
                                     const Binding& binding, const crypto::HmacKey& key,
                                     const Keys::Pair& pair, Time now);

}  // namespace tollhouse::pow
