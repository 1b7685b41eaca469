// ledger: does a call's end keep the payment or give it back? reliability-security.md 3.3 as a pure
// function; no hold, no store, no clock.
#pragma once
#include <cstdint>

namespace tollhouse::ledger {

enum class ChargeOn : std::uint8_t { success, attempt };

/// How the call ended, seen from the upstream. A caller that left before the request was sent is
/// `nothing_sent`; one that left later changes nothing, the outcome decides.
enum class CallEnd : std::uint8_t {
  nothing_sent,         ///< refused, TLS, pool full, caller left before
  no_answer,            ///< sent, no head in time, or reset
  broken_answer,        ///< broken framing, too large, cut; nothing of a result went out
  broken_after_result,  ///< the same after bytes of the result went out
  error_answer,         ///< JSON-RPC error, `isError`, or no 2xx
  result,
};

enum class Settlement : std::uint8_t { commit, release };

struct SettleTerms {
  ChargeOn charge_on = ChargeOn::success;
  bool must_commit = false;    ///< Hold::must_commit
  bool first_showing = false;  ///< Hold::first_showing
};

/// `release` of a call charged on attempt means CancelCharge; where HoldTable::release then says
/// no, commit.
constexpr Settlement settle(CallEnd end, const SettleTerms& terms) {
  if (terms.first_showing) return Settlement::commit;
  if (end == CallEnd::nothing_sent) return Settlement::release;
  if (terms.charge_on == ChargeOn::attempt || terms.must_commit) return Settlement::commit;
  const bool kept = end == CallEnd::result || end == CallEnd::broken_after_result;
  return kept ? Settlement::commit : Settlement::release;
}

}  // namespace tollhouse::ledger
