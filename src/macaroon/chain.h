// macaroon: the HMAC chain. Checks it, mints along it and lengthens it. Spec: l402.md 4.1.
#pragma once
#include <optional>

#include "base/secret.h"
#include "crypto/sha256.h"
#include "macaroon/macaroon.h"

namespace tollhouse::macaroon {

/// The chain's first key, `derive(root)`: whoever has it can mint.
using ChainKey = Secret32<struct ChainKeyTag>;

/// derive(root) = HMAC("macaroons-key-generator", root). Keeps the two inner states of its constant
/// key, so that a derivation costs two SHA-256 blocks for roots of up to 55 bytes.
class KeyGenerator {
 public:
  KeyGenerator();
  /// `root` may have any length; L402 uses 32 bytes.
  ChainKey derive(ByteView root) const;

 private:
  crypto::HmacKey key_;
};

/// Goes along the chain and compares the signature in constant time. No heap.
///
/// Cost in SHA-256 blocks: per step of m message bytes 3 + ceil((m + 9) / 64), rounded up.
/// Errors, the first that applies: unsupported (a third-party caveat), bad_signature.
Result<void, Reason> verify(const View& macaroon, const ChainKey& key);

/// Mints: each caveat narrows what the token opens.
class Minter {
 public:
  /// `location` may be empty; it is then left out.
  Minter(const ChainKey& key, std::string_view location, ByteView identifier);
  /// Appends a first-party caveat. False, and nothing appended, where a limit would be passed.
  bool add(std::string_view caveat);
  /// The binary macaroon; nothing where location or identifier were too long.
  std::optional<Bytes> finish() const;

 private:
  Bytes bytes_;  ///< header and caveat sections, without the end of the list
  Digest signature_;
  std::size_t caveats_ = 0;
};

/// Attenuation, which any holder can do: the same token with one caveat more.
/// Nothing where a limit would be passed.
std::optional<Bytes> attenuate(const View& macaroon, std::string_view caveat);

}  // namespace tollhouse::macaroon
