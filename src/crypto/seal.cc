// crypto: AES-256-GCM over EVP.
#include "crypto/seal.h"

#include <openssl/evp.h>

#include <memory>

#include "base/invariant.h"

namespace tollhouse::crypto {
namespace {

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, FreeContext>;

constexpr int kTagBytes = static_cast<int>(kSealTagBytes);

/// What is sealed here are messages of some KiB; EVP counts in int.
int size_of(ByteView bytes) {
  invariant(bytes.size() <= std::size_t{1} << 30);
  return static_cast<int>(bytes.size());
}

CipherContext begin(const SealKey& key, ByteView nonce, ByteView context, int encrypts) {
  CipherContext made(EVP_CIPHER_CTX_new());
  invariant(made != nullptr);
  invariant(EVP_CipherInit_ex(made.get(), EVP_aes_256_gcm(), nullptr, key.bytes.data(),
                              nonce.data(), encrypts) == 1);
  int taken = 0;
  invariant(EVP_CipherUpdate(made.get(), nullptr, &taken, context.data(), size_of(context)) == 1);
  return made;
}

}  // namespace

Bytes seal(const SealKey& key, const SealNonce& nonce, ByteView context, ByteView plain) {
  const CipherContext cipher = begin(key, nonce, context, 1);
  Bytes sealed(nonce.begin(), nonce.end());
  sealed.resize(kSealNonceBytes + plain.size() + kSealTagBytes);
  std::uint8_t* at = sealed.data() + kSealNonceBytes;
  int written = 0;
  invariant(EVP_CipherUpdate(cipher.get(), at, &written, plain.data(), size_of(plain)) == 1);
  int rest = 0;
  invariant(EVP_CipherFinal_ex(cipher.get(), at + written, &rest) == 1);
  invariant(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes, at + plain.size()) ==
            1);
  return sealed;
}

Bytes seal(const SealKey& key, Random& random, ByteView context, ByteView plain) {
  SealNonce nonce;
  random.fill(nonce);
  return seal(key, nonce, context, plain);
}

std::optional<Bytes> unseal(const SealKey& key, ByteView context, ByteView sealed) {
  if (sealed.size() < kSealNonceBytes + kSealTagBytes) return std::nullopt;
  const CipherContext cipher = begin(key, sealed.first(kSealNonceBytes), context, 0);
  const ByteView body = sealed.subspan(kSealNonceBytes);
  const ByteView hidden = body.first(body.size() - kSealTagBytes);
  Bytes tag(body.end() - kTagBytes, body.end());
  Bytes plain(hidden.size());
  int written = 0;
  invariant(
      EVP_CipherUpdate(cipher.get(), plain.data(), &written, hidden.data(), size_of(hidden)) == 1);
  invariant(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes, tag.data()) == 1);
  int rest = 0;
  if (EVP_CipherFinal_ex(cipher.get(), plain.data() + written, &rest) != 1) return std::nullopt;
  return plain;
}

}  // namespace tollhouse::crypto
