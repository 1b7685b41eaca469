// gate: the gate's own reasons, and the one value every "no" becomes before it is written. The
// rules for status codes are surface.md 5, mcp-gateway.md 7.3 and l402.md 8.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/reason.h"
#include "gate/policy.h"
#include "http/reason.h"
#include "identity/reason.h"
#include "l402/reason.h"
#include "ledger/reason.h"
#include "mcp/reason.h"
#include "mpp/reason.h"
#include "pow/reason.h"
#include "x402/network.h"
#include "x402/reason.h"

namespace tollhouse::gate {

enum class Reason : std::uint8_t {
  timeout_header,
  timeout_body,
  origin,
  host,
  not_found,
  method_not_allowed,
  unknown_tool,
  payment_required,
  conflicting_credentials,
  invoice_not_paid,
  settlement_unknown,
  verifier_unavailable,
  ledger_unavailable,
  rails_unavailable,
  rate_limited,
  overloaded,
  draining,
  upstream_unreachable,
  upstream_timeout,
  upstream_protocol,
  upstream_busy,
  upstream_error,
  receipt_not_found,
  bad_request_state,
  task_not_found,
  pow_required,
  pow_replay,
};

inline constexpr ReasonRow<Reason> kReasons[] = {
    {Reason::timeout_header, "timeout_header", Cure::change_request,
     "The head of the request did not come in time."},
    {Reason::timeout_body, "timeout_body", Cure::change_request,
     "The body of the request did not come in time."},
    {Reason::origin, "origin", Cure::none, "This origin may not call the gate."},
    {Reason::host, "host", Cure::change_request, "The gate does not answer to this host name."},
    {Reason::not_found, "not_found", Cure::change_request, "Nothing is served at this path."},
    {Reason::method_not_allowed, "method_not_allowed", Cure::change_request,
     "This method is not served here."},
    {Reason::unknown_tool, "unknown_tool", Cure::change_request, "There is no such tool."},
    {Reason::payment_required, "payment_required", Cure::pay, "This call has to be paid for."},
    {Reason::conflicting_credentials, "conflicting_credentials", Cure::change_request,
     "Two credentials contradict each other; show one."},
    {Reason::invoice_not_paid, "invoice_not_paid", Cure::pay, "The invoice is not paid."},
    {Reason::settlement_unknown, "settlement_unknown", Cure::wait,
     "Whether the invoice is paid cannot be learnt now; nothing was spent."},
    {Reason::verifier_unavailable, "verifier_unavailable", Cure::wait,
     "Who issued this credential cannot be asked now; nothing was spent."},
    {Reason::ledger_unavailable, "ledger_unavailable", Cure::wait,
     "The books cannot be written now; nothing was spent."},
    {Reason::rails_unavailable, "rails_unavailable", Cure::wait,
     "No way to pay can be offered now."},
    {Reason::rate_limited, "rate_limited", Cure::wait, "Too many requests; wait and try again."},
    {Reason::overloaded, "overloaded", Cure::wait, "The gate is overloaded; nothing was spent."},
    {Reason::draining, "draining", Cure::wait, "The gate is about to stop; try again."},
    {Reason::upstream_unreachable, "upstream_unreachable", Cure::wait,
     "The server behind the gate cannot be reached, or ends the connection without an answer."},
    {Reason::upstream_timeout, "upstream_timeout", Cure::wait,
     "The server behind the gate did not answer in time."},
    {Reason::upstream_protocol, "upstream_protocol", Cure::wait,
     "The server behind the gate gave an answer that is not HTTP as it should be."},
    {Reason::upstream_busy, "upstream_busy", Cure::wait, "The server behind the gate is busy."},
    {Reason::upstream_error, "upstream_error", Cure::change_request,
     "The server behind the gate refused the call."},
    {Reason::receipt_not_found, "receipt_not_found", Cure::none,
     "There is no receipt for this request and credential."},
    {Reason::bad_request_state, "bad_request_state", Cure::change_request,
     "The requestState is not of this call and caller, or is too old; begin the call anew."},
    {Reason::task_not_found, "task_not_found", Cure::change_request, "There is no such task."},
    {Reason::pow_required, "pow_required", Cure::work, "This call has to be worked for."},
    {Reason::pow_replay, "pow_replay", Cure::work, "This work has been used."},
};
static_assert(rows_in_enum_order(kReasons));

/// Whether a refusal comes with a fresh challenge (an invoice to pay).
enum class Offer : std::uint8_t {
  none,
  fresh,
  same,  ///< the one that is being paid
};

/// A "no" on its way out. `room` and `token` are stable names from the rooms' tables; `sentence`
/// is public. Views point into static tables.
struct Refusal {
  int status = 400;
  int json_rpc_code = 0;  ///< code of the JSON-RPC error on the MCP path
  std::string_view room;
  std::string_view token;  ///< `code` in bodies
  std::string_view error;  ///< `error` in bodies: the seed's words where it has some
  std::string_view sentence;
  Cure cure = Cure::none;
  Offer offer = Offer::none;
  std::optional<Duration> retry_after;
  bool close = false;  ///< the connection ends after this answer
  /// Payment's and patience's own refusals, which surfaces `result` and `error` say inside a 200
  /// (mcp-gateway.md 7.3).
  bool in_band = false;
  std::string detail;      ///< finer words, safe to show; empty mostly
  std::string_view finer;  ///< finer token, `detail` in bodies; empty mostly
  /// As clients of the Payment scheme have it; nothing where another rail was shown.
  std::optional<mpp::Problem> problem = std::nullopt;
};

Refusal refusal_of(Reason reason);
/// Framing refusals close the connection (RS-5).

Refusal refusal_of(const http::Refusal& refusal);
Refusal refusal_of(mcp::Reason reason);
/// By l402.md 8: `failure_status`, 402 for expired, 403 for what a new payment would not cure.
Refusal refusal_of(l402::Reason reason, const L402Settings& settings, const Route& route);
/// 400 `invalid_request`, what is wrong as `detail` (identity.md 11).
Refusal refusal_of(identity::Reason reason);
/// 402 with a fresh challenge, never 401 (R-POW-13).
Refusal refusal_of(pow::Reason reason);
/// 402 with a fresh challenge whatever was wrong (R-X402-7); 431 and 503 without.
Refusal refusal_of(x402::Reason reason);
/// 402 with a fresh challenge (mpp.md 4); 400 without for what is not offered here.
Refusal refusal_of(mpp::Reason reason);
/// `replay` is 409 with a fresh challenge (or `replay_status`), a call that runs 409 without one.
Refusal refusal_of(ledger::Reason reason, const L402Settings& settings);
/// Of a payment by x402 the first two are 402 in the profile's own words (R-X402-7).
Refusal refusal_of(ledger::Reason reason, x402::Profile profile);
/// Of one by the Payment scheme they are its invalid-challenge (mpp.md 4, check 8).
Refusal refusal_of_payment(ledger::Reason reason);

/// As it is said inside a 200: what a new payment would cure is a missing payment there, whatever
/// was wrong with the earlier one.
Refusal said_in_band(Refusal refusal);

}  // namespace tollhouse::gate
