// mpp: ids.
#include "mpp/keys.h"

#include <algorithm>

#include "base/base64.h"
#include "base/invariant.h"
#include "mpp/challenge.h"
#include "mpp/limits.h"

namespace tollhouse::mpp {
namespace {

/// Seven slots and six bars; an absent one is empty.
std::string id_under(const crypto::HmacKey& key, const Challenge& challenge) {
  const std::string_view bar = "|";
  const std::array<ByteView, 13> slots{
      bytes_of(challenge.realm),   bytes_of(bar), bytes_of(challenge.method),  bytes_of(bar),
      bytes_of(challenge.intent),  bytes_of(bar), bytes_of(challenge.request), bytes_of(bar),
      bytes_of(challenge.expires), bytes_of(bar), bytes_of(challenge.digest),  bytes_of(bar),
      bytes_of(challenge.opaque)};
  const Digest mac = key.mac(slots);
  return base64url(mac.view());
}

}  // namespace

void ChallengeKeys::add(ByteView secret) {
  invariant(secret.size() >= kSecretBytesMin);
  keys_.emplace_back(secret);
}

std::string ChallengeKeys::id_of(const Challenge& challenge) const {
  invariant(!keys_.empty());
  return id_under(keys_.front(), challenge);
}

bool ChallengeKeys::issued(const Challenge& challenge) const {
  return std::ranges::any_of(keys_, [&challenge](const crypto::HmacKey& key) {
    return crypto::equal(bytes_of(id_under(key, challenge)), bytes_of(challenge.id));
  });
}

}  // namespace tollhouse::mpp
