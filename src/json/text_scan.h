// json: what the reader asks of raw bytes, eight at a time: UTF-8 over the whole text, the end of
// the plain part of a string, and unescaping of strings already known to be well written.
#pragma once
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace tollhouse::json {

inline constexpr std::uint64_t kEachByte = 0x0101010101010101;
inline constexpr std::uint64_t kHighBits = 0x8080808080808080;

inline std::uint64_t load_eight(const char* at) {
  std::uint64_t word;
  std::memcpy(&word, at, sizeof word);
  if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
  return word;
}

/// High bits mark bytes that end the plain part of a string: `"`, `\`, below 0x20. Exact up to and
/// including the lowest mark, which is the one asked for.
inline std::uint64_t string_stops(std::uint64_t word) {
  const std::uint64_t quotes = word ^ (kEachByte * '"');
  const std::uint64_t slashes = word ^ (kEachByte * '\\');
  const std::uint64_t marks = ((quotes - kEachByte) & ~quotes) |
                              ((slashes - kEachByte) & ~slashes) |
                              ((word - kEachByte * 0x20) & ~word);
  return marks & kHighBits;
}

/// The first byte of [at, end) that ends the plain part of a string, or `end`.
inline const char* plain_run_end(const char* at, const char* end) {
  while (end - at >= 8) {
    const std::uint64_t stops = string_stops(load_eight(at));
    if (stops != 0) return at + std::countr_zero(stops) / 8;
    at += 8;
  }
  while (at != end && *at != '"' && *at != '\\' && static_cast<unsigned char>(*at) >= 0x20) ++at;
  return at;
}

/// UTF-8 as RFC 3629 has it, with a fast way through ASCII.
bool well_formed_utf8(std::string_view text);

/// Value of four hexadecimal digits, or -1.
int four_hex_digits(const char* at);

/// Writes the unescaped form of `escaped` (between the quotes, escapes well written) to `out`,
/// which has room for escaped.size() bytes. Answers the number of bytes written.
std::size_t unescape(std::string_view escaped, char* out);

}  // namespace tollhouse::json
