// receipt: why a receipt does not verify.
#pragma once
#include <cstdint>

#include "base/reason.h"

namespace tollhouse::receipt {

/// In the order of sessions-receipts.md 10, "Verification algorithm".
enum class Reason : std::uint8_t {
  malformed_envelope,
  unsupported_version,
  unknown_key,
  bad_algorithm,
  malformed_payload,
  malformed_signature,
  bad_signature,
  duplicate_member,
  version_mismatch,
  body_mismatch,
  arithmetic,
};

/// Tokens are API: rows are added, never renamed. Nothing cures a receipt.
inline constexpr ReasonRow<Reason> kReasons[] = {
    {Reason::malformed_envelope, "malformed_envelope", Cure::none, "This is no receipt."},
    {Reason::unsupported_version, "unsupported_version", Cure::none,
     "Receipts of this version are not known here."},
    {Reason::unknown_key, "unknown_key", Cure::none, "The key of this receipt is not at hand."},
    {Reason::bad_algorithm, "bad_algorithm", Cure::none,
     "The receipt names another algorithm than its key has."},
    {Reason::malformed_payload, "malformed_payload", Cure::none, "The payload cannot be read."},
    {Reason::malformed_signature, "malformed_signature", Cure::none,
     "The signature cannot be read."},
    {Reason::bad_signature, "bad_signature", Cure::none, "The signature does not fit the payload."},
    {Reason::duplicate_member, "duplicate_member", Cure::none,
     "The payload has two members of one name."},
    {Reason::version_mismatch, "version_mismatch", Cure::none,
     "Payload and envelope name different versions."},
    {Reason::body_mismatch, "body_mismatch", Cure::none, "The body is not what was signed."},
    {Reason::arithmetic, "arithmetic", Cure::none, "Net and fee do not add up to gross."},
};
static_assert(rows_in_enum_order(kReasons));

}  // namespace tollhouse::receipt
