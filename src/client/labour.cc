// client: the call that is worked for: solved within the caller's limit, shown once. Spec: pow.md 1
// and 5, R-POW-2, 6, 9.
#include "base/format.h"
#include "client/client.h"
#include "client/limits.h"
#include "dialogue/reuse.h"
#include "json/writer.h"
#include "l402/credential.h"
#include "pow/solution.h"

namespace tollhouse::client {
namespace {

constexpr std::string_view kSolutionField = "X-PoW-Solution";
/// Seed 004's, at the origin.
constexpr std::string_view kVerifyPath = "/mcp/pow/verify";

Trouble solver_trouble(SolverTrouble trouble, const pow::Puzzle& puzzle, unsigned bits_max) {
  switch (trouble) {
    case SolverTrouble::too_hard:
      return {TroubleKind::over_limit, "too_hard",
              fmt::format("the call wants work of {} bits, {} times; the limit is {} in all",
                          puzzle.bits, puzzle.count, bits_max),
              "raise --max-bits, or do without"};
    case SolverTrouble::out_of_time:
      return {TroubleKind::over_limit, "out_of_time", "the work was not done in time", ""};
    case SolverTrouble::exhausted:
      break;
  }
  return {TroubleKind::refused, "exhausted", "no nonce that was tried is a solution", ""};
}

Worked worked_of(const pow::Puzzle& puzzle, const Solved& solved) {
  return {puzzle.bits, puzzle.count, solved.hashes, solved.passed};
}

Trouble work_not_accepted(const dialogue::Heard& heard) {
  if (const auto* refused = std::get_if<dialogue::Refused>(&heard)) return trouble_of(*refused);
  if (const auto* what = std::get_if<dialogue::NotUnderstood>(&heard)) return trouble_of(*what);
  Trouble trouble{TroubleKind::refused, "work_not_accepted",
                  "the gate does not take the work that was done", ""};
  const auto* asked = std::get_if<dialogue::PaymentAsked>(&heard);
  if (asked != nullptr && asked->code == "pow_expired") {
    trouble.message = "the work took longer than its challenge lived";
    trouble.cure = "the same call again may be quicker";
  }
  return trouble;
}

/// In place of an older one.
void show_solution(const pow::Solution& solution, dialogue::Request& request) {
  std::erase_if(request.fields,
                [](const dialogue::FieldLine& field) { return field.name == kSolutionField; });
  request.fields.push_back({std::string(kSolutionField), pow::solution_value(solution)});
}

}  // namespace

Result<Solved, Trouble> Client::solve_within_limits(const pow::Puzzle& puzzle) {
  around_.witness.working(puzzle);
  auto solved = solve(Work::of(puzzle), settings_.solver, around_.clock,
                      [&](const SolverProgress& progress) { around_.witness.worked_on(progress); });
  if (!solved) return refuse(solver_trouble(solved.error(), puzzle, settings_.solver.bits_max));
  around_.witness.worked(*solved);
  return std::move(*solved);
}

Result<Worked, Trouble> Client::work_on(const pow::Puzzle& puzzle, dialogue::Request& request) {
  const auto solved = solve_within_limits(puzzle);
  if (!solved) return refuse(solved.error());
  const std::string nonces = solved->nonces();
  show_solution({puzzle.challenge, nonces}, request);
  return worked_of(puzzle, *solved);
}

Result<CallOutcome, Trouble> Client::work_for(const dialogue::WorkAsked& asked,
                                              dialogue::Request request, const TokenPlace& place) {
  const bool several = asked.calls > 1 && settings_.purse.tokens != nullptr && !place.tool.empty();
  if (several) return work_for_credential(asked, request, place);
  const auto worked = work_on(asked.puzzle, request);
  if (!worked) return refuse(worked.error());
  auto heard = exchange(std::move(request), kCallTimeout);
  if (!heard) return refuse(std::move(heard.error()));
  auto* answered = std::get_if<dialogue::Answered>(&*heard);
  if (answered == nullptr) return refuse(work_not_accepted(*heard));
  CallOutcome outcome;
  outcome.answered = std::move(*answered);
  outcome.worked = *worked;
  return outcome;
}

Result<CallOutcome, Trouble> Client::work_for_credential(const dialogue::WorkAsked& asked,
                                                         const dialogue::Request& request,
                                                         const TokenPlace& place) {
  const auto solved = solve_within_limits(asked.puzzle);
  if (!solved) return refuse(solved.error());
  const auto granted = verify_work(asked.puzzle, *solved, place.tool);
  if (!granted) return refuse(granted.error());
  const TokenCache& tokens = *settings_.purse.tokens;
  const Time now = around_.clock.now();
  const auto reuse = dialogue::reuse_of(granted->macaroon);
  const std::string authorization = l402::authorization_value(granted->macaroon, granted->preimage);
  const bool kept = reuse && tokens.keep(place, authorization, *reuse, now);
  auto heard = exchange_shown(request, authorization);
  if (!heard) return refuse(std::move(heard.error()));
  auto* answered = std::get_if<dialogue::Answered>(&*heard);
  if (kept && answered == nullptr) tokens.drop(place);
  if (answered == nullptr) return refuse(work_not_accepted(*heard));
  if (kept) tokens.used(place, around_.clock.now());
  CallOutcome outcome;
  outcome.answered = std::move(*answered);
  outcome.worked = worked_of(asked.puzzle, *solved);
  return outcome;
}

/// The tool is said too: a gate with one row for many tools cannot read it off the challenge.
Result<pow::Granted, Trouble> Client::verify_work(const pow::Puzzle& puzzle, const Solved& solved,
                                                  std::string_view tool) {
  dialogue::Request request;
  request.fields.push_back({"Content-Type", "application/json"});
  json::Writer(request.body)
      .begin_object()
      .member("nonce", puzzle.challenge)
      .member("solution", solved.nonces())
      .member("tool", tool)
      .end_object();
  const std::string url = settings_.gate.origin() + std::string(kVerifyPath);
  const Replied reply = send_to(url, std::move(request), kTalkTimeout);
  if (!reply) return refuse(trouble_of(reply.error(), "the gate"));
  auto granted = reply->status == 200 ? pow::read_granted(reply->body) : std::nullopt;
  if (!granted) return refuse(work_not_accepted(dialogue::hear(*reply, "0")));
  return std::move(*granted);
}

}  // namespace tollhouse::client
