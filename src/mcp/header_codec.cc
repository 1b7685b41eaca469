// mcp: header values.
#include "mcp/header_codec.h"

#include <algorithm>

#include "base/base64.h"
#include "base/utf8.h"
#include "http/characters.h"

namespace tollhouse::mcp {
namespace {

constexpr std::string_view kMarkerBegin = "=?base64?";
constexpr std::string_view kMarkerEnd = "?=";

bool has_marker(std::string_view field) {
  return field.size() >= kMarkerBegin.size() + kMarkerEnd.size() &&
         field.starts_with(kMarkerBegin) && field.ends_with(kMarkerEnd);
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

bool is_plain_header_value(std::string_view field) {
  return std::all_of(field.begin(), field.end(),
                     [](char c) { return c == '\t' || (c >= 0x20 && c < 0x7f); });
}

std::string encode_header_value(std::string_view value) {
  const bool outer_blanks = http::trimmed(value).size() != value.size();
  if (is_plain_header_value(value) && !outer_blanks && !has_marker(value)) {
    return std::string(value);
  }
  std::string field(kMarkerBegin);
  field += base64(bytes_of(value));
  field += kMarkerEnd;
  return field;
}

std::optional<std::string> decode_header_value(std::string_view field) {
  if (!has_marker(field)) return std::string(field);
  field.remove_prefix(kMarkerBegin.size());
  field.remove_suffix(kMarkerEnd.size());
  const auto bytes = bytes_from_base64(field, Base64Alphabet::standard, Base64Padding::required);
  if (!bytes || !is_utf8(text_of(*bytes))) return std::nullopt;
  return std::string(text_of(*bytes));
}

std::optional<std::string_view> integer_text(std::string_view text) {
  const std::size_t sign = text.starts_with('-') ? 1 : 0;
  std::size_t at = sign;
  while (at < text.size() && is_digit(text[at])) ++at;
  const std::size_t digits = at - sign;
  if (digits == 0 || (digits > 1 && text[sign] == '0')) return std::nullopt;
  const std::string_view fraction = text.substr(at);
  if (!fraction.empty()) {
    const bool zeros = fraction.size() > 1 && fraction[0] == '.' &&
                       fraction.find_first_not_of('0', 1) == std::string_view::npos;
    if (!zeros) return std::nullopt;
  }
  const std::string_view whole = text.substr(0, at);
  return whole == "-0" ? whole.substr(1) : whole;
}

bool header_equals_argument(std::string_view field, const json::Value& argument) {
  switch (argument.kind()) {
    case json::Kind::string: {
      const auto decoded = is_plain_header_value(field) ? decode_header_value(field) : std::nullopt;
      return decoded && *decoded == *argument.as_string();
    }
    case json::Kind::number: {
      const auto said = integer_text(field);
      return said && said == integer_text(argument.raw());
    }
    case json::Kind::boolean:
      return field == argument.raw();
    default:
      return false;
  }
}

}  // namespace tollhouse::mcp
