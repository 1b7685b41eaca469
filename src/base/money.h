// base: money. `Msat` is a count of millisatoshi from 0 to 21 million bitcoin; it does not mix
// with integers, and sums that do not fit are seen.
#pragma once
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/checked.h"

namespace tollhouse {

class Msat {
 public:
  /// All bitcoin there will ever be (BOLT 1: 0x1d24b2dfac520000).
  static constexpr std::uint64_t kMax = 2'100'000'000'000'000'000;

  constexpr Msat() = default;
  /// Nothing when above all bitcoin there will ever be.
  static constexpr std::optional<Msat> of(std::uint64_t msat) {
    if (msat > kMax) return std::nullopt;
    return Msat(msat);
  }
  static constexpr std::optional<Msat> of_sat(std::uint64_t sat) {
    const auto msat = checked_mul<std::uint64_t>(sat, 1000);
    if (!msat) return std::nullopt;
    return of(*msat);
  }

  constexpr std::uint64_t count() const { return msat_; }
  /// Whole satoshi, rounded down.
  constexpr std::uint64_t sat() const { return msat_ / 1000; }
  constexpr std::uint64_t sat_rounded_up() const { return msat_ / 1000 + (msat_ % 1000 != 0); }

  constexpr std::optional<Msat> plus(Msat other) const { return of(msat_ + other.msat_); }
  constexpr std::optional<Msat> minus(Msat other) const {
    if (other.msat_ > msat_) return std::nullopt;
    return Msat(msat_ - other.msat_);
  }
  friend constexpr auto operator<=>(Msat, Msat) = default;

 private:
  explicit constexpr Msat(std::uint64_t msat) : msat_(msat) {}
  std::uint64_t msat_ = 0;
};

/// "3 sat", or "1500 msat" where it is not a whole number of satoshi.
std::string to_text(Msat amount);
/// Reads "3 sat" or "1500 msat", one blank or none; nothing else, no sign, no fraction.
std::optional<Msat> msat_from_text(std::string_view text);

}  // namespace tollhouse
