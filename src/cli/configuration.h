// cli: the configuration options that several subcommands share, and how a refused configuration
// is told.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "cli/terminal.h"
#include "config/load.h"

namespace tollhouse::cli {

/// -c and --set as given.
struct ConfigurationOptions {
  std::optional<std::string> file;
  std::vector<std::string> sets;
};

config::Request request_of(const ConfigurationOptions& options, const Terminal& terminal);

/// Warnings and all faults on standard error (with --json one object with `faults`); the exit code.
int tell(const config::Rejection& rejection, const Terminal& terminal);
void tell_warnings(const std::vector<std::string>& warnings, const Terminal& terminal);

}  // namespace tollhouse::cli
