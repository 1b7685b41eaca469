// gate: the one function from a reason to what is said about it: status, code, words, challenge.
#include "gate/reasons.h"

#include "gate/challenge.h"

namespace tollhouse::gate {
namespace {

/// How long a caller is asked to wait where nothing better is known.
constexpr Duration kShortWait = std::chrono::seconds(1);
constexpr Duration kWalletWait = std::chrono::seconds(5);

template <class Row>
Refusal from_row(std::string_view room, const Row& row, int status) {
  Refusal refusal;
  refusal.status = status;
  refusal.json_rpc_code = status;
  refusal.room = room;
  refusal.token = row.token;
  refusal.error = row.token;
  refusal.sentence = row.said_to_caller;
  refusal.cure = row.cure;
  return refusal;
}

Refusal waiting(Refusal refusal, Duration wait) {
  refusal.retry_after = wait;
  return refusal;
}

Refusal in_band(Refusal refusal) {
  refusal.in_band = true;
  return refusal;
}

Refusal with_offer(Refusal refusal) {
  refusal.offer = Offer::fresh;
  refusal.in_band = true;
  if (refusal.status == 402) refusal.error = "payment_required";
  return refusal;
}

Refusal upstream_failure(Refusal refusal) {
  refusal.json_rpc_code = mcp::kInternalError;
  return refusal;
}

int status_of(Reason reason) {
  switch (reason) {
    case Reason::timeout_header:
    case Reason::timeout_body:
      return 408;
    case Reason::origin:
    case Reason::host:
      return 403;
    case Reason::not_found:
    case Reason::unknown_tool:
    case Reason::receipt_not_found:
    case Reason::task_not_found:
      return 404;
    case Reason::method_not_allowed:
      return 405;
    case Reason::payment_required:
    case Reason::invoice_not_paid:
    case Reason::pow_required:
      return 402;
    case Reason::pow_replay:
      return 409;
    case Reason::conflicting_credentials:
    case Reason::bad_request_state:
      return 400;
    case Reason::rate_limited:
      return 429;
    case Reason::upstream_unreachable:
    case Reason::upstream_error:
    case Reason::upstream_protocol:
      return 502;
    case Reason::upstream_timeout:
      return 504;
    case Reason::settlement_unknown:
    case Reason::verifier_unavailable:
    case Reason::ledger_unavailable:
    case Reason::rails_unavailable:
    case Reason::overloaded:
    case Reason::draining:
    case Reason::upstream_busy:
      return 503;
  }
  return 500;
}

}  // namespace

Refusal refusal_of(Reason reason) {
  Refusal refusal = from_row("gate", row_of(kReasons, reason), status_of(reason));
  switch (reason) {
    case Reason::timeout_header:
    case Reason::timeout_body:
      refusal.close = true;
      return refusal;
    case Reason::payment_required:
    case Reason::invoice_not_paid:
    case Reason::pow_required:
    case Reason::pow_replay:
      return with_offer(refusal);
    case Reason::settlement_unknown:
    case Reason::verifier_unavailable:
    case Reason::rails_unavailable:
      return waiting(refusal, kWalletWait);
    case Reason::ledger_unavailable:
    case Reason::overloaded:
    case Reason::draining:
      return waiting(refusal, kShortWait);
    case Reason::bad_request_state:
    case Reason::task_not_found:
      refusal.json_rpc_code = mcp::kInvalidParams;
      return refusal;
    case Reason::rate_limited:
      return in_band(waiting(refusal, kShortWait));
    case Reason::upstream_busy:
      return waiting(upstream_failure(refusal), kShortWait);
    case Reason::upstream_unreachable:
    case Reason::upstream_timeout:
    case Reason::upstream_protocol:
      return upstream_failure(refusal);
    default:
      return refusal;
  }
}

Refusal refusal_of(const http::Refusal& refused) {
  Refusal refusal = from_row("http", row_of(http::kReasons, refused.reason), refused.status);
  refusal.json_rpc_code = mcp::kInvalidRequest;
  refusal.close = true;
  return refusal;
}

Refusal refusal_of(mcp::Reason reason) {
  const mcp::Placement placement = mcp::placement_of(reason);
  Refusal refusal = from_row("mcp", row_of(mcp::kReasons, reason), placement.http_status);
  refusal.json_rpc_code = placement.code;
  return refusal;
}

Refusal refusal_of(l402::Reason reason, const L402Settings& settings, const Route& route) {
  using l402::Reason;
  const auto& row = row_of(l402::kReasons, l402::said_reason(reason));
  switch (reason) {
    case Reason::expired:
    case Reason::token_epoch:
      return with_offer(from_row("l402", row, 402));
    case Reason::caveat_widened:
    case Reason::unknown_caveat:
    case Reason::malformed_caveat:
    case Reason::wrong_service:
    case Reason::not_permitted:
    case Reason::request_mismatch:
      return in_band(from_row("l402", row, 403));
    default:
      break;
  }
  // `auto`: 401 as the seed says, but 402 where OAuth clients would take a 401 for a login.
  const int status = settings.failure_status.value_or(route.accepts_bearer ? 402 : 401);
  Refusal refusal = with_offer(from_row("l402", row, status));
  if (status == 401) refusal.error = "invalid l402 token";
  return refusal;
}

Refusal refusal_of(identity::Reason reason) {
  const auto& row = row_of(identity::kReasons, reason);
  Refusal refusal = from_row("identity", row, 400);
  refusal.json_rpc_code = mcp::kInvalidRequest;
  refusal.token = "invalid_request";
  refusal.error = refusal.token;
  refusal.finer = row.token;
  return refusal;
}

Refusal refusal_of(pow::Reason reason) {
  return with_offer(from_row("pow", row_of(pow::kReasons, reason), 402));
}

Refusal refusal_of(x402::Reason reason) {
  using x402::Reason;
  const auto& row = row_of(x402::kReasons, reason);
  switch (reason) {
    case Reason::payload_too_large:
      return from_row("x402", row, 431);
    case Reason::lnbits_unreachable:
      return waiting(from_row("x402", row, 503), kWalletWait);
    case Reason::invoice_in_flight: {
      Refusal refusal = waiting(with_offer(from_row("x402", row, 402)), kInFlightWait);
      refusal.offer = Offer::same;
      return refusal;
    }
    default:
      return with_offer(from_row("x402", row, 402));
  }
}

Refusal refusal_of(mpp::Reason reason) {
  const mpp::Problem problem = mpp::problem_of(reason);
  Refusal refusal = from_row("mpp", row_of(mpp::kReasons, reason), problem.status);
  refusal.problem = problem;
  return problem.status == 402 ? with_offer(refusal) : in_band(refusal);
}

Refusal refusal_of(ledger::Reason reason, const L402Settings& settings) {
  using ledger::Reason;
  const auto& row = row_of(ledger::kReasons, reason);
  switch (reason) {
    case Reason::replay:
    case Reason::uses_spent:
      return with_offer(from_row("ledger", row, settings.replay_status));
    case Reason::expired:
      return with_offer(from_row("ledger", row, 402));
    case Reason::call_in_progress:
      return in_band(waiting(from_row("ledger", row, 409), kShortWait));
    case Reason::ledger_unavailable:
    case Reason::overloaded:
      return waiting(from_row("ledger", row, 503), kShortWait);
  }
  return refusal_of(gate::Reason::overloaded);
}

Refusal refusal_of(ledger::Reason reason, x402::Profile profile) {
  switch (reason) {
    case ledger::Reason::replay:
    case ledger::Reason::uses_spent:
    case ledger::Reason::expired:
      return refusal_of(profile == x402::Profile::bip122 ? x402::Reason::replay_detected
                                                         : x402::Reason::duplicate_settlement);
    default:
      return refusal_of(reason, L402Settings());
  }
}

Refusal refusal_of_payment(ledger::Reason reason) {
  switch (reason) {
    case ledger::Reason::replay:
    case ledger::Reason::uses_spent:
    case ledger::Reason::expired:
      return refusal_of(mpp::Reason::invalid_challenge);
    default:
      return refusal_of(reason, L402Settings());
  }
}

Refusal said_in_band(Refusal refusal) {
  if (refusal.offer != Offer::none) {
    refusal.json_rpc_code = 402;
    refusal.error = "payment_required";
  }
  refusal.status = 200;
  return refusal;
}

}  // namespace tollhouse::gate
