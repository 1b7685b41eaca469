// fuzz: what a page posts as an ALTCHA payload. Nothing that passes lacks an id, and nothing passes
// with another key.
#include "pow/altcha.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tollhouse;
  const std::string_view payload = text_of(ByteView(data, size));
  const Time now = time_from_unix(1'767'225'899);
  for (const std::string_view key : {"altcha-hmac-test-key", "sig-secret"}) {
    const auto grant = pow::verify_altcha(payload, {bytes_of(key), bytes_of("key-secret")}, now);
    if (!grant) continue;
    if (grant->id.empty() || (grant->expires && *grant->expires <= now)) __builtin_trap();
    if (pow::verify_altcha(payload, {bytes_of("x"), bytes_of("x")}, now)) __builtin_trap();
  }
  return 0;
}
