// macaroon: the strict reader of binary version 2.
#include "macaroon/macaroon.h"

#include <optional>

#include "macaroon/wire.h"

namespace tollhouse::macaroon {

Caveat View::caveat(std::size_t index) const {
  const CaveatFields& fields = caveats_[index];
  return {at(fields.identifier), at(fields.verification_id), text_of(at(fields.location))};
}

View View::moved_to(ByteView copy) const {
  View moved = *this;
  moved.bytes_ = copy;
  return moved;
}

/// Walks once over the bytes. Each step answers false at the first thing that is not canonical.
class ReaderV2 {
 public:
  explicit ReaderV2(ByteView bytes) : bytes_(bytes) { view_.bytes_ = bytes; }

  Result<View, Reason> read() {
    if (bytes_.size() > kMacaroonBytesMax) return refuse(Reason::too_large);
    if (!take(wire::kVersion2) || !header()) return refuse(Reason::malformed);
    while (!take(wire::kEnd)) {
      if (view_.caveat_count_ == kCaveatsMax) return refuse(Reason::too_large);
      if (!caveat()) return refuse(too_large_ ? Reason::too_large : Reason::malformed);
    }
    if (!signature()) return refuse(Reason::malformed);
    return view_;
  }

 private:
  bool header() {
    optional_field(wire::kLocation, view_.location_);
    return sound_ && field(wire::kIdentifier, view_.identifier_) && take(wire::kEnd);
  }

  bool caveat() {
    View::CaveatFields& fields = view_.caveats_[view_.caveat_count_];
    const bool has_location = optional_field(wire::kLocation, fields.location);
    if (!sound_ || !field(wire::kIdentifier, fields.identifier)) return false;
    if (fields.identifier.size > kCaveatBytesMax) too_large_ = true;
    const bool has_vid = optional_field(wire::kVerificationId, fields.verification_id);
    if (!sound_ || too_large_) return false;
    if (has_vid ? fields.verification_id.size == 0 : has_location) return false;
    ++view_.caveat_count_;
    return take(wire::kEnd);
  }

  bool signature() {
    View::Field signature;
    return field(wire::kSignature, signature) && signature.size == kSignatureBytes &&
           position_ == bytes_.size();
  }

  bool take(std::uint8_t expected) {
    if (position_ == bytes_.size() || bytes_[position_] != expected) return false;
    ++position_;
    return true;
  }

  /// True where the field is there; clears `sound_` where it is there and broken.
  bool optional_field(std::uint8_t type, View::Field& into) {
    if (position_ == bytes_.size() || bytes_[position_] != type) {
      into = {};
      return false;
    }
    sound_ = sound_ && field(type, into);
    return sound_;
  }

  bool field(std::uint8_t type, View::Field& into) {
    if (!take(type)) return false;
    const auto size = wire::read_varint(bytes_, position_);
    if (!size || *size > bytes_.size() - position_) return false;
    into = {static_cast<std::uint16_t>(position_), static_cast<std::uint16_t>(*size)};
    position_ += *size;
    return true;
  }

  ByteView bytes_;
  std::size_t position_ = 0;
  bool sound_ = true;
  bool too_large_ = false;
  View view_;
};

Result<View, Reason> read_v2(ByteView bytes) { return ReaderV2(bytes).read(); }

}  // namespace tollhouse::macaroon
