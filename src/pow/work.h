// pow: how much work a hash shows, and difficulty in its units. Inside the house only bits count;
// hex digits are 4 bits each (C-17). Spec: pow.md 1 and 7.
#pragma once
#include <cstdint>
#include <string>

#include "base/bytes.h"

namespace tollhouse::pow {

/// 0 to 256. `hash <= target(bits)` is the same as `leading_zero_bits(hash) >= bits`.
unsigned leading_zero_bits(const Digest& hash);

/// 2^(256 - bits) - 1 as 64 hex digits; bits from 0 to 256.
std::string target_hex(unsigned bits);

/// Hex digits of zeros that are at least `bits`: who works by them has worked enough.
constexpr unsigned hex_digits(unsigned bits) { return (bits + 3) / 4; }

/// Whether `count` sub-puzzles of `bits` are at least 2^floor_bits hashes.
constexpr bool work_suffices(unsigned bits, unsigned count, unsigned floor_bits) {
  if (bits >= floor_bits) return count != 0;
  const unsigned missing = floor_bits - bits;
  return missing < 32 && count >> missing != 0;
}

}  // namespace tollhouse::pow
