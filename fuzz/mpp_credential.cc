// fuzz: Payment credentials. The first byte says where the text goes. What is found is found again
// in the spelling that this house writes, and no stranger's challenge passes as issued here.
#include <algorithm>

#include "mpp/credential.h"
#include "mpp/limits.h"
#include "mpp/verify.h"

namespace {

using namespace tollhouse;

bool same(const mpp::Credential& a, const mpp::Credential& b) {
  return a.challenge == b.challenge && std::ranges::equal(a.preimage.reveal(), b.preimage.reveal());
}

void expect_read_again(const mpp::Credential& credential, json::Document& workspace) {
  const std::string value = mpp::authorization_value(credential.challenge, credential.preimage);
  if (value.size() > mpp::kCredentialCharactersMax) return;
  http::CredentialList list;
  list.add_line(value);
  const mpp::Reading again = mpp::read_credential({.authorization = &list}, workspace);
  if (again.presence != mpp::Presence::found) __builtin_trap();
  if (!same(again.credential, credential)) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text = text_of(ByteView(data + 1, size - 1));
  http::CredentialList list;
  mpp::Carriers carriers{.authorization = &list};
  if (data[0] % 3 == 0) list.add_line(text);
  if (data[0] % 3 == 1) carriers.meta = text;
  if (data[0] % 3 == 2) carriers.root_meta = text;
  json::Document workspace;
  const mpp::Reading reading = mpp::read_credential(carriers, workspace);
  if (reading.presence != mpp::Presence::found) return 0;
  expect_read_again(reading.credential, workspace);
  const Bytes secret(mpp::kSecretBytesMin, 0x5a);
  mpp::ChallengeKeys keys;
  keys.add(secret);
  if (keys.issued(reading.credential.challenge)) __builtin_trap();
  mpp::read_charge(reading.credential.challenge.request);
  return 0;
}
