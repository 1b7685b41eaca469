// fuzz: caveats, one a line, appended to a good token. Appending never opens anything: what the
// longer token opens, the shorter one opened too.
#include <algorithm>

#include "l402/challenge.h"
#include "l402/verify.h"

namespace {
using namespace tollhouse;

class NoRandom final : public Random {
 public:
  void fill(std::span<std::uint8_t> into) override { std::ranges::fill(into, 5); }
};

bool opens(const Bytes& token, const Preimage& preimage, const l402::RootKeys& keys) {
  l402::Credential credential;
  if (!credential.assign(token, preimage)) __builtin_trap();
  const l402::Target target{.service = "mcp", .capability = "search", .method = "tools/call"};
  const auto verdict = l402::verify(credential, keys, target, time_from_unix(1'800'000'001));
  // The token is ours, so only its caveats or the call can be at fault.
  if (!verdict && verdict.error() < l402::Reason::caveat_widened) __builtin_trap();
  return verdict.has_value();
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static constexpr std::string_view kTools[] = {"search", "fetch"};
  l402::RootKeys keys;
  keys.add(1, Bytes(32, 1));
  NoRandom random;
  const Preimage preimage;
  const l402::Sale sale{.payment_hash = PaymentHash::from(crypto::sha256(preimage.reveal()).view()),
                        .price = Msat(),
                        .minted = time_from_unix(1'800'000'000),
                        .terms = {.service = "mcp", .capabilities = kTools, .uses = 3}};
  Bytes token = l402::mint(sale, keys, random).value();
  bool wider = opens(token, preimage, keys);
  if (!wider) __builtin_trap();
  std::string_view rest = text_of(ByteView(data, size));
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const auto longer = macaroon::attenuate(macaroon::read_v2(token).value(), rest.substr(0, end));
    if (!longer) return 0;
    token = *longer;
    const bool open = opens(token, preimage, keys);
    if (open && !wider) __builtin_trap();
    wider = open;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return 0;
}
