// x402: every bound of the room, and the few constants of the protocol that an operator may change.
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "base/time.h"

namespace tollhouse::x402 {

/// A payment as a header carries it (x402-bip122.md 2). A real one has 1 200 to 1 900 characters.
inline constexpr std::size_t kPaymentCharactersMax = 16'384;
/// The JSON inside, or the object of `_meta`.
inline constexpr std::size_t kPaymentBytesMax = kPaymentCharactersMax / 4 * 3;
/// `Authorization: x402` and the lines of one header name that are looked at.
inline constexpr std::size_t kPaymentsMax = 8;
/// An invoice that a caller shows; ours have about 330 characters (x402-bip122.md 15, item 7).
inline constexpr std::size_t kInvoiceCharactersMax = 4'096;
/// `PAYMENT-REQUIRED` of another gate, as a header; its body is bounded by who reads it.
inline constexpr std::size_t kPaymentRequiredCharactersMax = 65'536;
/// Offers that a client looks at in one answer; a gate makes two.
inline constexpr std::size_t kOffersMax = 16;

/// P2: between the clock of a node and ours.
inline constexpr Duration kDefaultSkew = std::chrono::seconds(60);
/// P2: how long a used payment is kept after it could no longer pass (x402-bip122.md 7.5).
inline constexpr Duration kRetention = std::chrono::hours(1);

/// A payment whose answer or use is still owed may be shown after its invoice has ended (6.5).
enum class Expiry : std::uint8_t { judged, waived };

}  // namespace tollhouse::x402
