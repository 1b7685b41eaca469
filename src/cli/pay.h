// cli: `pay`, one invoice.
#pragma once
#include <optional>
#include <string>

#include "cli/terminal.h"

namespace tollhouse::cli {

struct PayOptions {
  std::string invoice;
  std::optional<std::string> wallet;  ///< --wallet; else TOLLHOUSE_WALLET
  std::optional<std::string> gate;    ///< --gate: where the simulated wallet `sim` is asked
  bool json = false;
  bool dry_run = false;  ///< says what would be paid, pays nothing
};

/// Prints the preimage.
int run_pay(const PayOptions& options, Terminal& terminal);

}  // namespace tollhouse::cli
