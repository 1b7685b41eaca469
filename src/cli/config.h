// cli: `config`, the effective configuration and where each value came from; secrets are `***`.
#pragma once
#include "cli/configuration.h"

namespace tollhouse::cli {

struct ConfigOptions {
  ConfigurationOptions configuration;
  bool json = false;
  bool schema = false;  ///< print the JSON Schema instead; reads no configuration
};

int run_config(const ConfigOptions& options, Terminal& terminal);

}  // namespace tollhouse::cli
