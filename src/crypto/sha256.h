// crypto: SHA-256 and HMAC-SHA-256 (FIPS 180-4, RFC 2104). One file reaches below OpenSSL's EVP for
// midstates, because chained HMACs have a new key each step; EVP is the oracle in tests.
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

#include "base/bytes.h"

namespace tollhouse::crypto {

Digest sha256(ByteView message);

/// SHA-256 over parts that arrive one after the other. Copyable: a copy is a midstate.
class Sha256 {
 public:
  Sha256();
  Sha256& update(ByteView part);
  Digest finish();  ///< once

 private:
  alignas(8) std::array<std::uint8_t, 112> state_;  ///< SHA256_CTX, kept out of this header
};

/// An HMAC key as its two inner states: a message of up to 55 bytes costs two blocks, not four.
class HmacKey {
 public:
  explicit HmacKey(ByteView key);
  ~HmacKey();
  HmacKey(const HmacKey&) = default;
  HmacKey& operator=(const HmacKey&) = default;

  Digest mac(ByteView message) const;
  /// The same over parts in order, without joining them.
  Digest mac(std::span<const ByteView> parts) const;

 private:
  std::array<std::uint32_t, 8> inner_;  ///< chaining values behind the padded key
  std::array<std::uint32_t, 8> outer_;
};

/// For a key that is used once, as in a chain: nothing is kept.
Digest hmac_sha256(ByteView key, ByteView message);

/// Equal length and bytes, in time that depends on the length only.
bool equal(ByteView a, ByteView b);

/// HKDF-SHA-256 (RFC 5869) with empty salt, 32 bytes out: one secret, one purpose per `info`.
std::array<std::uint8_t, 32> hkdf_sha256(ByteView secret, std::string_view info);

}  // namespace tollhouse::crypto
