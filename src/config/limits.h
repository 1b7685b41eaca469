// config: bounds of what is read at start, and why.
#pragma once
#include <cstddef>
#include <cstdint>

namespace tollhouse::config {

/// A thousand tools with comments fit four times; more is not a configuration.
inline constexpr std::size_t kFileBytesMax = 1024 * 1024;
/// Routes, tools and terms make six levels; keeps the reader's recursion and ours short.
inline constexpr std::uint32_t kDepthMax = 32;
/// Keys, tokens and passphrases; one read of a secret file never pulls in a disk image.
inline constexpr std::size_t kSecretFileBytesMax = 16 * 1024;
/// HMAC-SHA256 gains nothing above its output and is weak below it (R-CFG-5).
inline constexpr std::size_t kSecretBytesMin = 32;
/// Shown of a wrong value: enough to recognise it.
inline constexpr std::size_t kFoundBytesMax = 64;
/// Names further apart than this are no misspelling of each other.
inline constexpr std::size_t kNearestDistanceMax = 3;
/// A run this long of letters and digits in a quoted line may be a secret in the wrong place.
inline constexpr std::size_t kSecretLookingRun = 20;
/// One route per upstream server; reading and matching are linear in them.
inline constexpr std::size_t kRoutesMax = 256;
/// A list index beyond this in an environment name or --set is a slip, not a list.
inline constexpr std::size_t kListIndexMax = 255;

}  // namespace tollhouse::config
