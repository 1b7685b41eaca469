// tests/process: what a payment is still good for when its proof has ended, the same on each rail.
#pragma once

#include <string>

#include "process/gate_process.h"

namespace tollhouse::test {

/// Sends it until it is refused with this code: no clock of the test says when a proof ends.
HttpAnswer refused_at_last(const GateProcess& gate, const HttpRequest& request,
                           const std::string& code);

/// A use of what `own` shows was given back, and its proof has ended: its own caller's own request
/// takes it, once, and whatever else shows it gets 402 and this code. The answer to `own`.
HttpAnswer taken_by_its_caller_alone(const GateProcess& gate, const HttpRequest& own,
                                     const std::string& tool, const std::string& code);

}  // namespace tollhouse::test
