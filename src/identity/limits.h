// identity: every bound of the room (identity.md 11).
#pragma once
#include <cstddef>

namespace tollhouse::identity {

/// All lines of the composite header, joined; a JWT and a handful of macaroons.
inline constexpr std::size_t kCompositeBytesMax = 16 * 1024;
/// Macaroons of one payment part.
inline constexpr std::size_t kMacaroonsMax = 8;

}  // namespace tollhouse::identity
