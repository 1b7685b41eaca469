// l402: identifier and token id, byte by byte.
#include "l402/identifier.h"

#include <algorithm>
#include <span>

namespace tollhouse::l402 {
namespace {

constexpr std::size_t kPaymentHashAt = 2;
constexpr std::size_t kTokenIdAt = 34;
constexpr std::uint8_t kLayout = 1;

std::uint64_t big_endian(ByteView bytes) {
  std::uint64_t value = 0;
  for (const std::uint8_t byte : bytes) value = value << 8 | byte;
  return value;
}

void put_big_endian(std::span<std::uint8_t> into, std::uint64_t value) {
  for (std::size_t i = into.size(); i-- > 0; value >>= 8)
    into[i] = static_cast<std::uint8_t>(value);
}

}  // namespace

std::optional<Identifier> read_identifier(ByteView bytes) {
  if (bytes.size() != kIdentifierBytes || bytes[0] != 0 || bytes[1] != 0) return std::nullopt;
  Identifier identifier;
  identifier.payment_hash = PaymentHash::from(bytes.subspan(kPaymentHashAt, PaymentHash::kSize));
  std::ranges::copy(bytes.subspan(kTokenIdAt), identifier.token_id.begin());
  return identifier;
}

IdentifierBytes write_identifier(const Identifier& identifier) {
  IdentifierBytes bytes{};
  std::ranges::copy(identifier.payment_hash.bytes, bytes.begin() + kPaymentHashAt);
  std::ranges::copy(identifier.token_id, bytes.begin() + kTokenIdAt);
  return bytes;
}

std::optional<TokenId> read_token_id(const TokenIdBytes& bytes) {
  constexpr std::uint64_t kLastMillisecond =
      std::chrono::duration_cast<std::chrono::milliseconds>(Duration::max()).count();
  const ByteView view(bytes);
  if (bytes[0] != kLayout) return std::nullopt;
  const std::uint64_t minted = big_endian(view.subspan(2, 6));
  const auto price = Msat::of(big_endian(view.subspan(8, 8)));
  if (!price || minted > kLastMillisecond) return std::nullopt;
  TokenId token;
  token.key_number = bytes[1];
  token.minted = time_from_unix_milliseconds(static_cast<std::int64_t>(minted));
  token.price = *price;
  token.epoch = static_cast<std::uint32_t>(big_endian(view.subspan(16, 4)));
  std::ranges::copy(view.subspan(20), token.random.begin());
  return token;
}

TokenIdBytes write_token_id(const TokenId& token) {
  TokenIdBytes bytes{};
  const std::span<std::uint8_t> view(bytes);
  bytes[0] = kLayout;
  bytes[1] = token.key_number;
  const std::int64_t minted = std::max<std::int64_t>(0, unix_milliseconds(token.minted));
  put_big_endian(view.subspan(2, 6), static_cast<std::uint64_t>(minted));
  put_big_endian(view.subspan(8, 8), token.price.count());
  put_big_endian(view.subspan(16, 4), token.epoch);
  std::ranges::copy(token.random, view.subspan(20).begin());
  return bytes;
}

}  // namespace tollhouse::l402
