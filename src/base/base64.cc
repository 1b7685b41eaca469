// base: base64, both alphabets, strict.
#include "base/base64.h"

namespace tollhouse {
namespace {

constexpr char kStandard[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr char kUrl[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::uint8_t kForeign = 0xff;

constexpr std::array<std::uint8_t, 256> values_of(const char* alphabet) {
  std::array<std::uint8_t, 256> values{};
  for (auto& value : values) value = kForeign;
  for (std::uint8_t i = 0; i < 64; ++i) values[static_cast<std::uint8_t>(alphabet[i])] = i;
  return values;
}
constexpr auto kStandardValues = values_of(kStandard);
constexpr auto kUrlValues = values_of(kUrl);

std::string encode(ByteView bytes, const char* alphabet, bool padded) {
  const std::size_t left = bytes.size() % 3;
  const std::size_t last = left == 0 ? 0 : padded ? 4 : left + 1;
  std::string text(bytes.size() / 3 * 4 + last, '=');
  char* out = text.data();
  std::size_t i = 0;
  for (; i + 3 <= bytes.size(); i += 3) {
    const unsigned group = unsigned{bytes[i]} << 16 | unsigned{bytes[i + 1]} << 8 | bytes[i + 2];
    *out++ = alphabet[group >> 18];
    *out++ = alphabet[group >> 12 & 63];
    *out++ = alphabet[group >> 6 & 63];
    *out++ = alphabet[group & 63];
  }
  if (left == 0) return text;
  const unsigned group = unsigned{bytes[i]} << 16 | (left == 2 ? unsigned{bytes[i + 1]} << 8 : 0);
  *out++ = alphabet[group >> 18];
  *out++ = alphabet[group >> 12 & 63];
  if (left == 2) *out = alphabet[group >> 6 & 63];
  return text;
}

/// Removes right padding; nothing where it is wrong or of the wrong kind.
std::optional<std::string_view> without_padding(std::string_view text, Base64Padding padding) {
  std::size_t pads = 0;
  while (pads < 2 && pads < text.size() && text[text.size() - 1 - pads] == '=') ++pads;
  const std::string_view bare = text.substr(0, text.size() - pads);
  const std::size_t wanted = (4 - bare.size() % 4) % 4;
  if (wanted == 3) return std::nullopt;
  if (pads == 0 && (padding != Base64Padding::required || wanted == 0)) return bare;
  if (padding == Base64Padding::forbidden || pads != wanted) return std::nullopt;
  return bare;
}

}  // namespace

std::string base64(ByteView bytes) { return encode(bytes, kStandard, true); }
std::string base64url(ByteView bytes) { return encode(bytes, kUrl, false); }

std::optional<Bytes> bytes_from_base64(std::string_view text, Base64Alphabet alphabet,
                                       Base64Padding padding) {
  const auto bare = without_padding(text, padding);
  if (!bare) return std::nullopt;
  const auto& values = alphabet == Base64Alphabet::standard ? kStandardValues : kUrlValues;
  Bytes bytes(bare->size() / 4 * 3 + (bare->size() % 4 == 0 ? 0 : bare->size() % 4 - 1));
  std::uint32_t seen = 0;
  const auto value = [&](std::size_t at) -> std::uint32_t {
    const std::uint8_t letter = values[static_cast<std::uint8_t>((*bare)[at])];
    seen |= letter;
    return letter;
  };
  const std::size_t whole = bare->size() / 4 * 4;
  std::size_t size = 0;
  for (std::size_t i = 0; i < whole; i += 4) {
    const std::uint32_t group =
        value(i) << 18 | value(i + 1) << 12 | value(i + 2) << 6 | value(i + 3);
    bytes[size++] = static_cast<std::uint8_t>(group >> 16);
    bytes[size++] = static_cast<std::uint8_t>(group >> 8);
    bytes[size++] = static_cast<std::uint8_t>(group);
  }
  std::uint32_t spare = 0;
  if (whole != bare->size()) {
    const bool two = bare->size() - whole == 3;
    const std::uint32_t group =
        value(whole) << 18 | value(whole + 1) << 12 | (two ? value(whole + 2) << 6 : 0);
    bytes[size++] = static_cast<std::uint8_t>(group >> 16);
    if (two) bytes[size++] = static_cast<std::uint8_t>(group >> 8);
    spare = two ? group & 0xff : group & 0xffff;
  }
  // A letter of no alphabet has a bit above the six; spare bits that are not zero would be a second
  // spelling.
  if (seen > 63 || spare != 0) return std::nullopt;
  return bytes;
}

std::optional<Bytes> bytes_from_base64url(std::string_view text) {
  return bytes_from_base64(text, Base64Alphabet::url, Base64Padding::forbidden);
}

bool read_base64url(std::string_view text, std::span<std::uint8_t> into) {
  if (into.size() % 3 != 0 || text.size() != into.size() / 3 * 4) return false;
  std::uint8_t seen = 0;
  std::size_t at = 0;
  for (std::size_t i = 0; i < text.size(); i += 4) {
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 4; ++k) {
      const std::uint8_t value = kUrlValues[static_cast<std::uint8_t>(text[i + k])];
      seen |= value;
      group = group << 6 | (value & 63u);
    }
    into[at++] = static_cast<std::uint8_t>(group >> 16);
    into[at++] = static_cast<std::uint8_t>(group >> 8);
    into[at++] = static_cast<std::uint8_t>(group);
  }
  return (seen & 0xc0) == 0;
}

std::optional<Bytes> bytes_from_any_base64(std::string_view text) {
  const bool url = text.find_first_of("-_") != std::string_view::npos;
  return bytes_from_base64(text, url ? Base64Alphabet::url : Base64Alphabet::standard,
                           Base64Padding::optional);
}

}  // namespace tollhouse
