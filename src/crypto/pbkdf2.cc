// crypto: PBKDF2, its first block.
#include "crypto/pbkdf2.h"

#include <array>

#include "base/invariant.h"
#include "crypto/sha256.h"

namespace tollhouse::crypto {

Digest pbkdf2_sha256(ByteView password, ByteView salt, std::uint32_t rounds) {
  invariant(rounds >= 1);
  constexpr std::array<std::uint8_t, 4> kFirstBlock{0, 0, 0, 1};
  const HmacKey key(password);
  const std::array<ByteView, 2> parts{salt, kFirstBlock};
  Digest last = key.mac(parts);
  Digest sum = last;
  for (std::uint32_t round = 1; round < rounds; ++round) {
    last = key.mac(last.view());
    for (std::size_t i = 0; i < sum.bytes.size(); ++i) sum.bytes[i] ^= last.bytes[i];
  }
  return sum;
}

}  // namespace tollhouse::crypto
