// fuzz: BOLT 11. First byte even: the rest is a string as it comes. Odd: the rest is made the words
// of an invoice with a good signature and checksum, so that the fields behind them are reached.
#include <algorithm>
#include <string>

#include "base/bech32.h"
#include "bolt/bolt11.h"
#include "bolt/signing.h"

namespace {

using namespace tollhouse;

class FixedRandom final : public Random {
 public:
  void fill(std::span<std::uint8_t> into) override {
    std::fill(into.begin(), into.end(), std::uint8_t{7});
  }
};

const crypto::Secp256k1& curve() {
  static FixedRandom random;
  static const crypto::Secp256k1 made(random);
  return made;
}

crypto::NodeKey key() {
  crypto::NodeKey made;
  made.bytes.fill(1);
  return made;
}

void require(bool promise) {
  if (!promise) __builtin_trap();
}

/// What the types cannot hold exactly: seconds beyond the year 2262.
bool has_saturated(const bolt::Invoice& invoice) {
  return invoice.timestamp == Time::max() || invoice.expiry == Duration::max();
}

/// Every accepted invoice is read the same when signed again in its order.
void sign_again(const bolt::Invoice& invoice) {
  if (has_saturated(invoice)) return;
  const std::string text = bolt::encode_and_sign(invoice, key(), curve());
  bolt::DecodeOptions options;
  options.network = invoice.network;
  const auto again = bolt::decode(text, curve(), options);
  require(again.has_value());
  require(static_cast<const bolt::InvoiceFields&>(*again) == invoice);
  require(bolt::encode_and_sign(*again, key(), curve()) == text);
}

void as_text(std::string_view text) {
  const auto invoice = bolt::decode(bolt::bare_invoice(text), curve());
  if (invoice) sign_again(*invoice);
}

/// Strict reading leaves one spelling: the same key writes the same bytes.
void as_words(ByteView data) {
  Bytes words;
  for (const std::uint8_t byte : data) words.push_back(byte & 31);
  if (words.size() > bolt::kInvoiceCharactersMax - 200) return;
  const std::string text = bolt::signed_text("lnbcrt10u", words, key(), curve());
  const auto invoice = bolt::decode(text, curve());
  if (!invoice) {
    const bolt::DecodeOptions lenient{.network = std::nullopt,
                                      .strictness = bolt::Strictness::lenient};
    (void)bolt::decode(text, curve(), lenient);
    return;
  }
  require(invoice->payee == curve().public_key(key()));
  require(has_saturated(*invoice) || bolt::encode_and_sign(*invoice, key(), curve()) == text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const ByteView rest(data + 1, size - 1);
  data[0] % 2 == 0 ? as_text(text_of(rest)) : as_words(rest);
  return 0;
}
