// cli: what `serve` and `demo` share once a gate runs.
#pragma once
#include "cli/running_gate.h"
#include "cli/terminal.h"
#include "io/service_manager.h"

namespace tollhouse::cli {

/// Waits for SIGTERM or SIGINT, drains (a second signal cuts), and gives the exit code; SIGHUP
/// reloads. The service manager is told what happens. The signals are blocked (io::block_signals)
/// since before the gate started.
int wait_for_end(RunningGate& gate, const Terminal& terminal,
                 const io::ServiceManager& manager = {});

}  // namespace tollhouse::cli
