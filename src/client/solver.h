// client: work on all cores. What is looked for is pow/'s; here are threads, time and how far it
// is. Spec: pow.md 5, R-POW-17.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "pow/kernel.h"
#include "pow/puzzle.h"
#include "pow/search.h"

namespace tollhouse::client {

/// Sub-puzzles by what is hashed before their nonces; all must be solved.
struct Work {
  std::vector<std::string> prefixes;
  unsigned bits = 0;  ///< of each
  unsigned digits_max = pow::kNonceCharactersMax;

  static Work of(const pow::Puzzle& puzzle);
  /// LiveAuth's: `publicKey:challengeHex:`, a nonce that is a number to the server.
  static Work of_liveauth(const std::string& public_key, const std::string& challenge_hex,
                          unsigned bits);
  /// Hashes on average.
  double hashes() const;
};

struct SolverOptions {
  unsigned threads = 0;    ///< none: all processors; at most kSolverThreadsMax
  unsigned bits_max = 32;  ///< log2 of all work: a hostile server must not hang a caller
  std::optional<Duration> time_max;
};

struct SolverProgress {
  std::uint64_t hashes = 0;
  Duration passed{};
  unsigned solved = 0;  ///< sub-puzzles
  double chance = 0;    ///< that so many hashes are enough, 0 to 1
  Duration rest{};      ///< expected; what has been done does not shorten it (pow.md 4)
};

struct Solved {
  std::vector<pow::Found> found;  ///< one for each prefix
  std::uint64_t hashes = 0;
  Duration passed{};

  /// As a header has them: with dots between.
  std::string nonces() const;
};

enum class SolverTrouble : std::uint8_t {
  too_hard,     ///< above bits_max; nothing was tried
  out_of_time,  ///< time_max has passed
  exhausted,    ///< no nonce of the layout is a solution; does not happen below 36 bits
};

/// The quickest kernel of this machine, by a trial of some milliseconds each.
pow::Kernel fastest_kernel(const Clock& clock);

/// Blocks until all is solved. `watch` is called in this thread, ten times a second.
Result<Solved, SolverTrouble> solve(const Work& work, const SolverOptions& options,
                                    const Clock& clock,
                                    const std::function<void(const SolverProgress&)>& watch = {});

}  // namespace tollhouse::client
