// mpp: every bound of the room, with its reason.
#pragma once
#include <cstddef>

#include "json/limits.h"

namespace tollhouse::mpp {

/// One credential, base64url or JSON; the drafts ask for 4 KB at least (mpp.md 3).
inline constexpr std::size_t kCredentialCharactersMax = 16 * 1024;
/// Payment credentials looked at on one request, equal ones counted too (reliability-security.md
/// 4.1).
inline constexpr std::size_t kCredentialsMax = 8;
/// One `WWW-Authenticate` line a client reads; ours take about 900 characters.
inline constexpr std::size_t kChallengeLineMax = 16 * 1024;
/// Challenges a client looks at in one answer; a gate offers one.
inline constexpr std::size_t kChallengesMax = 16;
/// The text of `request`: an invoice of the largest size, and base64 on top of it.
inline constexpr std::size_t kRequestCharactersMax = 12 * 1024;
/// A realm stands in each challenge and in each credential.
inline constexpr std::size_t kRealmCharactersMax = 128;
/// A secret is as strong as the MACs it stands for.
inline constexpr std::size_t kSecretBytesMin = 32;

/// Three levels of objects and what a client may add to them.
inline constexpr json::Limits kJsonLimits{.depth = 16, .members = 64};

}  // namespace tollhouse::mpp
