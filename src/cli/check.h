// cli: `check`, the configuration looked over without starting anything.
#pragma once
#include "cli/configuration.h"

namespace tollhouse::cli {

struct CheckOptions {
  ConfigurationOptions configuration;
  bool json = false;
};

int run_check(const CheckOptions& options, Terminal& terminal);

}  // namespace tollhouse::cli
