// fuzz: what another gate asks: a `PAYMENT-REQUIRED` header, lines of `WWW-Authenticate` and the
// settlement it answers with, also inside MCP messages. An offer that reads is written, read and
// found the same again.
#include "base/base64.h"
#include "x402/in_band.h"

namespace {

using namespace tollhouse;

class FixedRandom final : public Random {
 public:
  void fill(std::span<std::uint8_t> into) override {
    for (auto& byte : into) byte = 7;
  }
};

const crypto::Secp256k1& curve() {
  static FixedRandom random;
  static const crypto::Secp256k1 made(random);
  return made;
}

void offer_again(const x402::FoundOffer& found) {
  const std::string line = x402::challenge_value(found.offer);
  const std::string_view lines[] = {line};
  const auto again = x402::read_challenges(lines, curve(), found.offer.network);
  if (again.size() != 1 || again[0].offer.invoice != found.offer.invoice ||
      again[0].offer.amount != found.offer.amount || again[0].offer.pay_to != found.offer.pay_to) {
    __builtin_trap();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = text_of(ByteView(data, size));
  json::Document workspace;
  const auto value = json::parse(text, workspace);
  if (value) {
    const auto demand = x402::read_demand(*value, curve(), bolt::Network::mainnet);
    const x402::McpCall call{"https://gate.example/mcp", {}, "t", {}, {}};
    const x402::Intent intent{time_from_unix(1'700'000'010), &call, nullptr};
    if (demand) {
      x402::choose_offer(*demand, intent, curve());
      for (const x402::FoundOffer& found : demand->offers) offer_again(found);
    }
    x402::read_settlement(*value);
    for (const auto& found : {x402::required_in_result(*value), x402::required_in_error(*value)}) {
      json::Document again;
      if (found && !json::parse(*found, again)) __builtin_trap();
    }
    x402::read_settlement_in_result(*value);
  }
  const auto demand = x402::read_demand_header(text, curve(), bolt::Network::mainnet);
  const std::string_view lines[] = {text};
  x402::read_challenges(lines, curve(), bolt::Network::mainnet);
  x402::read_settlement_header(text);
  return 0;
}
