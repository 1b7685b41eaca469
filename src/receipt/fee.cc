// receipt: the platform's share.
#include "receipt/fee.h"

#include <algorithm>

namespace tollhouse::receipt {

Msat platform_fee(Msat gross, const FeeTerms& terms) {
  __extension__ using Wide = unsigned __int128;
  const Msat whole = Msat::of_sat(gross.sat()).value();
  if (whole == Msat() || terms.basis_points == 0) return Msat();
  const std::uint32_t points = std::min(terms.basis_points, kBasisPointsWhole);
  const Wide share = Wide{gross.sat()} * points / kBasisPointsWhole;
  const Msat fee = Msat::of_sat(static_cast<std::uint64_t>(share)).value();
  return std::min(whole, std::max(terms.minimum, fee));
}

}  // namespace tollhouse::receipt
