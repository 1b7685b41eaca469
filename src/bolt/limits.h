// bolt: every limit and default of this room, with its reason.
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "base/time.h"

namespace tollhouse::bolt {

/// What a QR code holds; LND and Rust Lightning stop there too.
inline constexpr std::size_t kInvoiceCharactersMax = 7089;
/// What we mint stays below: older Rust Lightning wallets read no more than 1023 characters.
inline constexpr std::size_t kMintedCharactersMax = 1023;
/// The longest description that keeps a minted invoice without routes below that.
inline constexpr std::size_t kMintedDescriptionBytesMax = 400;

/// A field's length is two five-bit words.
inline constexpr std::size_t kFieldWordsMax = 1023;
/// Whole bytes in a field: description and metadata.
inline constexpr std::size_t kFieldBytesMax = kFieldWordsMax * 5 / 8;
/// Feature bits that fit a field.
inline constexpr std::size_t kFeatureBitsMax = kFieldWordsMax * 5;

/// 35 bits of seconds.
inline constexpr std::size_t kTimestampWords = 7;
inline constexpr std::int64_t kTimestampMax = (std::int64_t{1} << 35) - 1;
/// R, S and the recovery id: 65 bytes.
inline constexpr std::size_t kSignatureWords = 104;
inline constexpr std::size_t kHash256Words = 52;
inline constexpr std::size_t kPublicKeyWords = 53;
/// Public key 33, short channel id 8, base fee 4, proportional fee 4, CLTV delta 2.
inline constexpr std::size_t kHopBytes = 51;

/// BOLT 11: what holds where `x` or `c` is absent.
inline constexpr Duration kDefaultExpiry = std::chrono::seconds(3600);
inline constexpr std::uint64_t kDefaultMinFinalCltvExpiryDelta = 18;

/// How far ahead of our clock a payee's may be: two clocks kept by NTP, and some patience.
inline constexpr Duration kTimestampAheadMax = std::chrono::minutes(5);

}  // namespace tollhouse::bolt
