// json: how a token packs its kind, its escape flag and its count of children. Inside the room
// only.
#pragma once
#include "json/reader.h"

namespace tollhouse::json {

inline constexpr std::uint32_t kKindBits = 7;
inline constexpr std::uint32_t kEscapedBit = 8;
inline constexpr std::uint32_t kCountShift = 4;

inline std::uint32_t info_of(Kind kind) { return static_cast<std::uint32_t>(kind); }
inline Kind kind_of(const Token& token) { return static_cast<Kind>(token.info & kKindBits); }
inline bool has_escapes(const Token& token) { return (token.info & kEscapedBit) != 0; }
inline std::uint32_t count_of(const Token& token) { return token.info >> kCountShift; }

}  // namespace tollhouse::json
