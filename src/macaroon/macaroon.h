// macaroon: reads a binary version 2 macaroon, strictly: one token has one spelling, so its bytes
// can be a key. No heap; the result looks into the caller's bytes. Spec: l402.md 4.2 and 4.3.
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "base/reason.h"
#include "base/result.h"
#include "macaroon/limits.h"

namespace tollhouse::macaroon {

/// Why a macaroon is refused, in the order of checking.
enum class Reason : std::uint8_t { too_large, malformed, unsupported, bad_signature };

/// Tokens are API: rows are added, never renamed.
inline constexpr ReasonRow<Reason> kReasons[] = {
    {Reason::too_large, "too_large", Cure::change_request, "The token is too large."},
    {Reason::malformed, "malformed", Cure::change_request, "The token cannot be read."},
    {Reason::unsupported, "unsupported", Cure::pay, "Third-party caveats are not supported."},
    {Reason::bad_signature, "bad_signature", Cure::pay, "This credential was not issued here."},
};
static_assert(rows_in_enum_order(kReasons));

/// One caveat. Third party exactly when it has a verification id; only then it may have a location.
struct Caveat {
  ByteView identifier;
  ByteView verification_id;
  std::string_view location;

  bool third_party() const { return !verification_id.empty(); }
};

/// A macaroon inside bytes that somebody else keeps alive. Copies look into the same bytes.
class View {
 public:
  View() = default;

  ByteView bytes() const { return bytes_; }
  ByteView identifier() const { return at(identifier_); }
  /// Outside the signature: nothing may be decided from it.
  std::string_view location() const { return text_of(at(location_)); }
  std::size_t caveat_count() const { return caveat_count_; }
  Caveat caveat(std::size_t index) const;
  /// 32 bytes.
  ByteView signature() const { return bytes_.last(kSignatureBytes); }

  /// The same macaroon where its bytes have been copied to; `copy` has the same content.
  View moved_to(ByteView copy) const;

 private:
  /// Offsets, not pointers: small to clear on each call, and right after a move of the bytes.
  struct Field {
    std::uint16_t offset = 0;
    std::uint16_t size = 0;
  };
  struct CaveatFields {
    Field identifier;
    Field verification_id;
    Field location;
  };
  friend class ReaderV2;

  ByteView at(Field field) const { return bytes_.subspan(field.offset, field.size); }

  ByteView bytes_;
  Field location_;
  Field identifier_;
  std::size_t caveat_count_ = 0;
  std::array<CaveatFields, kCaveatsMax> caveats_;
};

/// Accepts the canonical encoding only: shortest varints, fields in order and once, no empty
/// verification id, no location in a first-party caveat, nothing after the signature.
///
/// Errors: too_large (kMacaroonBytesMax, kCaveatsMax, kCaveatBytesMax), malformed.
/// Not here: any meaning of identifier or caveats, and the signature (chain.h).
Result<View, Reason> read_v2(ByteView bytes);

}  // namespace tollhouse::macaroon
