// pow: keys of challenges, derived.
#include "pow/keys.h"

#include <string>

#include "base/invariant.h"
#include "base/secret.h"

namespace tollhouse::pow {
namespace {

constexpr std::string_view kChallengeInfo = "pow-challenge-v1";
constexpr std::string_view kBindingInfo = "pow-bind-v1";

crypto::HmacKey derived(ByteView master, std::string_view info) {
  auto bytes = crypto::hkdf_sha256(master, info);
  const crypto::HmacKey key(bytes);
  wipe(bytes.data(), bytes.size());
  return key;
}

}  // namespace

void Keys::add(std::uint8_t number, ByteView master, ByteView boot) {
  invariant(master.size() >= kMasterKeyBytesMin);
  invariant(find(number) == nullptr);
  std::string info(kChallengeInfo);
  info.append(text_of(boot));
  pairs_.push_back({number, derived(master, info), derived(master, kBindingInfo)});
}

const Keys::Pair& Keys::newest() const {
  invariant(!pairs_.empty());
  return pairs_.back();
}

const Keys::Pair* Keys::find(std::uint8_t number) const {
  for (const Pair& pair : pairs_) {
    if (pair.number == number) return &pair;
  }
  return nullptr;
}

}  // namespace tollhouse::pow
