// pow: the solution header.
#include "pow/solution.h"

#include "http/characters.h"
#include "pow/limits.h"

namespace tollhouse::pow {
namespace {

/// Takes a value once; false where the name stands there again or the value is empty.
bool take(std::string_view& into, std::string_view value) {
  if (!into.empty() || value.empty()) return false;
  into = value;
  return true;
}

}  // namespace

std::optional<Solution> read_solution(std::string_view text) {
  if (text.size() > kSolutionCharactersMax) return std::nullopt;
  Solution solution;
  for (std::size_t parameters = 0; parameters < kSolutionParametersMax; ++parameters) {
    const std::size_t comma = text.find(',');
    const std::string_view part = text.substr(0, comma);
    const std::size_t equals = part.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    const std::string_view name = http::trimmed(part.substr(0, equals));
    const std::string_view value = http::trimmed(part.substr(equals + 1));
    if (http::equal_ignoring_case(name, "challenge") && !take(solution.challenge, value)) {
      return std::nullopt;
    }
    if (http::equal_ignoring_case(name, "nonce") && !take(solution.nonces, value)) {
      return std::nullopt;
    }
    if (comma == std::string_view::npos) {
      if (solution.challenge.empty() || solution.nonces.empty()) return std::nullopt;
      return solution;
    }
    text.remove_prefix(comma + 1);
  }
  return std::nullopt;
}

std::string solution_value(const Solution& solution) {
  std::string value("challenge=");
  return value.append(solution.challenge).append(",nonce=").append(solution.nonces);
}

}  // namespace tollhouse::pow
