// identity: why a composite header cannot be read. Whether its parts are good is for the rooms of
// their kinds.
#pragma once
#include <cstdint>

#include "base/reason.h"

namespace tollhouse::identity {

/// Length and characters are judged over all lines first; of the others the first one met counts.
/// Each stands as `detail` of a 400 whose code is invalid_request (identity.md 11).
enum class Reason : std::uint8_t {
  too_long,
  bad_character,
  empty,
  unknown_part,
  malformed_part,
  duplicate_part,
  malformed_identity,
  malformed_payment,
  too_many_macaroons,
};

/// Tokens are API: rows are added, never renamed.
inline constexpr ReasonRow<Reason> kReasons[] = {
    {Reason::too_long, "too_long", Cure::change_request, "The composite header is too long."},
    {Reason::bad_character, "bad_character", Cure::change_request,
     "The composite header has a character that is not visible ASCII or a blank."},
    {Reason::empty, "empty", Cure::change_request, "The composite header has no part."},
    {Reason::unknown_part, "unknown_part", Cure::change_request,
     "A part of the composite header is not understood here."},
    {Reason::malformed_part, "malformed_part", Cure::change_request,
     "A part of the composite header cannot be read."},
    {Reason::duplicate_part, "duplicate_part", Cure::change_request,
     "The composite header has two parts of one kind."},
    {Reason::malformed_identity, "malformed_identity", Cure::change_request,
     "The identity part is not a token of three parts."},
    {Reason::malformed_payment, "malformed_payment", Cure::change_request,
     "The payment part is not macaroons, a colon and a preimage."},
    {Reason::too_many_macaroons, "too_many_macaroons", Cure::change_request,
     "The payment part has too many macaroons."},
};
static_assert(rows_in_enum_order(kReasons));

}  // namespace tollhouse::identity
