// gate: what an upstream's message, or the lack of one, means for the books and the metrics.
#pragma once
#include "gate/exchange.h"
#include "gate/metrics.h"
#include "ledger/charge.h"
#include "ledger/rules.h"
#include "mcp/result.h"

namespace tollhouse::gate {

struct Meaning {
  ledger::CallEnd end = ledger::CallEnd::error_answer;
  ledger::Outcome outcome = ledger::Outcome::failed;
  UpstreamResult metric = UpstreamResult::tool_error;
  bool final = true;  ///< the answer to the call, not something else on its stream
};

constexpr Meaning meaning_of(mcp::OutcomeKind kind) {
  switch (kind) {
    case mcp::OutcomeKind::result:
      return {ledger::CallEnd::result, ledger::Outcome::ok, UpstreamResult::ok};
    case mcp::OutcomeKind::tool_error:
      return {ledger::CallEnd::error_answer, ledger::Outcome::tool_error};
    case mcp::OutcomeKind::rpc_error:
      return {};
    // A question back or a task is no answer yet: the credential is given back and works for the
    // next round.
    case mcp::OutcomeKind::input_required:
    case mcp::OutcomeKind::task:
      return {};
    case mcp::OutcomeKind::other_message:
      return {.final = false};
    case mcp::OutcomeKind::unparsable:
      return {ledger::CallEnd::broken_answer, ledger::Outcome::failed, UpstreamResult::reset};
  }
  return {};
}

constexpr UpstreamResult metric_of(ExchangeFault fault) {
  switch (fault) {
    case ExchangeFault::timeout:
      return UpstreamResult::timeout;
    case ExchangeFault::unreachable:
    case ExchangeFault::connect_timeout:
    case ExchangeFault::busy:
      return UpstreamResult::connect;
    default:
      return UpstreamResult::reset;
  }
}

}  // namespace tollhouse::gate
