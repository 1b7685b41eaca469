// cli: `demo`, one process that shows a paid call from both sides.
#pragma once
#include <cstdint>
#include <optional>

#include "cli/terminal.h"

namespace tollhouse::cli {

struct DemoOptions {
  std::optional<std::uint16_t> port;  ///< --port; absent: 8402, 0: any free one
  bool once = false;                  ///< ends with 0 after the walk
  bool json = false;                  ///< one JSON line per step
};

int run_demo(const DemoOptions& options, Terminal& terminal);

}  // namespace tollhouse::cli
