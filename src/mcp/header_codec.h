// mcp: values of `Mcp-Name` and `Mcp-Param-*`: encoding, strict decoding and comparison with the
// body. Spec: mcp-gateway.md 1.3; MCP 2026-07-28, header value rules.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "json/reader.h"

namespace tollhouse::mcp {

/// The value as it stands in a field: plain where it is printable ASCII (inner blanks and tabs
/// allowed, no outer ones) and does not look like the marker; else `=?base64?...?=`.
std::string encode_header_value(std::string_view value);

/// Nothing when malformed: bad base64 (padding, alphabet, spare bits) or no UTF-8 inside the
/// marker. A value without the complete lower-case marker is itself.
std::optional<std::string> decode_header_value(std::string_view field);

/// Whether the bytes of a field may stand there unencoded: visible ASCII, blanks and tabs.
bool is_plain_header_value(std::string_view field);

/// Whether an `Mcp-Param-*` field says the same as the argument: strings by bytes after decoding,
/// integers by value (`42` and `42.0`; no exponent, plus sign or leading zero), booleans by word.
/// Everything else never matches: such arguments have no field.
bool header_equals_argument(std::string_view field, const json::Value& argument);

/// The integer part when `text` is an integer as these fields may write it: `-?` digits without
/// leading zero, then perhaps a fraction of zeros only. A view, so any size compares.
std::optional<std::string_view> integer_text(std::string_view text);

}  // namespace tollhouse::mcp
