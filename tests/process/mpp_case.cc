// tests/process: what a client of the Payment scheme reads and writes.
#include "process/mpp_case.h"

#include <regex>

#include "base/base64.h"
#include "config/secrets.h"
#include "l402/keys.h"
#include "mpp/challenge.h"
#include "support/precompiled.h"

namespace tollhouse::test {

std::vector<std::string> lines_of(const HttpAnswer& answer) {
  std::vector<std::string> found;
  for (const auto& [field, value] : answer.fields) {
    if (field == "WWW-Authenticate") found.push_back(value);
  }
  return found;
}

Json challenge_of(const HttpAnswer& answer) {
  for (const std::string& line : lines_of(answer)) {
    if (!line.starts_with("Payment ")) continue;
    Json challenge;
    const std::regex parameter(R"re((\w+)="([^"]*)")re");
    for (std::sregex_iterator at(line.begin(), line.end(), parameter), end; at != end; ++at) {
      challenge[(*at)[1]] = (*at)[2];
    }
    return challenge;
  }
  return {};
}

Json decoded(const std::string& text) {
  const auto bytes = bytes_from_any_base64(text);
  return bytes ? Json::parse(text_of(*bytes), nullptr, false) : Json();
}

Json credential(const Json& challenge, const std::string& preimage) {
  return {{"challenge", challenge}, {"payload", {{"preimage", preimage}}}};
}
std::string authorization(const Json& shown) {
  return "Payment " + base64url(bytes_of(shown.dump()));
}
std::string payment(const Json& challenge, const std::string& preimage) {
  return authorization(credential(challenge, preimage));
}

Json under_the_gates_id(Json challenge, const Site& site) {
  const auto secret = config::secret_from_text(site.root_key());
  const gate::RootKey root = config::root_key_from(secret.value());
  l402::RootKeys roots;
  roots.add(root.number, root.secret);
  mpp::ChallengeKeys keys;
  keys.add(roots.derived("tollhouse mpp challenges v1").front().view());
  json::Document workspace;
  const std::string text = challenge.dump();
  const auto object = json::parse(text, workspace);
  const auto read = mpp::read_challenge(*object, mpp::NativeRequest::refused);
  challenge["id"] = keys.id_of(read.value());
  return challenge;
}

}  // namespace tollhouse::test
