// mpp: why a credential is refused, and how the drafts say it. What the books say (spent, in use)
// and what the wallet says (not paid) are not here; a spent payment is said as invalid_challenge.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/reason.h"

namespace tollhouse::mpp {

/// In the order of checking (mpp.md 4). Up to invalid_challenge the credential may be anybody's;
/// from there on its challenge is one that this gate wrote.
enum class Reason : std::uint8_t {
  malformed_credential,
  invalid_challenge,
  method_unsupported,
  payment_expired,
  invalid_preimage,
  request_mismatch,
  payment_insufficient,
};

/// The tokens are the names of the drafts' problems (mpp.md 4), so two rows have one name. Tokens
/// are API: rows are added, never renamed.
inline constexpr ReasonRow<Reason> kReasons[] = {
    {Reason::malformed_credential, "malformed-credential", Cure::pay,
     "The Payment credential cannot be read."},
    {Reason::invalid_challenge, "invalid-challenge", Cure::pay,
     "The challenge was not issued here, was changed, or is spent."},
    {Reason::method_unsupported, "method-unsupported", Cure::change_request,
     "This payment method or intent is not offered here."},
    {Reason::payment_expired, "payment-expired", Cure::pay, "The challenge has expired."},
    {Reason::invalid_preimage, "verification-failed", Cure::pay,
     "The preimage does not fit the invoice."},
    {Reason::request_mismatch, "verification-failed", Cure::pay,
     "The payment is bound to another request."},
    {Reason::payment_insufficient, "payment-insufficient", Cure::pay,
     "The payment is less than the price."},
};
static_assert(rows_in_enum_order(kReasons));

/// How a demand or a refusal is said in a body (mpp.md 4; RFC 9457). Views of static text.
struct Problem {
  std::string_view name;   ///< `code` of the body, and the last part of `type`
  std::string_view title;  ///< for people
  int status = 402;        ///< HTTP
  std::string_view alias;  ///< the Lightning draft's name, as `lightning/NAME`; empty: it has none

  std::string type() const;        ///< `https://paymentauth.org/problems/NAME`
  std::string alias_type() const;  ///< the same of the alias; empty where there is none
};

/// Nothing was paid yet.
Problem payment_required();
Problem problem_of(Reason reason);
/// The preimage fits, and the wallet says that nobody paid (mpp.md 4, last line).
Problem payment_not_made();
/// Two credentials that contradict each other: malformed, but 400.
Problem conflicting_credentials();

/// Members of the problem (`type`, `title`, `status`, `detail`, `challengeId`, `alias`) as one JSON
/// object; `alias`, and an empty challenge id, are left out where there is none.
std::string problem_json(const Problem& problem, std::string_view detail,
                         std::string_view challenge_id);

}  // namespace tollhouse::mpp
