// cli: `bench`, this machine's figures of work against its own limits (R-CLI-6).
#pragma once
#include <string>

#include "base/time.h"
#include "cli/terminal.h"

namespace tollhouse::cli {

struct BenchOptions {
  std::string what;  ///< solve or verify; gate is not in this build
  bool json = false;
  Duration each = std::chrono::milliseconds(500);  ///< for one figure; tests take less
};

/// `solve`: hashes a second of every kernel on one core, of the best on all, and of the library's
/// SHA-256 called hash by hash. `verify`: what a junk and a good solution cost a gate.
int run_bench(const BenchOptions& options, Terminal& terminal);

}  // namespace tollhouse::cli
