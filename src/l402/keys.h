// l402: the ring of master keys. Root keys are derived, not stored: nothing is written until a
// token is used. Spec: l402.md 5.3.
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "crypto/sha256.h"
#include "macaroon/chain.h"

namespace tollhouse::l402 {

/// A master key is as strong as the MACs it stands for (R-L402-5: 32 bytes).
inline constexpr std::size_t kMasterKeyBytesMin = 32;

/// root = HMAC-SHA-256(master, "l402 root v0" || identifier). New tokens are minted with the key
/// added last; every key in the ring verifies. To retire one, build a ring without it. Immutable
/// while it is shared between threads.
class RootKeys {
 public:
  /// `number` is new to the ring and `master` has at least kMasterKeyBytesMin bytes; configuration
  /// has checked both.
  void add(std::uint8_t number, ByteView master);

  bool empty() const { return keys_.empty(); }
  bool knows(std::uint8_t number) const { return find(number) != nullptr; }
  /// Number of the key that mints; the ring is not empty.
  std::uint8_t newest() const;
  /// First key of the chain for a token with this identifier: derive(root). Where the ring does not
  /// know the number the newest key stands in, so that an unknown token takes as long as a forged
  /// one; the caller asks knows(). Five SHA-256 blocks for an identifier of 66 bytes.
  macaroon::ChainKey chain_key(std::uint8_t number, ByteView identifier) const;

  /// Numbers of the keys, the newest first.
  std::vector<std::uint8_t> numbers() const;
  /// One key for one other purpose, named by `label`, of each master: the newest first.
  std::vector<Digest> derived(std::string_view label) const;

 private:
  struct Entry {
    std::uint8_t number;
    crypto::HmacKey master;
  };
  const Entry* find(std::uint8_t number) const;

  std::vector<Entry> keys_;
  macaroon::KeyGenerator generator_;
};

}  // namespace tollhouse::l402
