// cli: `solve`.
#include "cli/solve.h"

#include "base/format.h"
#include "base/hex.h"
#include "cli/progress.h"
#include "cli/solver_text.h"
#include "client/solver.h"
#include "json/writer.h"

namespace tollhouse::cli {
namespace {

std::optional<client::Work> work_of(const SolveOptions& options) {
  if (options.unit != "hex" && options.unit != "bits") return std::nullopt;
  const pow::Unit unit = options.unit == "hex" ? pow::Unit::hex : pow::Unit::bits;
  const auto puzzle = pow::make_puzzle(options.challenge, static_cast<unsigned>(options.difficulty),
                                       unit, static_cast<unsigned>(options.count));
  if (!puzzle) return std::nullopt;
  if (!options.project_key) return client::Work::of(*puzzle);
  if (puzzle->count != 1) return std::nullopt;
  return client::Work::of_liveauth(*options.project_key, puzzle->challenge, puzzle->bits);
}

int fail(client::SolverTrouble trouble, const client::Work& work, const SolveOptions& options,
         const Terminal& terminal) {
  switch (trouble) {
    case client::SolverTrouble::too_hard:
      return terminal.fail(
          {Exit::own_limit, "too_hard",
           fmt::format("{} bits, {} times, are more than --max-bits {} allows", work.bits,
                       work.prefixes.size(), options.bits_max),
           options.unit == "hex" ? "is the difficulty in bits? then --unit bits" : "--max-bits"});
    case client::SolverTrouble::out_of_time:
      return terminal.fail({Exit::own_limit, "out_of_time", "not solved within --max-seconds",
                            "the same command again may"});
    case client::SolverTrouble::exhausted:
      break;
  }
  return terminal.fail({Exit::no, "exhausted", "no nonce that was tried is a solution", ""});
}

std::string solution_text(const client::Solved& solved) {
  std::string hashes;
  for (const pow::Found& found : solved.found) {
    if (!hashes.empty()) hashes += '.';
    append_hex(hashes, found.hash.view());
  }
  std::string text;
  json::Writer(text)
      .begin_object()
      .member("nonce", solved.nonces())
      .member("solution", hashes)
      .end_object();
  return text;
}

}  // namespace

int run_solve(const SolveOptions& options, Terminal& terminal) {
  const auto work = work_of(options);
  if (!work) {
    return terminal.fail({Exit::usage, "wrong_usage",
                          "solve wants a challenge of printable characters, a difficulty up to 64 "
                          "hex digits or 256 bits, and up to 64 sub-puzzles",
                          "tollhouse solve --help"});
  }
  client::SolverOptions how;
  how.threads = static_cast<unsigned>(options.threads);
  how.bits_max = static_cast<unsigned>(options.bits_max);
  if (options.seconds_max) how.time_max = std::chrono::seconds(*options.seconds_max);
  const SystemClock clock;
  const auto solved = [&] {
    Progress progress("", clock, terminal);
    return client::solve(*work, how, clock, [&](const client::SolverProgress& now) {
      progress.show(solver_text(now, work->prefixes.size()));
    });
  }();
  if (!solved) return fail(solved.error(), *work, options, terminal);
  terminal.line(solution_text(*solved));
  return exit_with(Exit::done);
}

}  // namespace tollhouse::cli
