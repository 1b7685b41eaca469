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
  if (const auto solution = pow::read_verify_request(body, workspace)) {
    std::string text;
    json::Writer(text)
        .begin_object()
        .member("nonce", solution->challenge)
        .member("solution", solution->nonces)
        .end_object();
    json::Document other;
    const auto again = pow::read_verify_request(text, other);
    if (!again || again->challenge != solution->challenge || again->nonces != solution->nonces) {
      __builtin_trap();
    }
  }
  if (const auto value = json::parse(body, workspace)) {
    const auto solution = pow::read_liveauth_solution(*value);
    if (solution && (solution->bits > 256 || solution->nonce >> 63 != 0)) __builtin_trap();
  }
  return 0;
}
