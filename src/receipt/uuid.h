// receipt: UUIDs, version 4 (RFC 9562 5.4), as receipts and events name themselves.
#pragma once
#include <array>
#include <cstdint>
#include <string>

#include "base/random.h"

namespace tollhouse::receipt {

struct Uuid {
  std::array<std::uint8_t, 16> bytes{};
  friend bool operator==(const Uuid&, const Uuid&) = default;
};

/// 122 random bits, version 4, variant 10.
Uuid make_uuid(Random& random);
/// Lower case with hyphens: 36 characters.
std::string to_text(const Uuid& uuid);

}  // namespace tollhouse::receipt
