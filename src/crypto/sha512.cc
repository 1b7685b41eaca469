// crypto: SHA-512 through OpenSSL.
#include "crypto/sha512.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/invariant.h"

namespace tollhouse::crypto {

Digest64 sha512(ByteView message) {
  Digest64 digest{};
  unsigned size = 0;
  const int done =
      EVP_Digest(message.data(), message.size(), digest.data(), &size, EVP_sha512(), nullptr);
  invariant(done == 1 && size == digest.size());
  return digest;
}

Digest64 hmac_sha512(ByteView key, ByteView message) {
  Digest64 digest{};
  unsigned size = 0;
  const auto* made = HMAC(EVP_sha512(), key.data(), static_cast<int>(key.size()), message.data(),
                          message.size(), digest.data(), &size);
  invariant(made != nullptr && size == digest.size());
  return digest;
}

}  // namespace tollhouse::crypto
