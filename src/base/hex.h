// base: hexadecimal text. Writes lower case; reads either case unless told otherwise.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace tollhouse {

std::string hex(ByteView bytes);
void append_hex(std::string& out, ByteView bytes);
/// Nothing for an odd length or a character that is no hex digit.
std::optional<Bytes> bytes_from_hex(std::string_view text);
/// Exactly `into.size()` bytes from exactly twice as many digits; false (into unspecified) else.
bool read_hex(std::string_view text, std::span<std::uint8_t> into);

/// 64 digits to 32 bytes of meaning `Value` (PaymentHash, Digest).
template <class Value>
std::optional<Value> value_from_hex(std::string_view text) {
  Value value;
  if (!read_hex(text, value.bytes)) return std::nullopt;
  return value;
}

}  // namespace tollhouse
