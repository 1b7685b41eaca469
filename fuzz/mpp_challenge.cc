// fuzz: Payment challenges of other servers, as a line and as JSON. What is read is whole; written
// again it reads the same; its request breaks no reader.
#include "mpp/challenge.h"
#include "mpp/limits.h"

namespace {

using namespace tollhouse;

void expect_whole(const mpp::Challenge& challenge) {
  if (challenge.id.empty() || challenge.realm.empty() || challenge.method.empty()) __builtin_trap();
  if (challenge.intent.empty() || challenge.request.empty()) __builtin_trap();
}

void expect_read_again(const mpp::Challenge& challenge) {
  const std::string value = mpp::challenge_value(challenge);
  if (value.size() > mpp::kChallengeLineMax) return;
  const std::string_view line = value;
  const auto again = mpp::read_challenges({&line, 1});
  if (again.size() != 1 || again[0] != challenge) __builtin_trap();
}

void read_as_line(std::string_view line) {
  for (const mpp::Challenge& challenge : mpp::read_challenges({&line, 1})) {
    expect_whole(challenge);
    expect_read_again(challenge);
    const auto charge = mpp::read_charge(challenge.request);
    if (charge && (charge->amount.count() == 0 || charge->invoice.empty())) __builtin_trap();
  }
}

void read_as_json(std::string_view text) {
  json::Document workspace;
  const auto value = json::parse(text, workspace, mpp::kJsonLimits);
  if (!value) return;
  const auto challenge = mpp::read_challenge(*value, mpp::NativeRequest::taken);
  if (challenge) expect_whole(*challenge);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = text_of(ByteView(data, size));
  read_as_line(text);
  read_as_json(text);
  mpp::read_charge(text);
  return 0;
}
