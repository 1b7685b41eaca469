// fuzz: what a hostile server says about work. A puzzle that is read can be put into a header and
// into a number of hashes.
#include "pow/limits.h"
#include "pow/puzzle.h"
#include "pow/solution.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tollhouse;
  const std::string_view text = text_of(ByteView(data, size));
  auto puzzles = pow::read_puzzles(std::span(&text, 1));
  if (auto puzzle = pow::read_puzzle(text)) puzzles.push_back(*puzzle);
  const auto granted = pow::read_granted(text);
  if (granted && granted->macaroon.empty()) __builtin_trap();
  for (const pow::Puzzle& puzzle : puzzles) {
    if (puzzle.bits > 256 || puzzle.count == 0 || puzzle.count > pow::kCountMax) __builtin_trap();
    const std::string value = pow::solution_value({puzzle.challenge, "1"});
    const auto read = pow::read_solution(value);
    if (!read || read->challenge != puzzle.challenge || read->nonces != "1") __builtin_trap();
  }
  return 0;
}
