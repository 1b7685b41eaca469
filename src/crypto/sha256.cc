// crypto: SHA-256 over OpenSSL's low-level functions. The only file that uses them: EVP cannot copy
// a midstate without a heap block, and one HMAC over a short message would cost more there than
// here.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "crypto/sha256.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>
#include <bit>
#include <new>

/// Leaves out the compiler's zero-filling of a local that its constructor or first use fills.
#define TOLLHOUSE_UNFILLED __attribute__((uninitialized))

namespace tollhouse::crypto {
namespace {

constexpr std::size_t kBlockBytes = 64;
constexpr std::uint8_t kInnerPad = 0x36;
constexpr std::uint8_t kOuterPad = 0x5c;

SHA256_CTX* context(std::array<std::uint8_t, 112>& state) {
  static_assert(sizeof(SHA256_CTX) == sizeof state && alignof(SHA256_CTX) <= 8);
  return std::launder(reinterpret_cast<SHA256_CTX*>(state.data()));
}

/// Overwrites and keeps the optimiser from dropping it, inline: OPENSSL_cleanse is a call, and a
/// chain of MACs would make some fifty of them.
inline void forget(void* at, std::size_t size) {
  std::memset(at, 0, size);
  __asm__ volatile("" : : "r"(at) : "memory");
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
    forget(context_.h, sizeof context_.h);
    forget(block_.data(), block_.size());
  }
  Compression(const Compression&) = delete;
  Compression& operator=(const Compression&) = delete;

  [[gnu::always_inline]] void add(ByteView part) {
    total_ += part.size();
    while (used_ == 0 && part.size() >= kBlockBytes) {
      SHA256_Transform(&context_, part.data());
      part = part.subspan(kBlockBytes);
    }
    while (!part.empty()) {
      const std::size_t taken = std::min(part.size(), kBlockBytes - used_);
      std::memcpy(block_.data() + used_, part.data(), taken);
      part = part.subspan(taken);
      used_ += taken;
      if (used_ == kBlockBytes) compress();
    }
  }
  [[gnu::always_inline]] Digest finish() {
    pad();
    return digest();
  }
  /// As add() and finish() behind one whole block: the outer hash of an HMAC, whose last block is
  /// the same but for the digest in it. Nothing may have been added since that block.
  [[gnu::always_inline]] Digest finish_outer(const Digest& inner) {
    constexpr std::size_t kBits = (kBlockBytes + Digest::kSize) * 8;
    static_assert(kBits >> 8 == 3 && (kBits & 0xff) == 0);
    std::memcpy(block_.data(), inner.bytes.data(), Digest::kSize);
    block_[Digest::kSize] = 0x80;
    block_[kBlockBytes - 2] = kBits >> 8;
    compress();
    return digest();
  }
  Chaining chaining() const {
    Chaining chaining;
    std::memcpy(chaining.data(), context_.h, sizeof context_.h);
    return chaining;
  }

 private:
  [[gnu::always_inline]] Digest digest() const {
    // Swapped as a whole and stored as a whole: what reads it next reads it in wide loads.
    TOLLHOUSE_UNFILLED Chaining words;
    for (std::size_t i = 0; i < 8; ++i) words[i] = big_endian(context_.h[i]);
    TOLLHOUSE_UNFILLED Digest digest;
    std::memcpy(digest.bytes.data(), words.data(), Digest::kSize);
    return digest;
  }
  static std::uint32_t big_endian(std::uint32_t word) {
    return std::endian::native == std::endian::little ? __builtin_bswap32(word) : word;
  }
  static void put(std::uint8_t* at, std::uint32_t word) {
    word = big_endian(word);
    std::memcpy(at, &word, sizeof word);
  }
  void compress() {
    SHA256_Transform(&context_, block_.data());
    block_ = {};
    used_ = 0;
  }
  [[gnu::always_inline]] void pad() {
    const std::uint64_t bits = total_ * 8;
    block_[used_++] = 0x80;
    if (used_ > kBlockBytes - 8) compress();
    put(block_.data() + kBlockBytes - 8, static_cast<std::uint32_t>(bits >> 32));
    put(block_.data() + kBlockBytes - 4, static_cast<std::uint32_t>(bits));
    compress();
  }

  SHA256_CTX context_;
  Block block_{};  ///< zeros behind what is used: padding of any length without a loop
  std::size_t used_ = 0;
  std::uint64_t total_;
};

/// RFC 2104 2: the key, hashed where it is longer than a block, filled with zeros to a block.
[[gnu::always_inline]] inline Block block_of(ByteView key) {
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
  TOLLHOUSE_UNFILLED Compression compression(kInitial, 0);
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
  TOLLHOUSE_UNFILLED Compression compression(kInitial, 0);
  compression.add(message);
  return compression.finish();
}

HmacKey::HmacKey(ByteView key) {
  Block block = block_of(key);
  fold(block, kInnerPad);
  inner_ = behind(block);
  fold(block, kInnerPad ^ kOuterPad);
  outer_ = behind(block);
  forget(block.data(), block.size());
}

HmacKey::~HmacKey() {
  forget(&inner_, sizeof inner_);
  forget(&outer_, sizeof outer_);
}

Digest HmacKey::mac(ByteView message) const { return mac(std::span<const ByteView>(&message, 1)); }

Digest HmacKey::mac(std::span<const ByteView> parts) const {
  TOLLHOUSE_UNFILLED Compression inner(inner_, kBlockBytes);
  for (const ByteView part : parts) inner.add(part);
  const Digest inner_digest = inner.finish();
  TOLLHOUSE_UNFILLED Compression outer(outer_, kBlockBytes);
  return outer.finish_outer(inner_digest);
}

namespace {

/// Leaves nothing of the key in `block`.
[[gnu::always_inline]] inline Digest hmac_of(Block& block, ByteView message) {
  fold(block, kInnerPad);
  TOLLHOUSE_UNFILLED Compression inner(kInitial, 0);
  inner.add(block);
  inner.add(message);
  const Digest inner_digest = inner.finish();
  fold(block, kInnerPad ^ kOuterPad);
  TOLLHOUSE_UNFILLED Compression outer(kInitial, 0);
  outer.add(block);
  forget(block.data(), block.size());
  return outer.finish_outer(inner_digest);
}

}  // namespace

// A chain of MACs has keys of this size only, and the compiler knows then where each byte goes.
Digest hmac_sha256(ByteView key, ByteView message) {
  if (key.size() == Digest::kSize) {
    Block block = block_of(key.first<Digest::kSize>());
    return hmac_of(block, message);
  }
  Block block = block_of(key);
  return hmac_of(block, message);
}

// Word by word with every difference kept; the barrier keeps the compiler from leaving early. As
// CRYPTO_memcmp, which goes byte by byte and would be a twelfth of an L402 verification.
bool equal(ByteView a, ByteView b) {
  if (a.size() != b.size()) return false;
  std::uint64_t difference = 0;
  std::size_t at = 0;
  for (; at + 8 <= a.size(); at += 8) {
    std::uint64_t left, right;
    std::memcpy(&left, a.data() + at, 8);
    std::memcpy(&right, b.data() + at, 8);
    difference |= left ^ right;
    __asm__ volatile("" : "+r"(difference));
  }
  for (; at < a.size(); ++at) {
    difference |= static_cast<std::uint64_t>(a[at] ^ b[at]);
    __asm__ volatile("" : "+r"(difference));
  }
  return difference == 0;
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
