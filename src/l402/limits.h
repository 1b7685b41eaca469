// l402: every bound of the room, and the few constants of the protocol that an operator may change.
#pragma once
#include <chrono>
#include <cstddef>

#include "base/time.h"

namespace tollhouse::l402 {

/// Base64 of a token: a plain one has about 240 characters, attenuated ones 300 to 700
/// (l402.md 3.2).
inline constexpr std::size_t kTokenCharactersMax = 4096;
/// L402 credentials on one request, equal ones counted too (reliability-security.md 4.1).
inline constexpr std::size_t kCredentialsMax = 8;
/// Entries of one list in a caveat. Comparing two lists costs their product; three caveats of full
/// length are the most that fit a token.
inline constexpr std::size_t kListEntriesMax = 128;
/// Parameters of one challenge that a client looks at; real ones have two to four.
inline constexpr std::size_t kChallengeParametersMax = 16;
/// Challenges a client looks at in one answer; a gate offers at most six.
inline constexpr std::size_t kChallengesMax = 16;
/// One `WWW-Authenticate` line a client reads: macaroon twice and a long invoice.
inline constexpr std::size_t kChallengeLineMax = 16 * 1024;
/// JSON form of a macaroon: base64 of 4 KiB and its member names.
inline constexpr std::size_t kMacaroonJsonMax = 16 * 1024;

/// What a payment buys where nothing else is said (R-L402-6: 300 000 ms).
inline constexpr Duration kDefaultLifetime = std::chrono::seconds(300);

}  // namespace tollhouse::l402
