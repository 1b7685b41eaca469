// cli: `solve`, proof of work by hand.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "cli/terminal.h"

namespace tollhouse::cli {

struct SolveOptions {
  std::string challenge;
  std::uint64_t difficulty = 0;
  std::string unit = "hex";   ///< hex digits of zeros, as seed 002 counts, or bits
  std::uint64_t threads = 0;  ///< 0: all processors
  std::uint64_t count = 1;    ///< sub-puzzles
  std::uint64_t bits_max = 32;
  std::optional<std::uint64_t> seconds_max;
  std::optional<std::string> project_key;  ///< LiveAuth: the project's public key
  bool json = false;
};

/// Prints `{"nonce": …, "solution": "<hash hex>"}`; of sub-puzzles both have dots between them. How
/// far it is goes to a terminal meanwhile. Above --max-bits or --max-seconds it ends with 5.
int run_solve(const SolveOptions& options, Terminal& terminal);

}  // namespace tollhouse::cli
