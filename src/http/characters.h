// http: the character classes of RFC 9110 5.6.2 and RFC 3986, one table look-up each, and
// comparison without regard to ASCII case (R-CORE-10).
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

namespace tollhouse::http {

enum CharacterClass : std::uint8_t {
  kTokenCharacter = 1,    ///< tchar of RFC 9110 5.6.2
  kTargetCharacter = 2,   ///< what a request target may hold
  kToken68Character = 4,  ///< ALPHA DIGIT - . _ ~ + / (RFC 9110 11.2, without "=")
  kHostCharacter = 8,     ///< of a registered name: letters, digits, "-", ".", "_"
  kDigitCharacter = 16,
  kTextCharacter = 32,  ///< field-content: HTAB, SP, VCHAR, obs-text
};

constexpr std::array<std::uint8_t, 256> make_character_classes() {
  std::array<std::uint8_t, 256> classes{};
  const auto add = [&classes](std::string_view characters, std::uint8_t flag) {
    for (const char c : characters) classes[static_cast<unsigned char>(c)] |= flag;
  };
  for (unsigned c = 0x20; c < 256; ++c) {
    if (c != 0x7f) classes[c] |= kTextCharacter;
  }
  classes['\t'] |= kTextCharacter;
  const std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  const std::string_view digits = "0123456789";
  add(letters, kTokenCharacter | kTargetCharacter | kToken68Character | kHostCharacter);
  add(digits,
      kTokenCharacter | kTargetCharacter | kToken68Character | kHostCharacter | kDigitCharacter);
  add("!#$%&'*+-.^_`|~", kTokenCharacter);
  // RFC 3986 pchar, "/", "?", and the six characters that browsers leave as they are in a query.
  add("-._~!$&'()*+,;=:@/?%[]{}|^`", kTargetCharacter);
  add("-._~+/", kToken68Character);
  add("-._", kHostCharacter);
  return classes;
}

inline constexpr std::array<std::uint8_t, 256> kCharacterClasses = make_character_classes();

constexpr bool is_in(char c, std::uint8_t classes) {
  return (kCharacterClasses[static_cast<unsigned char>(c)] & classes) != 0;
}
constexpr bool is_blank(char c) { return c == ' ' || c == '\t'; }
constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

/// 0 to 15, or -1.
constexpr int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char small = lower(c);
  if (small >= 'a' && small <= 'f') return small - 'a' + 10;
  return -1;
}

constexpr bool equal_ignoring_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (lower(a[i]) != lower(b[i])) return false;
  }
  return true;
}

constexpr bool starts_with_ignoring_case(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() && equal_ignoring_case(text.substr(0, prefix.size()), prefix);
}

/// Without blanks and tabs at both ends (OWS of RFC 9110 5.6.3).
constexpr std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

constexpr bool is_all(std::string_view text, std::uint8_t classes) {
  for (const char c : text) {
    if (!is_in(c, classes)) return false;
  }
  return true;
}
constexpr bool is_token(std::string_view text) {
  return !text.empty() && is_all(text, kTokenCharacter);
}

/// The first byte in [at, end) that no field value may hold: controls but HTAB, and DEL. `end` if
/// there is none.
const char* find_control(const char* at, const char* end);

}  // namespace tollhouse::http
