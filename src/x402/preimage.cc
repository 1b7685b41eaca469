// x402: preimages, read strictly.
#include "x402/preimage.h"

#include <algorithm>

#include "base/hex.h"
#include "crypto/sha256.h"

namespace tollhouse::x402 {

bool is_lower_hex(std::string_view text) {
  return std::ranges::all_of(
      text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

std::optional<Preimage> preimage_from_text(std::string_view text) {
  if (!is_lower_hex(text)) return std::nullopt;
  return value_from_hex<Preimage>(text);
}

bool fits(const Preimage& preimage, const PaymentHash& hash) {
  return crypto::equal(crypto::sha256(preimage.reveal()).view(), hash.view());
}

}  // namespace tollhouse::x402
