// crypto: sealed bytes: what a stranger carries for us and can neither read nor change.
// AES-256-GCM (NIST SP 800-38D) through EVP.
#pragma once
#include <array>
#include <optional>

#include "base/bytes.h"
#include "base/random.h"
#include "base/secret.h"

namespace tollhouse::crypto {

/// One key for one purpose. With random nonces it seals up to 2^32 times.
using SealKey = Secret32<struct SealKeyTag>;

inline constexpr std::size_t kSealNonceBytes = 12;
inline constexpr std::size_t kSealTagBytes = 16;
using SealNonce = std::array<std::uint8_t, kSealNonceBytes>;

/// Nonce, ciphertext, tag. `context` is not in it, but opening asks for the same bytes.
Bytes seal(const SealKey& key, const SealNonce& nonce, ByteView context, ByteView plain);
/// With a nonce of its own.
Bytes seal(const SealKey& key, Random& random, ByteView context, ByteView plain);
/// Nothing where one bit of key, context or sealed bytes is another.
std::optional<Bytes> unseal(const SealKey& key, ByteView context, ByteView sealed);

}  // namespace tollhouse::crypto
