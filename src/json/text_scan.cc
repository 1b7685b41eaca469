// json: byte scans, out of line parts.
#include "json/text_scan.h"

namespace tollhouse::json {
namespace {

bool continues(unsigned char byte) { return (byte & 0xc0) == 0x80; }

/// Length of the well-formed character that begins at `at` with a byte of 0x80 or above; 0 if none.
std::size_t wide_character(const unsigned char* at, std::size_t left) {
  const unsigned char first = at[0];
  if (first < 0xc2 || left < 2 || !continues(at[1])) return 0;
  if (first < 0xe0) return 2;
  if (left < 3 || !continues(at[2])) return 0;
  if (first < 0xf0) {
    const bool overlong = first == 0xe0 && at[1] < 0xa0;
    const bool surrogate = first == 0xed && at[1] >= 0xa0;
    return overlong || surrogate ? 0 : 3;
  }
  if (first > 0xf4 || left < 4 || !continues(at[3])) return 0;
  const bool overlong = first == 0xf0 && at[1] < 0x90;
  const bool beyond = first == 0xf4 && at[1] >= 0x90;
  return overlong || beyond ? 0 : 4;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

char* write_utf8(std::uint32_t c, char* out) {
  const auto add = [&out](std::uint32_t byte) { *out++ = static_cast<char>(byte); };
  if (c < 0x80) {
    add(c);
  } else if (c < 0x800) {
    add(0xc0 | c >> 6);
    add(0x80 | (c & 63));
  } else if (c < 0x10000) {
    add(0xe0 | c >> 12);
    add(0x80 | (c >> 6 & 63));
    add(0x80 | (c & 63));
  } else {
    add(0xf0 | c >> 18);
    add(0x80 | (c >> 12 & 63));
    add(0x80 | (c >> 6 & 63));
    add(0x80 | (c & 63));
  }
  return out;
}

char simple_escape(char letter) {
  switch (letter) {
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return letter;  // quote, backslash, slash
  }
}

}  // namespace

bool well_formed_utf8(std::string_view text) {
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at != end) {
    while (end - at >= 32) {
      const std::uint64_t any =
          load_eight(at) | load_eight(at + 8) | load_eight(at + 16) | load_eight(at + 24);
      if ((any & kHighBits) != 0) break;
      at += 32;
    }
    // A stretch of mixed text: character by character until plain ASCII is likely again.
    for (int steps = 0; steps < 32 && at != end; ++steps) {
      if (static_cast<unsigned char>(*at) < 0x80) {
        ++at;
        continue;
      }
      const std::size_t length = wide_character(reinterpret_cast<const unsigned char*>(at),
                                                static_cast<std::size_t>(end - at));
      if (length == 0) return false;
      at += length;
    }
  }
  return true;
}

int four_hex_digits(const char* at) {
  int value = 0;
  for (int i = 0; i < 4; ++i) {
    const int digit = hex_digit(at[i]);
    if (digit < 0) return -1;
    value = value << 4 | digit;
  }
  return value;
}

std::size_t unescape(std::string_view escaped, char* out) {
  char* const first = out;
  const char* at = escaped.data();
  const char* const end = at + escaped.size();
  while (at != end) {
    if (*at != '\\') {
      *out++ = *at++;
      continue;
    }
    const char letter = at[1];
    at += 2;
    if (letter != 'u') {
      *out++ = simple_escape(letter);
      continue;
    }
    auto unit = static_cast<std::uint32_t>(four_hex_digits(at));
    at += 4;
    if (unit >= 0xd800 && unit < 0xdc00 && end - at >= 6 && at[0] == '\\' && at[1] == 'u') {
      const auto low = static_cast<std::uint32_t>(four_hex_digits(at + 2));
      if (low >= 0xdc00 && low < 0xe000) {
        unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
        at += 6;
      }
    }
    out = write_utf8(unit, out);
  }
  return static_cast<std::size_t>(out - first);
}

}  // namespace tollhouse::json
