// crypto: SHA-256 over OpenSSL's low-level functions. The only file that uses them: EVP cannot copy
// a midstate without a heap block, and one HMAC over a short message would cost more there than
// here.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "crypto/sha256.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <new>

namespace tollhouse::crypto {
namespace {

constexpr std::size_t kBlockBytes = 64;
constexpr std::uint8_t kInnerPad = 0x36;
constexpr std::uint8_t kOuterPad = 0x5c;

SHA256_CTX* context(std::array<std::uint8_t, 112>& state) {
  static_assert(sizeof(SHA256_CTX) == sizeof state && alignof(SHA256_CTX) <= 8);
  return std::launder(reinterpret_cast<SHA256_CTX*>(state.data()));
}

using Block = std::array<std::uint8_t, kBlockBytes>;

/// RFC 2104 2: the key, hashed where it is longer than a block, filled with zeros to a block.
Block block_of(ByteView key) {
  Block block{};
  if (key.size() > kBlockBytes) {
    Digest hashed = sha256(key);
    std::memcpy(block.data(), hashed.bytes.data(), Digest::kSize);
    OPENSSL_cleanse(hashed.bytes.data(), hashed.bytes.size());
  } else if (!key.empty()) {
    std::memcpy(block.data(), key.data(), key.size());
  }
  return block;
}

void fold(Block& block, std::uint8_t pad) {
  for (std::uint8_t& byte : block) byte ^= pad;
}

}  // namespace

Sha256::Sha256() { SHA256_Init(::new (static_cast<void*>(state_.data())) SHA256_CTX); }

Sha256& Sha256::update(ByteView part) {
  SHA256_Update(context(state_), part.data(), part.size());
  return *this;
}

Digest Sha256::finish() {
  Digest digest;
  SHA256_Final(digest.bytes.data(), context(state_));
  return digest;
}

Digest sha256(ByteView message) { return Sha256().update(message).finish(); }

HmacKey::HmacKey(ByteView key) {
  Block block = block_of(key);
  fold(block, kInnerPad);
  inner_.update(block);
  fold(block, kInnerPad ^ kOuterPad);
  outer_.update(block);
  OPENSSL_cleanse(block.data(), block.size());
}

HmacKey::~HmacKey() {
  OPENSSL_cleanse(&inner_, sizeof inner_);
  OPENSSL_cleanse(&outer_, sizeof outer_);
}

Digest HmacKey::mac(ByteView message) const { return mac(std::span<const ByteView>(&message, 1)); }

// The copies below need no wiping: finishing overwrites the chaining value with the digest and
// clears the buffered block.
Digest HmacKey::mac(std::span<const ByteView> parts) const {
  Sha256 inner = inner_;
  for (const ByteView part : parts) inner.update(part);
  const Digest inner_digest = inner.finish();
  Sha256 outer = outer_;
  return outer.update(inner_digest.bytes).finish();
}

Digest hmac_sha256(ByteView key, ByteView message) { return HmacKey(key).mac(message); }

bool equal(ByteView a, ByteView b) {
  if (a.size() != b.size()) return false;
  return a.empty() || CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

// RFC 5869: extract with the zero salt, then the first and only block of the expansion.
std::array<std::uint8_t, 32> hkdf_sha256(ByteView secret, std::string_view info) {
  constexpr std::uint8_t kFirstBlock = 1;
  Digest extracted = hmac_sha256({}, secret);
  const std::array<ByteView, 2> parts{bytes_of(info), ByteView(&kFirstBlock, 1)};
  const std::array<std::uint8_t, 32> key = HmacKey(extracted.bytes).mac(parts).bytes;
  OPENSSL_cleanse(extracted.bytes.data(), extracted.bytes.size());
  return key;
}

}  // namespace tollhouse::crypto
