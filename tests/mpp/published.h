// tests/mpp: the published vectors, and their challenges as values.
#pragma once
#include <string>

#include <nlohmann/json.hpp>

#include "base/hex.h"
#include "mpp/challenge.h"
#include "support/vectors.h"

namespace tollhouse::test {

/// Challenges of the vectors end with their invoices, but for `no-expires`.
inline constexpr Time kPublishedEnd = time_from_unix(1'700'000'900);

inline nlohmann::json published() {
  return nlohmann::json::parse(vector_file("mpp/lightning-charge.json"));
}
inline nlohmann::json aperture() { return nlohmann::json::parse(vector_file("mpp/vectors.json")); }

inline mpp::ChallengeKeys published_keys(const nlohmann::json& all) {
  mpp::ChallengeKeys keys;
  keys.add(bytes_from_hex(all["secret_hex"].get<std::string>()).value());
  return keys;
}

inline mpp::Challenge challenge_of(const nlohmann::json& members) {
  const auto text = [&members](const char* name) { return members.value(name, std::string()); };
  return {text("id"),      text("realm"),  text("method"),      text("intent"), text("request"),
          text("expires"), text("digest"), text("description"), text("opaque")};
}

}  // namespace tollhouse::test
