// base: base64 (RFC 4648), standard and URL alphabet. Readers are strict: no foreign characters,
// no non-zero spare bits, padding as asked.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace tollhouse {

enum class Base64Alphabet : std::uint8_t { standard, url };
enum class Base64Padding : std::uint8_t { required, forbidden, optional };

/// Standard alphabet with padding (RFC 4648 4).
std::string base64(ByteView bytes);
/// URL alphabet without padding (RFC 4648 5), as in JWS and receipts.
std::string base64url(ByteView bytes);

std::optional<Bytes> bytes_from_base64(std::string_view text, Base64Alphabet alphabet,
                                       Base64Padding padding);
/// URL alphabet, no padding: the strict form of JWS and receipts.
std::optional<Bytes> bytes_from_base64url(std::string_view text);
/// The same into memory at hand: exactly `into.size()` bytes, a multiple of three, so that no text
/// has a second spelling; false (into unspecified) else.
bool read_base64url(std::string_view text, std::span<std::uint8_t> into);
/// Either alphabet but not both in one value; padding right or absent (l402.md 3.2 rule 4).
std::optional<Bytes> bytes_from_any_base64(std::string_view text);

}  // namespace tollhouse
