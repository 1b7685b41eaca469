// Fuzzes WWW-Authenticate, Authorization, URLs, hosts, origins and paths: text that strangers
// write. Properties: written parameters read back; a URL in its one spelling stays as it is; pieces
// of a line lie inside it.
#include <cstdint>
#include <string>
#include <string_view>

#include "http/authorization.h"
#include "http/challenge.h"
#include "http/url.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tollhouse::http;
  const std::string_view text(reinterpret_cast<const char*>(data), size);

  if (const auto challenges = parse_challenges(text)) {
    for (const Challenge& challenge : *challenges) {
      std::string written = "L402 first=\"x\"";
      for (const Parameter& parameter : challenge.parameters) {
        written += ", ";
        if (!append_parameter(written, parameter.name, parameter.value)) __builtin_trap();
      }
      if (challenge.parameters.size() == kParametersMax) continue;
      const auto again = parse_challenges(written);
      if (!again || again->size() != 1) __builtin_trap();
      const auto& parameters = again->front().parameters;
      if (parameters.size() != challenge.parameters.size() + 1) __builtin_trap();
      for (std::size_t i = 0; i < challenge.parameters.size(); ++i) {
        if (parameters[i + 1] != challenge.parameters[i]) __builtin_trap();
      }
    }
  }

  CredentialList list;
  list.add_line(text);
  for (const Credential& credential : list) {
    if (credential.scheme.empty()) __builtin_trap();
    if (credential.scheme.data() < text.data()) __builtin_trap();
    if (credential.scheme.data() + credential.scheme.size() > text.data() + size) __builtin_trap();
  }

  if (const auto url = parse_url(text)) {
    const auto again = parse_url(url->text());
    if (!again || again->text() != url->text()) __builtin_trap();
    if (parse_origin(url->origin()) != origin_of(*url)) __builtin_trap();
  }
  if (const auto host = parse_host_field(text)) {
    if (!same_host(*host, *host, 80)) __builtin_trap();
  }
  if (const auto path = decode_path(text)) {
    if (path->size() > size) __builtin_trap();
  }
  return 0;
}
