// cli: `inspect` of proof of work. Whether a challenge was signed by a gate only its key can tell;
// whether a nonce meets it anybody can.
#include <algorithm>
#include <array>

#include "base/base64.h"
#include "cli/facts.h"
#include "cli/input.h"
#include "http/characters.h"
#include "pow/challenge.h"
#include "pow/puzzle.h"
#include "pow/solution.h"
#include "pow/verify.h"
#include "pow/work.h"

namespace tollhouse::cli {
namespace {

/// What the 64 characters of a challenge of our form say; nothing for other gates' challenges.
std::optional<pow::Challenge> fields_of(std::string_view text) {
  pow::ChallengeBytes bytes;
  if (!read_base64url(text, bytes)) return std::nullopt;
  const pow::Challenge challenge = pow::read_fields(bytes);
  if (challenge.version != 1 || challenge.algorithm != 1) return std::nullopt;
  if (challenge.count == 0 || challenge.count > pow::kCountMax) return std::nullopt;
  return challenge;
}

void add_challenge(Facts& facts, const pow::Challenge& challenge, Time now) {
  add_number(facts, "difficultyBits", challenge.bits);
  add_number(facts, "count", challenge.count);
  add_time(facts, "issuedAt", challenge.issued_at());
  add_time(facts, "expiresAt", challenge.expires_at());
  add_truth(facts, "expired", challenge.expires_at() <= now);
  add_truth(facts, "boundToClient", (challenge.flags & pow::kBoundToClient) != 0);
  add_truth(facts, "boundToRoute", (challenge.flags & pow::kBoundToRoute) != 0);
  add_truth(facts, "boundToBody", (challenge.flags & pow::kBoundToBody) != 0);
  add_number(facts, "key", challenge.key);
  add_text(facts, "id", hex(challenge.id));
}

std::string_view without_name(std::string_view thing) {
  for (const std::string_view name : {"www-authenticate:", "x-pow-solution:"}) {
    if (http::starts_with_ignoring_case(thing, name)) {
      return without_blanks(thing.substr(name.size()));
    }
  }
  return thing;
}

/// Zero bits of the weakest sub-puzzle; nothing where the nonces are not as many as the count.
std::optional<unsigned> shown_bits(const pow::Solution& solution, unsigned count) {
  std::string_view rest = solution.nonces;
  unsigned weakest = 256;
  for (unsigned i = 0; i < count; ++i) {
    const std::size_t dot = rest.find('.');
    const bool last = dot == std::string_view::npos;
    const std::string_view nonce = rest.substr(0, dot);
    if (!pow::is_nonce(nonce) || last != (i + 1 == count)) return std::nullopt;
    const Digest hash = count == 1 ? pow::work_hash(solution.challenge, nonce)
                                   : pow::work_hash(solution.challenge, i, nonce);
    weakest = std::min(weakest, pow::leading_zero_bits(hash));
    rest.remove_prefix(last ? rest.size() : dot + 1);
  }
  return weakest;
}

Facts solution_facts(const pow::Solution& solution, Time now) {
  Facts facts;
  add_text(facts, "kind", "pow_solution");
  const auto challenge = fields_of(solution.challenge);
  const auto shown = shown_bits(solution, challenge ? challenge->count : 1);
  if (challenge) add_truth(facts, "valid", shown && *shown >= challenge->bits);
  if (shown) add_number(facts, "shownBits", *shown);
  add_text(facts, "challenge", solution.challenge);
  add_text(facts, "nonce", solution.nonces);
  if (challenge) add_challenge(facts, *challenge, now);
  return facts;
}

}  // namespace

std::optional<Facts> work_facts(std::string_view thing, Time now) {
  thing = without_name(thing);
  if (const auto solution = pow::read_solution(thing)) return solution_facts(*solution, now);
  const std::array<std::string_view, 1> lines = {thing};
  const auto puzzles = pow::read_puzzles(lines);
  const std::string text = puzzles.empty() ? std::string(thing) : puzzles.front().challenge;
  const auto challenge = fields_of(text);
  if (!challenge && puzzles.empty()) return std::nullopt;
  Facts facts;
  add_text(facts, "kind", "pow_challenge");
  add_text(facts, "challenge", text);
  if (challenge) {
    add_challenge(facts, *challenge, now);
  } else {
    add_number(facts, "difficultyBits", puzzles.front().bits);
  }
  return facts;
}

}  // namespace tollhouse::cli
