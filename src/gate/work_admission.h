// gate: work shown for a call: found, verified, used once. Spec: pow.md 3, R-POW-2 to 4.
#pragma once
#include <optional>
#include <string>

#include "gate/call.h"
#include "gate/worker.h"
#include "pow/challenge.h"
#include "pow/reason.h"

namespace tollhouse::gate {

/// Judges the work shown. On nothing it is good and `call.work` is set; nothing is used yet.
/// Refusals: pow_required where none is shown, those of pow/reason.h, conflicting_credentials.
std::optional<Refusal> judge_work(Worker& worker, Call& call);

/// Uses the work that was judged, last of all, and takes its client's share of the calls by work.
/// Refusals: rate_limited, pow_replay, overloaded.
std::optional<Refusal> use_work(Worker& worker, Call& call);

/// A call by a credential that was worked for counts as one by work (R-POW-14). Refusal:
/// rate_limited.
std::optional<Refusal> count_worked_call(Worker& worker, Call& call);

/// The call goes on, and whatever was paid beside the work is good: the controller sees a solution.
void accept_work(Worker& worker, Call& call);

/// The call did not go on: its work is as it was, and nothing of what it counted for counts.
void give_back_work(Worker& worker, Call& call);

/// The client class as challenges are bound to it: `ip:<address>/<prefix>` (pow.md 2).
std::string client_of_work(std::string_view client_class);
/// Whether work alone opens calls on these terms.
constexpr bool opened_by_work(const Terms& terms) { return terms.work && !terms.work->with_price; }
/// What a row asks at least, whatever the controller says meanwhile (R-POW-12).
constexpr std::uint8_t least_bits(const WorkTerms& terms, const WorkSettings& settings) {
  return terms.automatic ? settings.bits_min : terms.bits;
}

struct WorkOffer {
  std::optional<pow::Issued> issued;  ///< nothing where the row takes no work
  std::optional<Duration> wait;       ///< its client has asked too often
  std::uint32_t calls = 1;            ///< that `/mcp/pow/verify` gives for it
};
/// A fresh challenge for this call.
WorkOffer offer_work(Worker& worker, Call& call);
/// 429 for a client that asks too often, where nothing else opens the call.
Refusal asked_too_often(Worker& worker, Duration wait);

/// How a reason is counted.
WorkResult result_of(pow::Reason reason);
/// Whether the controller has a say in what a row asks.
bool adapts(const WorkTerms& terms, const WorkSettings& settings);

}  // namespace tollhouse::gate
