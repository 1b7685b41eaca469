// macaroon: the small change of binary version 2 (l402.md 4.2), shared by reader and writer.
#pragma once
#include <cstdint>
#include <optional>

#include "base/bytes.h"

namespace tollhouse::macaroon::wire {

inline constexpr std::uint8_t kVersion2 = 2;
inline constexpr std::uint8_t kEnd = 0;
inline constexpr std::uint8_t kLocation = 1;
inline constexpr std::uint8_t kIdentifier = 2;
inline constexpr std::uint8_t kVerificationId = 4;
inline constexpr std::uint8_t kSignature = 6;

/// Unsigned LEB128 at `position`, shortest form only, at most three bytes: a field never has more
/// than kMacaroonBytesMax bytes. Moves `position` behind it.
inline std::optional<std::size_t> read_varint(ByteView bytes, std::size_t& position) {
  std::size_t value = 0;
  for (unsigned shift = 0; shift <= 14; shift += 7) {
    if (position == bytes.size()) return std::nullopt;
    const std::uint8_t byte = bytes[position++];
    value |= static_cast<std::size_t>(byte & 0x7f) << shift;
    if ((byte & 0x80) != 0) continue;
    if (byte == 0 && shift != 0) return std::nullopt;  // a longer spelling of a smaller number
    return value;
  }
  return std::nullopt;
}

inline void append_varint(Bytes& out, std::size_t value) {
  for (; value > 0x7f; value >>= 7) out.push_back(static_cast<std::uint8_t>(value | 0x80));
  out.push_back(static_cast<std::uint8_t>(value));
}

inline void append_field(Bytes& out, std::uint8_t type, ByteView data) {
  out.push_back(type);
  append_varint(out, data.size());
  out.insert(out.end(), data.begin(), data.end());
}

}  // namespace tollhouse::macaroon::wire
