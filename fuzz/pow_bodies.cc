// fuzz: bodies of the work endpoints. What is read stands within its bounds, and a request that is
// written again is read again.
#include "json/writer.h"
#include "pow/liveauth.h"
#include "pow/offer.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tollhouse;
  const std::string_view body = text_of(ByteView(data, size));
  const auto request = pow::read_challenge_request(body);
  if (request && request->tool && request->tool->empty()) __builtin_trap();
  json::Document workspace;
  if (const auto shown = pow::read_verify_request(body, workspace)) {
    const pow::Solution& solution = shown->solution;
    if (shown->tool && shown->tool->empty()) __builtin_trap();
    std::string text;
    json::Writer writer(text);
    writer.begin_object();
    writer.member("nonce", solution.challenge).member("solution", solution.nonces);
    if (shown->tool) writer.member("tool", *shown->tool);
    writer.end_object();
    json::Document other;
    const auto again = pow::read_verify_request(text, other);
    if (!again || again->solution.challenge != solution.challenge ||
        again->solution.nonces != solution.nonces || again->tool != shown->tool) {
      __builtin_trap();
    }
  }
  if (const auto value = json::parse(body, workspace)) {
    const auto solution = pow::read_liveauth_solution(*value);
    if (solution && (solution->bits > 256 || solution->nonce >> 63 != 0)) __builtin_trap();
  }
  return 0;
}
