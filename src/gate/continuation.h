// gate: calls that take more than one request. An answer that asks back (`input_required`) or names
// a task is no answer yet: nothing is charged, what was paid stays reserved, and a later request of
// the same principal goes on from there. Spec: mcp-gateway.md 1.5, 6.6.
#pragma once
#include <optional>
#include <string>

#include "gate/call.h"
#include "gate/worker.h"
#include "mcp/result.h"

namespace tollhouse::gate {

/// A task that does not say how long it lives, and the longest life that is believed.
inline constexpr Duration kTaskLife = std::chrono::hours(1);
inline constexpr Duration kTaskLifeMax = std::chrono::hours(24);

/// What the call's `requestState` brings. Admitted: what an earlier round paid is taken up. Neither
/// admitted nor refused: its credential decides.
struct RoundTaken {
  bool admitted = false;
  std::optional<Refusal> refusal = {};
};
RoundTaken take_up_round(Worker& worker, Call& call);

/// For `tasks/…`: takes up what the call that began the task has paid, where that waits for its
/// end. Another principal's task is refused as one that does not exist.
std::optional<Refusal> take_up_task(Worker& worker, Call& call);

/// Whether this answer leaves the call open. False for calls that hold nothing.
bool leaves_open(const Call& call, const mcp::Outcome& outcome);

/// Keeps what the call holds for its next request; from then on it holds nothing. The state is to
/// be put into the answer where there is one. Nothing where it cannot be kept: settle it.
struct LeftOpen {
  std::string request_state;
};
std::optional<LeftOpen> leave_open(Worker& worker, Call& call, const mcp::Outcome& outcome);

/// A legacy stream whose events have ids may be left and resumed by GET: from now on the result is
/// settled by whichever stream it comes on. Nothing happens where that cannot be.
void wait_on_any_stream(Worker& worker, Call& call);
/// The result has come on the call's own stream. False: another stream has it.
bool take_back(Worker& worker, Call& call);
/// A response with this id has come on a resumed stream. True where a call of the same session
/// waits for it: `call` has it now.
bool take_up_on_stream(Worker& worker, Call& call, std::string_view id);

/// At the end of a request that took something up: a task waits on, all else is over.
void end_continuation(Worker& worker, Call& call);

}  // namespace tollhouse::gate
