// x402: preimages as payments write them, 64 digits in lower case, and whether one opens a hash.
// Inside the room only.
#pragma once
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "base/secret.h"

namespace tollhouse::x402 {

inline constexpr std::size_t kPreimageDigits = 64;

/// Only 0 to 9 and a to f, any number of them.
bool is_lower_hex(std::string_view text);
/// Nothing unless it is 64 such digits.
std::optional<Preimage> preimage_from_text(std::string_view text);
/// SHA-256 of the preimage is the hash.
bool fits(const Preimage& preimage, const PaymentHash& hash);

}  // namespace tollhouse::x402
