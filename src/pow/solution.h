// pow: the solution as a request carries it: `X-PoW-Solution: challenge=<c>,nonce=<n>` and
// `_meta["tollhouse/pow"]` with the same text. Spec: R-POW-2, pow.md 1 and 2.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace tollhouse::pow {

/// Views into what was read. Nothing about them has been verified.
struct Solution {
  std::string_view challenge;
  /// One nonce, or as many as the challenge counts, with dots between them.
  std::string_view nonces;
};

/// Blanks around names, values and commas are skipped, the order does not matter, parameters with
/// other names are skipped. Nothing where one of the two is missing, empty or there twice, where a
/// part has no `=`, and for what is longer than kSolutionCharactersMax. Allocates nothing.
std::optional<Solution> read_solution(std::string_view text);

/// `challenge=<c>,nonce=<n>`.
std::string solution_value(const Solution& solution);

}  // namespace tollhouse::pow
