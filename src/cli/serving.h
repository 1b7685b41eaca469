// cli: what `serve` and `demo` share once a gate runs.
#pragma once
#include "cli/running_gate.h"
#include "cli/terminal.h"

namespace tollhouse::cli {

/// Waits for SIGTERM or SIGINT, drains (a second signal cuts), and gives the exit code. The signals
/// are blocked (io::block_signals) since before the gate started.
int wait_for_end(RunningGate& gate, const Terminal& terminal);

}  // namespace tollhouse::cli
