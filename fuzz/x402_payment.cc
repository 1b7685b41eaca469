// fuzz: payments out of their carriers. The first byte says where the lines go; lines end with LF.
// What reads is read again the same in its base64, a verdict does not depend on the carrier, and
// nothing passes without its preimage or its seal.
#include <array>

#include "base/base64.h"
#include "x402/verify_bip122.h"
#include "x402/verify_lnbtc.h"

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

std::vector<std::string_view> lines_of(std::string_view rest) {
  std::vector<std::string_view> lines;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    lines.push_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return lines;
}

void judge(const x402::Payment& payment) {
  const std::array<Digest, 1> ring{};
  const x402::SealKeys keys(ring);
  const Time now = time_from_unix(1'700'000'010);
  const auto echo = x402::read_echo(payment, {.network = bolt::Network::mainnet}, keys, curve());
  if (echo && echo->terms) __builtin_trap();  // nobody here has sealed anything
  x402::Offer offer;
  offer.profile = x402::Profile::lnbtc;
  offer.network = bolt::Network::mainnet;
  offer.amount = Msat::of(25'000).value_or(Msat());
  offer.pay_to = "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";
  offer.binding = x402::Binding{x402::BindingProfile::mcp, {}, R"({"server":"a","metadata":[]})"};
  offer.binding->request_hash =
      x402::digest_from_lower_hex(
          "4c73d061bda8d00f4fbc8dc1da79ec97ebee038954c7a199365cdacd1f8c23f4")
          .value_or(Digest{});
  const auto passed = x402::verify_lnbtc(payment, {&offer}, &keys, curve(), now);
  if (passed && passed->issued_here) __builtin_trap();
}

void read_again(std::string_view text) {
  const std::string encoded = base64(bytes_of(text));
  x402::Payment again;
  const auto read = again.read({x402::PaymentText::Form::base64, encoded});
  if (encoded.size() <= x402::kPaymentCharactersMax && (!read || again.text() != text)) {
    __builtin_trap();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::vector<std::string_view> lines = lines_of(text_of(ByteView(data + 1, size - 1)));
  http::CredentialList list;
  x402::Carriers carriers{.authorization = &list};
  switch (data[0] % 5) {
    case 0:
      for (const auto line : lines) list.add_line(line);
      break;
    case 1:
      carriers.payment_signature = lines;
      break;
    case 2:
      carriers.x_payment = lines;
      break;
    case 3:
      carriers.payment_signature = std::span(lines).first(lines.size() / 2);
      carriers.x_payment = std::span(lines).subspan(lines.size() / 2);
      break;
    default:
      if (!lines.empty()) carriers.meta = lines[0];
  }
  x402::PaymentText text;
  if (x402::find_payment(carriers, text) != x402::Presence::found) return 0;
  x402::Payment payment;
  if (!payment.read(text)) return 0;
  judge(payment);
  read_again(payment.text());
  return 0;
}
