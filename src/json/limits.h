// json: the limits of the reader and why they are what they are (mcp-gateway.md 4.2).
#pragma once
#include <cstddef>
#include <cstdint>

namespace tollhouse::json {

/// Nesting no honest tool call comes near; keeps the reader's stack a fixed array.
inline constexpr std::uint32_t kDepthMax = 64;
/// Bounds the work of one duplicate check; a map of this size belongs in a file, not in a call.
inline constexpr std::uint32_t kMembersMax = 10'000;
/// Names are identifiers or at worst URIs.
inline constexpr std::uint32_t kNameBytesMax = 1024;
/// Enough for a 3 400-bit integer in decimals; passes as text, so its value costs nothing.
inline constexpr std::uint32_t kNumberCharactersMax = 1024;
/// Offsets are 32 bits and counts 28 bits wide. Bodies are limited far below (4 MiB).
inline constexpr std::size_t kTextBytesMax = (std::size_t{1} << 28) - 1;
/// Objects up to this size are compared name by name; larger ones get a hash table.
inline constexpr std::size_t kLinearNamesMax = 16;
/// Tape kept between texts (16 bytes a token: 1 MiB); what a larger text needed is given back.
inline constexpr std::uint32_t kKeptTokensMax = 65'536;
/// Unescaped strings come from blocks of this size; the first is kept between texts.
inline constexpr std::size_t kBlockBytes = 4096;

/// What an operator or another grammar may set lower (never above the constants' types).
struct Limits {
  std::uint32_t depth = kDepthMax;           ///< at most kDepthMax
  std::uint32_t members = kMembersMax;       ///< of one object
  std::uint32_t name_bytes = kNameBytesMax;  ///< as written, between the quotes
  std::uint32_t number_characters = kNumberCharactersMax;
};

}  // namespace tollhouse::json
