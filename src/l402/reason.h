// l402: why a credential is refused. What the books say (replay, call_in_progress) and what the
// wallet says (invoice_not_paid) are not here.
#pragma once
#include <cstdint>

#include "base/reason.h"

namespace tollhouse::l402 {

/// In the order of checking (l402.md 7, steps 1 to 9). Up to bad_signature the token may be
/// anybody's; from there on it is ours, and a new payment cures only token_epoch and expired.
enum class Reason : std::uint8_t {
  malformed,
  invalid_preimage,
  unknown_token,
  unsupported,
  bad_signature,
  token_epoch,
  caveat_widened,
  unknown_caveat,
  malformed_caveat,
  wrong_service,
  not_permitted,
  request_mismatch,
  expired,
};

/// Tokens are API: rows are added, never renamed. unknown_token and bad_signature have one
/// sentence, or a stranger could learn which keys are in use.
inline constexpr ReasonRow<Reason> kReasons[] = {
    {Reason::malformed, "malformed", Cure::pay, "The credential cannot be read."},
    {Reason::invalid_preimage, "invalid_preimage", Cure::pay,
     "The preimage does not fit the invoice."},
    {Reason::unknown_token, "unknown_token", Cure::pay, "This credential was not issued here."},
    {Reason::unsupported, "unsupported", Cure::pay, "Third-party caveats are not supported."},
    {Reason::bad_signature, "bad_signature", Cure::pay, "This credential was not issued here."},
    {Reason::token_epoch, "token_epoch", Cure::pay,
     "The credential was issued before the books were restored."},
    {Reason::caveat_widened, "caveat_widened", Cure::change_request,
     "A later caveat allows more than an earlier one."},
    {Reason::unknown_caveat, "unknown_caveat", Cure::change_request,
     "A caveat is not understood here."},
    {Reason::malformed_caveat, "malformed_caveat", Cure::change_request,
     "A caveat cannot be read."},
    {Reason::wrong_service, "wrong_service", Cure::none, "The credential is for another service."},
    {Reason::not_permitted, "not_permitted", Cure::none,
     "The credential does not cover this call."},
    {Reason::request_mismatch, "request_mismatch", Cure::change_request,
     "The credential is bound to another request or caller."},
    {Reason::expired, "expired", Cure::pay, "The credential has expired."},
};
static_assert(rows_in_enum_order(kReasons));

/// What a caller may be told: an unknown token looks like a bad signature. Logs and metrics keep
/// the reason itself (l402.md 13, item 13).
constexpr Reason said_reason(Reason reason) {
  return reason == Reason::unknown_token ? Reason::bad_signature : reason;
}

}  // namespace tollhouse::l402
