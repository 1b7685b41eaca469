// cli: `rotate hmac|receipt`: a fresh key in the place of the present one, which goes on verifying.
#pragma once
#include <string>

#include "cli/configuration.h"

namespace tollhouse::cli {

struct RotateOptions {
  ConfigurationOptions configuration;
  std::string kind;  ///< hmac, receipt
  bool json = false;
};

int run_rotate(const RotateOptions& options, Terminal& terminal);

}  // namespace tollhouse::cli
