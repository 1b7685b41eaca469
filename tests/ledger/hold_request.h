// tests/ledger: requests for holds, and what a take gave in a word.
#pragma once
#include <string>

#include "ledger/hold_table.h"

namespace tollhouse::ledger {

using namespace std::chrono_literals;

inline const Time kNow = time_from_unix(1'800'000'000);

inline PaymentHash hash_of(int n) {
  PaymentHash hash;
  hash.bytes[0] = static_cast<std::uint8_t>(n);
  hash.bytes[9] = static_cast<std::uint8_t>(n >> 8);
  return hash;
}
inline Digest digest_of(int n) {
  Digest digest;
  digest.bytes[0] = static_cast<std::uint8_t>(n);
  return digest;
}
inline ChargeId charge_of(int n) {
  ChargeId id;
  id.bytes[15] = static_cast<std::uint8_t>(n);
  return id;
}

inline HoldRequest request(int hash, Uses uses = Uses::single(), int digest = 1, int caller = 1) {
  HoldRequest made;
  made.payment_hash = hash_of(hash);
  made.uses = uses;
  made.request_digest = digest_of(digest);
  made.caller = digest_of(caller);
  made.expires = kNow + 300s;
  made.now = kNow;
  return made;
}

/// What a take gave, in a word.
inline std::string word(const Result<Grant, Reason>& taken) {
  if (!taken) return std::string(row_of(kReasons, taken.error()).token);
  if (const auto* hold = std::get_if<Hold>(&*taken)) {
    return hold->must_commit ? "hold!" : "hold";
  }
  return std::holds_alternative<PassUse>(*taken) ? "pass" : "redelivery";
}
inline Hold hold_of(const Result<Grant, Reason>& taken) { return std::get<Hold>(taken.value()); }

}  // namespace tollhouse::ledger
