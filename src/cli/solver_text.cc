// cli: a solver's progress.
#include "cli/solver_text.h"

#include "base/format.h"

namespace tollhouse::cli {
namespace {

std::string rest_of(Duration rest) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(rest).count();
  if (seconds < 1) return "less than a second";
  if (seconds < 120) return fmt::format("some {} s", seconds);
  if (seconds < 7200) return fmt::format("some {} minutes", seconds / 60);
  return fmt::format("some {} hours", seconds / 3600);
}

}  // namespace

std::string solver_text(const client::SolverProgress& progress, std::size_t count) {
  const double seconds = std::chrono::duration<double>(progress.passed).count();
  const double rate = seconds > 0 ? static_cast<double>(progress.hashes) / seconds / 1e6 : 0;
  std::string text = fmt::format("{:.0f} MH/s, done by now with {:.0f} %, {} to go", rate,
                                 progress.chance * 100, rest_of(progress.rest));
  if (count > 1) text += fmt::format(", {} of {} solved", progress.solved, count);
  return text;
}

}  // namespace tollhouse::cli
