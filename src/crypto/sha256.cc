// crypto: SHA-256 over OpenSSL's low-level functions. The only file that uses them: EVP cannot copy
// a midstate without a heap block, and one HMAC over a short message would cost more there than
// here.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "crypto/sha256.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>
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
using Chaining = std::array<std::uint32_t, 8>;

/// FIPS 180-4 5.3.3.
constexpr Chaining kInitial = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                               0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

/// SHA-256 from a chaining value on, block by block, padding on the stack: for messages of a block
/// or two the bookkeeping of the general functions costs as much as the hash.
class Compression {
 public:
  /// `before`: bytes already in the chaining value, whole blocks.
  Compression(const Chaining& chaining, std::uint64_t before) : total_(before) {
    std::memcpy(context_.h, chaining.data(), sizeof context_.h);
  }
  ~Compression() {
    OPENSSL_cleanse(&context_, sizeof context_.h);
    OPENSSL_cleanse(block_.data(), block_.size());
  }
  Compression(const Compression&) = delete;
  Compression& operator=(const Compression&) = delete;

  void add(ByteView part) {
    total_ += part.size();
    while (!part.empty()) {
      const std::size_t taken = std::min(part.size(), kBlockBytes - used_);
      std::memcpy(block_.data() + used_, part.data(), taken);
      part = part.subspan(taken);
      used_ += taken;
      if (used_ == kBlockBytes) compress();
    }
  }
  Digest finish() {
    pad();
    Digest digest;
    for (std::size_t i = 0; i < 8; ++i) put(digest.bytes.data() + 4 * i, context_.h[i]);
    return digest;
  }
  Chaining chaining() const {
    Chaining chaining;
    std::memcpy(chaining.data(), context_.h, sizeof context_.h);
    return chaining;
  }

 private:
  static void put(std::uint8_t* at, std::uint32_t word) {
    for (std::size_t i = 0; i < 4; ++i) at[i] = static_cast<std::uint8_t>(word >> (24 - 8 * i));
  }
  void compress() {
    SHA256_Transform(&context_, block_.data());
    used_ = 0;
  }
  void pad() {
    const std::uint64_t bits = total_ * 8;
    block_[used_++] = 0x80;
    if (used_ > kBlockBytes - 8) {
      std::memset(block_.data() + used_, 0, kBlockBytes - used_);
      compress();
    }
    std::memset(block_.data() + used_, 0, kBlockBytes - 8 - used_);
    put(block_.data() + kBlockBytes - 8, static_cast<std::uint32_t>(bits >> 32));
    put(block_.data() + kBlockBytes - 4, static_cast<std::uint32_t>(bits));
    compress();
  }

  SHA256_CTX context_;
  Block block_;
  std::size_t used_ = 0;
  std::uint64_t total_;
};

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

Chaining behind(const Block& block) {
  Compression compression(kInitial, 0);
  compression.add(block);
  return compression.chaining();
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

Digest sha256(ByteView message) {
  Compression compression(kInitial, 0);
  compression.add(message);
  return compression.finish();
}

HmacKey::HmacKey(ByteView key) {
  Block block = block_of(key);
  fold(block, kInnerPad);
  inner_ = behind(block);
  fold(block, kInnerPad ^ kOuterPad);
  outer_ = behind(block);
  OPENSSL_cleanse(block.data(), block.size());
}

HmacKey::~HmacKey() {
  OPENSSL_cleanse(&inner_, sizeof inner_);
  OPENSSL_cleanse(&outer_, sizeof outer_);
}

Digest HmacKey::mac(ByteView message) const { return mac(std::span<const ByteView>(&message, 1)); }

Digest HmacKey::mac(std::span<const ByteView> parts) const {
  Compression inner(inner_, kBlockBytes);
  for (const ByteView part : parts) inner.add(part);
  const Digest inner_digest = inner.finish();
  Compression outer(outer_, kBlockBytes);
  outer.add(inner_digest.bytes);
  return outer.finish();
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
