// l402: version 2 JSON of macaroons, for the client and `inspect`; never on the wire of L402. It
// stands here because macaroon/ may not use json/. Spec: l402.md 4.5.
#pragma once
#include <string>
#include <string_view>

#include "macaroon/formats.h"

namespace tollhouse::l402 {

/// Reads `v` (2 or absent), `l`, `i`|`i64`, `c` with `i`|`i64`, `v`|`v64`, `l`, and `s`|`s64`.
/// Unknown members are skipped, one of both spellings must be there and not both. Errors: too_large
/// (macaroon limits, kMacaroonJsonMax), malformed.
Result<macaroon::Owned, macaroon::Reason> read_macaroon_json(std::string_view json);

/// As libmacaroons writes it: v, l (where there is one), i or i64, c, s64; text where it is UTF-8.
std::string write_macaroon_json(const macaroon::Owned& macaroon);

/// Any form: JSON text, binary version 1 or 2, or base64 of these in any alphabet.
Result<macaroon::Owned, macaroon::Reason> read_any_macaroon(std::string_view text);

}  // namespace tollhouse::l402
