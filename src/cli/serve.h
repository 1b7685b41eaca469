// cli: `serve`, the gate itself.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "cli/terminal.h"

namespace tollhouse::cli {

struct ServeOptions {
  std::optional<std::string> config_file;  ///< -c
  std::vector<std::string> sets;           ///< --set key=value, in order
  std::optional<std::string> upstream;     ///< --upstream URL
  std::vector<std::string> command;        ///< after `--`; stdio servers are not in this build
};

/// Runs until SIGTERM or SIGINT has drained it. Exit codes of surface.md 1.
int run_serve(const ServeOptions& options, Terminal& terminal);

}  // namespace tollhouse::cli
