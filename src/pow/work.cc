// pow: zeros and targets.
#include "pow/work.h"

#include <bit>

#include "base/hex.h"
#include "base/invariant.h"

namespace tollhouse::pow {

unsigned leading_zero_bits(const Digest& hash) {
  unsigned bits = 0;
  for (const std::uint8_t byte : hash.bytes) {
    if (byte != 0) return bits + static_cast<unsigned>(std::countl_zero(byte));
    bits += 8;
  }
  return bits;
}

std::string target_hex(unsigned bits) {
  invariant(bits <= 256);
  Digest target;
  for (std::size_t i = 0; i < target.bytes.size(); ++i) {
    const unsigned before = static_cast<unsigned>(i) * 8;
    const unsigned zeros = bits <= before ? 0 : bits - before;
    target.bytes[i] = zeros >= 8 ? 0 : static_cast<std::uint8_t>(0xffu >> zeros);
  }
  return hex(target.view());
}

}  // namespace tollhouse::pow
