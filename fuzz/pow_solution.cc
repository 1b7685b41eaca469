// fuzz: X-PoW-Solution from a stranger, read and verified against a known key. Nothing in a corpus
// can hold this key's MAC unless it was issued, and what is read stands in the text.
#include "pow/verify.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tollhouse;
  const std::string_view text = text_of(ByteView(data, size));
  const auto solution = pow::read_solution(text);
  if (!solution) return 0;
  if (solution->challenge.empty() || solution->nonces.empty()) __builtin_trap();
  const std::string again = pow::solution_value(*solution);
  const auto twice = pow::read_solution(again);
  if (!twice || twice->challenge != solution->challenge || twice->nonces != solution->nonces) {
    __builtin_trap();
  }
  Bytes master(32);
  for (std::size_t i = 0; i < master.size(); ++i) master[i] = static_cast<std::uint8_t>(i);
  pow::Keys keys;
  keys.add(1, master);
  pow::Target target;
  target.bits_min = 8;
  target.bound_to = 0;
  const auto grant = pow::verify(*solution, keys, target, time_from_unix(1'767'225'601));
  if (grant && grant->work() < 256) __builtin_trap();
  return 0;
}
