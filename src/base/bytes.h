// base: raw bytes. `Bytes` owns, `ByteView` looks; text is `std::string_view` and never implies
// an encoding.
#pragma once
#include <array>
#include <cstdint>
#include <cstring>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tollhouse {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

inline ByteView bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string_view text_of(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// 32 bytes with a meaning of their own: two hashes of different meaning do not compare.
template <class Tag>
struct Bytes32 {
  std::array<std::uint8_t, 32> bytes{};

  static constexpr std::size_t kSize = 32;
  ByteView view() const { return bytes; }
  /// Takes exactly 32 bytes; the caller has checked the length.
  static Bytes32 from(ByteView source) {
    Bytes32 made;
    std::memcpy(made.bytes.data(), source.data(), kSize);
    return made;
  }
  friend bool operator==(const Bytes32&, const Bytes32&) = default;
  friend auto operator<=>(const Bytes32&, const Bytes32&) = default;
};

/// SHA-256 of anything.
using Digest = Bytes32<struct DigestTag>;
/// SHA-256 of a preimage (BOLT 11 field `p`). Public; never proof of payment.
using PaymentHash = Bytes32<struct PaymentHashTag>;

}  // namespace tollhouse

/// The bytes are a hash already: eight of them, from the middle, spread well. Tables that strangers
/// can fill use a keyed hash instead.
template <class Tag>
struct std::hash<tollhouse::Bytes32<Tag>> {
  std::size_t operator()(const tollhouse::Bytes32<Tag>& value) const noexcept {
    std::size_t part;
    std::memcpy(&part, value.bytes.data() + 8, sizeof part);
    return part;
  }
};
