// receipt: the platform's share of a call. Spec: sessions-receipts.md 8.
#pragma once
#include <cstdint>

#include "base/money.h"

namespace tollhouse::receipt {

/// 100 % in basis points.
inline constexpr std::uint32_t kBasisPointsWhole = 10'000;

struct FeeTerms {
  std::uint32_t basis_points = 500;
  Msat minimum = Msat::of_sat(1).value();
};

/// Whole satoshi of `gross`, rounded down, times basis points, rounded down; at least the minimum
/// and at most `gross`; nothing where gross or basis points are zero. The product has 128 bits.
/// A multiple of 1000 msat where the minimum is one; net is gross less this.
Msat platform_fee(Msat gross, const FeeTerms& terms = {});

}  // namespace tollhouse::receipt
