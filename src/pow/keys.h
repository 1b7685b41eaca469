// pow: the ring of keys that sign challenges and bind them. Spec: pow.md 2 and 3.
#pragma once
#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "crypto/sha256.h"

namespace tollhouse::pow {

/// A master key is as strong as the MACs it stands for.
inline constexpr std::size_t kMasterKeyBytesMin = 32;

/// Challenges are signed with the key added last; every key in the ring verifies. Immutable while
/// it is shared between threads.
class Keys {
 public:
  struct Pair {
    std::uint8_t number;
    crypto::HmacKey challenge;  ///< HKDF-SHA-256 of the master, info `pow-challenge-v1` and boot
    crypto::HmacKey binding;    ///< the same, info `pow-bind-v1`
  };

  /// `number` is new to the ring and `master` has at least kMasterKeyBytesMin bytes; configuration
  /// has checked both. `boot` is empty, or bytes of this start: then challenges die with the store
  /// of used ids (`rails.pow.rekey_on_boot`).
  void add(std::uint8_t number, ByteView master, ByteView boot = {});

  bool empty() const { return pairs_.empty(); }
  /// The ring is not empty.
  const Pair& newest() const;
  /// Null for a number that is not in the ring.
  const Pair* find(std::uint8_t number) const;

 private:
  std::vector<Pair> pairs_;
};

}  // namespace tollhouse::pow
