// cli: how the program ends (surface.md 1). One enum; scripts rely on the numbers.
#pragma once

namespace tollhouse::cli {

enum class Exit : int {
  done = 0,
  no = 1,              ///< the answer is no: refused, not valid, denied, a result with `isError`
  usage = 2,           ///< wrong usage, also a secret in `--set`
  configuration = 3,   ///< configuration invalid or its file missing
  unreachable = 4,     ///< something outside could not be reached
  own_limit = 5,       ///< stopped by the caller's own limit (price above `--max-sats`)
  cannot_start = 6,    ///< address in use, data directory locked, books of a newer schema
  books_damaged = 65,  ///< only a running `serve` (reliability-security.md 2.6)
  disk_error = 74,     ///< only a running `serve`
};

constexpr int exit_with(Exit code) { return static_cast<int>(code); }

}  // namespace tollhouse::cli
