// l402: the 66 bytes that are authenticated first: version, payment hash, token id. Spec: l402.md
// 5.1 and 5.3.
#pragma once
#include <array>
#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "base/money.h"
#include "base/time.h"

namespace tollhouse::l402 {

inline constexpr std::size_t kIdentifierBytes = 66;
inline constexpr std::size_t kTokenIdBytes = 32;

using IdentifierBytes = std::array<std::uint8_t, kIdentifierBytes>;
using TokenIdBytes = std::array<std::uint8_t, kTokenIdBytes>;

/// | offset | size | field                       |
/// |      0 |    2 | version, big-endian, 0000   |
/// |      2 |   32 | payment hash                |
/// |     34 |   32 | token id, the minter's own  |
struct Identifier {
  PaymentHash payment_hash;
  TokenIdBytes token_id{};
};

/// Exactly 66 bytes and version 0; nothing for anything else.
std::optional<Identifier> read_identifier(ByteView bytes);
IdentifierBytes write_identifier(const Identifier& identifier);

/// The token id as this gate mints it:
///
/// | offset | size | field                                    |
/// |      0 |    1 | layout number, 01                        |
/// |      1 |    1 | master key number                        |
/// |      2 |    6 | minting time, unix milliseconds          |
/// |      8 |    8 | price in millisatoshi                    |
/// |     16 |    4 | epoch of the books (see below)           |
/// |     20 |   12 | random                                   |
///
/// All numbers big-endian. l402.md 5.3 gives the last 16 bytes as random; the first four of them
/// are the epoch that RS-11 (reliability-security.md 3) wants inside token ids: a restored copy of
/// the books raises it. Twelve random bytes leave no two token ids alike, and the payment hash
/// beside them is unique anyway.
struct TokenId {
  std::uint8_t key_number = 0;
  Time minted;
  Msat price;
  std::uint32_t epoch = 0;
  std::array<std::uint8_t, 12> random{};
};

/// Nothing for another layout number, a price above all bitcoin or a time beyond `Time`.
std::optional<TokenId> read_token_id(const TokenIdBytes& bytes);
/// `minted` is cut to whole milliseconds; before 1970 it is written as 0.
TokenIdBytes write_token_id(const TokenId& token);

}  // namespace tollhouse::l402
