// l402: finds the credential of a request, wherever a client may have put it. Spec: l402.md 3.2 and
// 3.4.
#pragma once
#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/secret.h"
#include "http/authorization.h"
#include "macaroon/macaroon.h"

namespace tollhouse::l402 {

/// A macaroon that reads as canonical version 2, in memory of its own, and the preimage shown with
/// it. Nothing about it has been verified. No heap; about 4.6 KiB.
class Credential {
 public:
  Credential() {}  // NOLINT: the buffer stays as it is until a macaroon is written into it
  Credential(const Credential& other) { *this = other; }
  Credential& operator=(const Credential& other);

  const macaroon::View& macaroon() const { return macaroon_; }
  const Preimage& preimage() const { return preimage_; }

  /// Both from bytes at hand; false, and the credential unusable, where they are no canonical
  /// macaroon.
  bool assign(ByteView macaroon, const Preimage& preimage);
  /// `M:r`, blanks around it allowed; false where it is malformed.
  bool read_pair(std::string_view text);
  /// Hex of a macaroon that has a `preimage=` caveat; the last one counts.
  bool read_hex_macaroon(std::string_view text);

 private:
  bool read_macaroon(std::size_t size);

  std::array<std::uint8_t, macaroon::kMacaroonBytesMax> bytes_;
  macaroon::View macaroon_;
  Preimage preimage_;
};

/// Where a credential may stand: field values as they came, in order; none where the field was not
/// sent. `authorization` is split already, because other rails read it too; null is none.
struct Carriers {
  const http::CredentialList* authorization = nullptr;
  std::span<const std::string_view> x_l402;
  std::span<const std::string_view> grpc_metadata_macaroon;
  std::span<const std::string_view> macaroon;
  std::optional<std::string_view> meta;  ///< `_meta["tollhouse/l402"]`, unescaped
  /// Payment part of the composite header (identity.md 11); empty where it is a list.
  std::optional<std::string_view> composite;
};

enum class Presence : std::uint8_t {
  none,       ///< no L402 credential anywhere
  malformed,  ///< one is there and cannot be used
  ambiguous,  ///< two that contradict each other
  found,
};

/// Reads the first carrier that has a credential, in the order of `Carriers`. Equal credentials
/// count once. A credential for another payment in a later carrier makes it ambiguous; a malformed
/// one there changes nothing, but the composite header is equal to what stands elsewhere, byte for
/// byte, or ambiguous. A list of macaroons before the colon is malformed. `into` is usable
/// only where the answer is `found`.
Presence read_credential(const Carriers& carriers, Credential& into);

/// `L402 M:r`, as a client sends it and every server reads it.
std::string authorization_value(ByteView macaroon, const Preimage& preimage);
/// The same where the macaroon is at hand as the challenge spelled it.
std::string authorization_value(std::string_view macaroon_base64, const Preimage& preimage);

}  // namespace tollhouse::l402
