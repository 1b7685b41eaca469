// crypto: ECDSA over secp256k1 as BOLT 11 uses it: RFC 6979 nonces, low S when signing, recovery of
// the key. Everything is libsecp256k1; this room owns its context and gives its bytes types.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <optional>

#include "base/bytes.h"
#include "base/random.h"
#include "base/secret.h"

struct secp256k1_context_struct;

namespace tollhouse::crypto {

/// The secret key of a Lightning node: a scalar from 1 to n - 1, big-endian.
using NodeKey = Secret32<struct NodeKeyTag>;

/// A compressed point (SEC 1 2.3.3): 02 or 03, then x. Whether it is on the curve, ask `valid`.
struct PublicKey {
  std::array<std::uint8_t, 33> bytes{};

  static constexpr std::size_t kSize = 33;
  ByteView view() const { return bytes; }
  /// Takes exactly 33 bytes; the caller has checked the length.
  static PublicKey from(ByteView source) {
    PublicKey made;
    std::memcpy(made.bytes.data(), source.data(), kSize);
    return made;
  }
  friend bool operator==(const PublicKey&, const PublicKey&) = default;
};

/// R, then S, 32 bytes each, big-endian.
using Signature = std::array<std::uint8_t, 64>;

struct RecoverableSignature {
  Signature signature{};
  std::uint8_t recovery_id =
      0;  ///< 0 to 3: parity of the nonce point's y, plus 2 where its x was at least n
};

/// The curve's context, blinded once with `random`. Const functions may run in any thread at once.
class Secp256k1 {
 public:
  explicit Secp256k1(Random& random);

  /// True for 1 to n - 1.
  bool valid(const NodeKey& key) const;
  /// True for a point on the curve.
  bool valid(const PublicKey& key) const;
  /// `key` is valid.
  PublicKey public_key(const NodeKey& key) const;

  /// RFC 6979 nonce without grinding, S at most n / 2. `key` is valid.
  RecoverableSignature sign_recoverable(const Digest& digest, const NodeKey& key) const;
  /// The key that made this signature, high S or not. Nothing for a scalar out of range, an id
  /// above 3, or one that gives no point.
  std::optional<PublicKey> recover(const Digest& digest, const Signature& signature,
                                   std::uint8_t recovery_id) const;
  /// False for high S too: of two spellings of a signature only one verifies.
  bool verify(const Digest& digest, const Signature& signature, const PublicKey& key) const;

  /// R and S are both from 1 to n - 1.
  bool scalars_in_range(const Signature& signature) const;
  /// S is at most n / 2. The scalars are in range.
  bool has_low_s(const Signature& signature) const;

 private:
  struct Destroy {
    void operator()(secp256k1_context_struct* context) const;
  };
  std::unique_ptr<secp256k1_context_struct, Destroy> context_;
};

}  // namespace tollhouse::crypto
