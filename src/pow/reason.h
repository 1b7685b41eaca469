// pow: why work is refused. What the books say (pow_replay, pow_unavailable) and that work is
// missing at all (pow_required) are not here.
#pragma once
#include <cstdint>

#include "base/reason.h"

namespace tollhouse::pow {

/// In the order of checking (pow.md 3). Up to pow_bad_mac the challenge may be anybody's and
/// nothing has been allocated for it; from there on it is ours. Every one is cured by a fresh
/// challenge.
enum class Reason : std::uint8_t {
  pow_malformed,
  pow_unsupported,
  pow_expired,
  pow_not_yet_valid,
  pow_bad_mac,
  pow_too_easy,
  pow_binding,
  invalid_solution,
};

/// Tokens are API: rows are added, never renamed. A key that is not in the ring is pow_bad_mac too.
inline constexpr ReasonRow<Reason> kReasons[] = {
    {Reason::pow_malformed, "pow_malformed", Cure::work, "The solution cannot be read."},
    {Reason::pow_unsupported, "pow_unsupported", Cure::work,
     "The challenge has a version or an algorithm that is not used here."},
    {Reason::pow_expired, "pow_expired", Cure::work, "The challenge has expired."},
    {Reason::pow_not_yet_valid, "pow_not_yet_valid", Cure::work,
     "The challenge was issued in the future."},
    {Reason::pow_bad_mac, "pow_bad_mac", Cure::work, "The challenge was not issued here."},
    {Reason::pow_too_easy, "pow_too_easy", Cure::work,
     "The challenge asks for less work than this call does."},
    {Reason::pow_binding, "pow_binding", Cure::work,
     "The challenge was issued to another client or for another call."},
    {Reason::invalid_solution, "invalid_solution", Cure::work,
     "The nonce does not meet the difficulty of the challenge."},
};
static_assert(rows_in_enum_order(kReasons));

}  // namespace tollhouse::pow
