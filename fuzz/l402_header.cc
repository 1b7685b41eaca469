// fuzz: credentials out of header lines. The first byte says where the lines go; lines end with LF.
// What is found is canonical, is found again in its own canonical spelling, and challenges do not
// break the reader.
#include <algorithm>

#include "l402/challenge.h"
#include "l402/credential.h"
#include "l402/limits.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tollhouse;
  if (size == 0) return 0;
  std::string_view rest = text_of(ByteView(data + 1, size - 1));
  std::vector<std::string_view> lines;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    lines.push_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  http::CredentialList list;
  l402::Carriers carriers{.authorization = &list};
  switch (data[0] % 5) {
    case 0:
      for (const auto line : lines) list.add_line(line);
      break;
    case 1:
      carriers.x_l402 = lines;
      break;
    case 2:
      carriers.grpc_metadata_macaroon = lines;
      break;
    case 3:
      carriers.macaroon = std::span(lines).subspan(lines.size() / 2);
      for (const auto line : std::span(lines).first(lines.size() / 2)) list.add_line(line);
      break;
    default:
      if (!lines.empty()) carriers.meta = lines[0];
  }
  l402::Credential credential;
  if (l402::read_credential(carriers, credential) == l402::Presence::found) {
    const ByteView macaroon = credential.macaroon().bytes();
    if (!macaroon::read_v2(macaroon)) __builtin_trap();
    const std::string value = l402::authorization_value(macaroon, credential.preimage());
    http::CredentialList again;
    again.add_line(value);
    l402::Credential reread;
    const bool fits = value.size() <= l402::kTokenCharactersMax;
    if (fits &&
        (l402::read_credential({.authorization = &again}, reread) != l402::Presence::found ||
         !std::ranges::equal(reread.macaroon().bytes(), macaroon))) {
      __builtin_trap();
    }
  }
  for (const l402::Challenge& challenge : l402::read_challenges(lines)) {
    if (challenge.macaroon.empty() || challenge.invoice.empty()) __builtin_trap();
  }
  return 0;
}
