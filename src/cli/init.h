// cli: `init`, a commented configuration and a fresh root key beside it.
#pragma once
#include <optional>
#include <string>

#include "base/random.h"
#include "cli/terminal.h"

namespace tollhouse::cli {

struct InitOptions {
  std::string file = "tollhouse.yaml";
  std::optional<std::string> upstream;  ///< --upstream URL
  std::optional<std::string> profile;   ///< --profile NAME; docs/profiles.md
  bool json = false;
};

/// Writes FILE and FILE's name with `.secret` (mode 0600). Never overwrites either.
int run_init(const InitOptions& options, Terminal& terminal);

}  // namespace tollhouse::cli
