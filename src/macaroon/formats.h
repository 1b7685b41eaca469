// macaroon: the forms a client or `inspect` meets beside strict version 2: version 1 packets, and
// telling forms apart. Not on the gate's path. Spec: l402.md 4.4 to 4.6. JSON is in l402/ (it needs
// the json room).
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "macaroon/macaroon.h"

namespace tollhouse::macaroon {

/// A macaroon that owns its parts, whatever it was read from. Same chain in every form.
struct Owned {
  struct Caveat {
    Bytes identifier;
    Bytes verification_id;  ///< empty: first party
    std::string location;
    bool operator==(const Caveat&) const = default;
  };
  std::string location;
  Bytes identifier;
  std::vector<Caveat> caveats;
  Digest signature;
  bool operator==(const Owned&) const = default;
};

Owned owned(const View& macaroon);

/// Reads version 1 packets; strict: lower-case hex sizes, packets in order, nothing behind.
/// Errors: too_large (the room's limits), malformed.
Result<Owned, Reason> read_v1(ByteView bytes);
/// Nothing where a packet would pass 0xffff bytes.
std::optional<Bytes> write_v1(const Owned& macaroon);
/// Canonical version 2; what read_v2 accepts, unless it passes that reader's limits.
Bytes write_v2(const Owned& macaroon);

enum class Form : std::uint8_t { unknown, version1, version2, json };

/// By the first byte (l402.md 4.6).
Form form_of(ByteView bytes);

/// The bytes behind base64 in any alphabet; libmacaroons wraps version 1 twice, so base64 inside
/// base64 is opened as well. Nothing where the text is no base64 or has no form we know.
std::optional<Bytes> unwrap(std::string_view base64_text);

/// Version 1 or 2 in bytes. JSON: l402/macaroon_json.h.
Result<Owned, Reason> read_binary(ByteView bytes);

}  // namespace tollhouse::macaroon
