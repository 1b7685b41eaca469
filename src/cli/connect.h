// cli: `connect`, an MCP server on standard input and output for desktop clients, which pays the
// far gate within its budget.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "cli/terminal.h"

namespace tollhouse::cli {

struct ConnectOptions {
  std::string url;
  std::uint64_t sats_max = 100;       ///< --max-sats, of one call
  std::uint64_t budget_sats = 1000;   ///< --budget, of all calls until it ends
  std::uint64_t bits_max = 32;        ///< --max-bits, log2 of the hashes of one call
  std::optional<std::string> wallet;  ///< --wallet; else TOLLHOUSE_WALLET, else chosen by itself
  bool verbose = false;               ///< -v: every exchange, secrets shortened
};

/// Ends with 0 when standard input ends or a signal comes; what is wrong before anything was asked
/// is told as by `call`.
int run_connect(const ConnectOptions& options, Terminal& terminal);

}  // namespace tollhouse::cli
