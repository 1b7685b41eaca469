// macaroon: every bound of the room. All are l402.md 4.3 and reliability-security.md 4.1.
#pragma once
#include <cstddef>

namespace tollhouse::macaroon {

/// A token as minted has three to six caveats and holders append a few; each costs four SHA-256
/// blocks of work before the signature is known to be good.
inline constexpr std::size_t kCaveatsMax = 32;
/// Room for a list of some twenty tool names.
inline constexpr std::size_t kCaveatBytesMax = 1024;
/// The whole binary macaroon; also what a 4096-character token can hold, with room for hex.
inline constexpr std::size_t kMacaroonBytesMax = 4096;
/// HMAC-SHA-256.
inline constexpr std::size_t kSignatureBytes = 32;
/// Version 1 packets spell their length with four hex digits.
inline constexpr std::size_t kPacketBytesMax = 0xffff;

}  // namespace tollhouse::macaroon
