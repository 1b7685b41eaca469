// tests/bolt: one fault per row, every reason at least once, and what holds for every invoice.
#include "bolt/bolt11.h"

#include <set>

#include "crypto/sha256.h"
#include "support.h"

namespace tollhouse::bolt {
namespace {

using test::curve;
using test::field;
using test::good_words;
using test::hash_field;
using test::joined;
using test::published_key;
using test::secret_field;
using test::signed_with;
using test::text_field;
using test::timestamp;
using test::token;
using test::words_of;

const Bytes kPublishedPayee =
    *bytes_from_hex("03e7156ae33b0a208d0744199163177e909e80176e55d97a2f221ede0f934dd9ad");

std::string good() { return signed_with(good_words()); }

std::string changed(std::string text, std::size_t at, char to) {
  text[at] = to;
  return text;
}

crypto::RecoverableSignature signature_over(const Bytes& words) {
  return curve().sign_recoverable(signing_digest("lnbcrt10u", words), published_key());
}

std::string with_scalars(std::uint8_t r, std::uint8_t s) {
  crypto::Signature signature;
  signature.fill(r);
  std::fill(signature.begin() + 32, signature.end(), s);
  return test::with_signature(good_words(), signature, 0);
}

std::string with_high_s(const Bytes& words) {
  const auto made = signature_over(words);
  return test::with_signature(words, test::with_other_s(made.signature), made.recovery_id ^ 1);
}

/// R of all zero but the last byte: 5 is no x of a point.
std::string without_point() {
  crypto::Signature signature{};
  signature[31] = 5;
  signature[63] = 1;
  return test::with_signature(good_words(), signature, 0);
}

std::optional<Msat> amount_read(std::string_view text, Strictness strictness = Strictness::strict) {
  const auto amount = amount_from_text(text, strictness);
  return amount ? std::optional(*amount) : std::nullopt;
}

struct Row {
  Reason reason;
  std::string text;
};

std::vector<Row> string_faults() {
  return {
      {Reason::too_long, "lnbcrt1" + std::string(7083, 'q')},
      {Reason::bech32_invalid_character, changed(good(), 40, 'b')},
      {Reason::bech32_invalid_character, good() + "\n"},
      {Reason::bech32_mixed_case, changed(good(), 0, 'L')},
      {Reason::bech32_no_separator, "lnbcrt"},
      {Reason::bech32_no_separator, ""},
      {Reason::bech32_empty_hrp, "1qqqqqq"},
      {Reason::bech32_checksum, changed(good(), 40, good()[40] == 'q' ? 'p' : 'q')},
      {Reason::bech32_checksum, "lnbcrt1q"},
      {Reason::bad_prefix, signed_with(good_words(), "bcrt")},
      {Reason::unknown_network, signed_with(good_words(), "ln")},
      {Reason::unknown_network, signed_with(good_words(), "lnsb10u")},
      {Reason::unknown_network, signed_with(good_words(), "lnbcr10u")},
      {Reason::wrong_network, signed_with(good_words(), "lnbc10u")},
      {Reason::amount_no_digits, signed_with(good_words(), "lnbcrtm")},
      {Reason::amount_bad_multiplier, signed_with(good_words(), "lnbcrt10k")},
      {Reason::amount_bad_digits, signed_with(good_words(), "lnbcrt1m0u")},
      {Reason::amount_leading_zero, signed_with(good_words(), "lnbcrt010u")},
      {Reason::amount_not_positive, signed_with(good_words(), "lnbcrt0u")},
      {Reason::amount_sub_millisatoshi, signed_with(good_words(), "lnbcrt11p")},
      {Reason::amount_out_of_range, signed_with(good_words(), "lnbcrt21000001")},
      {Reason::data_too_short, bech32("lnbcrt", Bytes(110, 0))},
  };
}

std::vector<Row> field_faults() {
  const Bytes hash_with_padding = joined({Bytes(51, 4), {5}});
  return {
      {Reason::field_truncated, signed_with(good_words({13}))},
      {Reason::field_truncated, signed_with(good_words({13, 0}))},
      {Reason::field_truncated, signed_with(good_words({13, 0, 1}))},
      {Reason::fixed_length_field_wrong_length, signed_with(good_words(field('n', Bytes(52, 0))))},
      {Reason::fixed_length_field_wrong_length, signed_with(good_words(field('h', Bytes(51, 0))))},
      {Reason::fixed_length_field_wrong_length, signed_with(good_words(field('p', {})))},
      {Reason::duplicate_field, signed_with(good_words(hash_field()))},
      {Reason::duplicate_field, signed_with(good_words(secret_field()))},
      {Reason::duplicate_field, signed_with(good_words(text_field()))},
      {Reason::duplicate_field,
       signed_with(good_words(joined({field('x', {1}), field('x', {1})})))},
      {Reason::duplicate_field, signed_with(good_words(joined({field('c', {}), field('c', {})})))},
      {Reason::duplicate_field, signed_with(good_words(joined({field('m', {}), field('m', {})})))},
      {Reason::duplicate_field, signed_with(good_words(field('9', {})))},
      {Reason::non_zero_padding, signed_with(joined({timestamp(), field('p', hash_with_padding),
                                                     secret_field(), text_field()}))},
      {Reason::non_zero_padding, signed_with(good_words(field('m', {0, 1})))},
      {Reason::non_zero_padding, signed_with(good_words(field('m', {0})))},
      {Reason::description_not_utf8,
       signed_with(joined(
           {timestamp(), hash_field(), secret_field(), field('d', words_of(Bytes{0xc0, 0x80}))}))},
      {Reason::non_minimal_integer, signed_with(good_words(field('x', {0, 1})))},
      {Reason::non_minimal_integer, signed_with(good_words(field('c', {0})))},
      {Reason::integer_overflow, signed_with(good_words(field('x', Bytes(13, 8))))},
      {Reason::integer_overflow, signed_with(good_words(field('c', Bytes(1023, 31))))},
      {Reason::route_field_length, signed_with(good_words(field('r', {})))},
      {Reason::route_field_length, signed_with(good_words(field('r', words_of(Bytes(50, 0)))))},
      {Reason::route_field_length, signed_with(good_words(field('r', words_of(Bytes(52, 0)))))},
      {Reason::missing_payment_hash,
       signed_with(joined({timestamp(), secret_field(), text_field()}))},
      {Reason::missing_payment_hash, signed_with(timestamp())},
      {Reason::missing_payment_secret,
       signed_with(joined({timestamp(), hash_field(), text_field()}))},
      {Reason::description_count, signed_with(joined({timestamp(), hash_field(), secret_field()}))},
      {Reason::description_count, signed_with(good_words(field('h', words_of(Bytes(32, 0)))))},
      {Reason::unknown_even_feature,
       signed_with(joined({timestamp(), hash_field(), secret_field(), text_field(),
                           field('9', {1, 0, 0, 0, 0})}))},
      {Reason::feature_dependency_missing,
       signed_with(joined(
           {timestamp(), hash_field(), secret_field(), text_field(), field('9', {4, 0, 8, 0})}))},
  };
}

std::vector<Row> signature_faults() {
  const Bytes named = good_words(field('n', words_of(kPublishedPayee)));
  Bytes other = kPublishedPayee;
  other[0] ^= 1;
  Bytes no_point(33, 0xff);
  no_point[0] = 2;
  const auto made = signature_over(good_words());
  return {
      {Reason::recovery_id_out_of_range, test::with_signature(good_words(), made.signature, 4)},
      {Reason::signature_scalar_out_of_range, with_scalars(0, 1)},
      {Reason::signature_scalar_out_of_range, with_scalars(1, 0)},
      {Reason::signature_scalar_out_of_range, with_scalars(0xff, 1)},
      {Reason::signature_scalar_out_of_range, with_scalars(1, 0xff)},
      {Reason::payee_not_a_point, signed_with(good_words(field('n', words_of(no_point))))},
      {Reason::signature_not_low_s, with_high_s(named)},
      {Reason::signature_mismatch, signed_with(good_words(field('n', words_of(other))))},
      {Reason::signature_not_recoverable, without_point()},
      {Reason::signature_not_recoverable, test::with_signature(good_words(), made.signature, 2)},
  };
}

struct CheckRow {
  Reason reason;
  Expectation expected;
};

std::vector<CheckRow> check_faults(const Invoice& invoice) {
  const Time last = invoice.timestamp + invoice.expiry;
  crypto::PublicKey other = invoice.payee;
  other.bytes[0] ^= 1;
  return {
      {Reason::expired, {.now = last + Duration(1)}},
      {Reason::timestamp_in_future, {.now = invoice.timestamp - kTimestampAheadMax - Duration(1)}},
      {Reason::wrong_amount, {.now = last, .amount = Msat::of(invoice.amount->count() - 1)}},
      {Reason::wrong_amount, {.now = last, .amount = Msat::of(invoice.amount->count() + 1)}},
      {Reason::wrong_payee, {.now = last, .payee = other}},
      {Reason::expiry_too_long,
       {.now = last, .expiry_max = invoice.expiry - std::chrono::seconds(1)}},
  };
}

TEST(Bolt11, EveryFaultHasItsReason) {
  std::set<Reason> seen;
  DecodeOptions regtest;
  regtest.network = Network::regtest;
  for (const auto& rows : {string_faults(), field_faults(), signature_faults()}) {
    for (const Row& row : rows) {
      const auto invoice = decode(row.text, curve(), regtest);
      EXPECT_EQ(token(invoice), to_text(row.reason)) << row.text;
      seen.insert(row.reason);
    }
  }
  const auto invoice = decode(good(), curve(), regtest);
  ASSERT_TRUE(invoice) << token(invoice);
  for (const CheckRow& row : check_faults(*invoice)) {
    const auto checked = check(*invoice, row.expected);
    ASSERT_FALSE(checked) << to_text(row.reason);
    EXPECT_EQ(to_text(checked.error()), to_text(row.reason));
    seen.insert(row.reason);
  }
  seen.insert(Reason::amount_missing);             // below
  seen.insert(Reason::description_hash_mismatch);  // with the vectors
  for (const auto& row : kReasons) EXPECT_TRUE(seen.contains(row.reason)) << row.token;
}

TEST(Bolt11, AnInvoiceWithoutAmountIsReadAndNotPaid) {
  const auto invoice = decode(signed_with(good_words(), "lnbcrt"), curve());
  ASSERT_TRUE(invoice);
  EXPECT_FALSE(invoice->amount);
  EXPECT_EQ(check(*invoice, {.now = invoice->timestamp}).error(), Reason::amount_missing);
}

TEST(Bolt11, TheExpectedInvoicePasses) {
  const auto invoice = decode(good(), curve());
  ASSERT_TRUE(invoice);
  Expectation expected{.now = expires_at(*invoice)};
  EXPECT_TRUE(check(*invoice, expected));
  expected.amount = Msat::of_sat(1000);
  expected.payee = crypto::PublicKey::from(kPublishedPayee);
  expected.expiry_max = kDefaultExpiry;
  expected.now = invoice->timestamp - kTimestampAheadMax;
  EXPECT_TRUE(check(*invoice, expected));
}

TEST(Bolt11, TimesSaturate) {
  const auto far =
      decode(signed_with(joined({Bytes(7, 31), secret_field(), hash_field(), text_field(),
                                 field('x', joined({{7}, Bytes(12, 31)}))})),
             curve());
  ASSERT_TRUE(far) << token(far);
  EXPECT_EQ(far->timestamp, Time::max());
  EXPECT_EQ(far->expiry, Duration::max());
  EXPECT_EQ(expires_at(*far), Time::max());
  EXPECT_TRUE(check(*far, {.now = Time::max()}));
}

TEST(Bolt11, WithoutAKeyHighSIsGood) {
  const auto invoice = decode(with_high_s(good_words()), curve());
  ASSERT_TRUE(invoice) << token(invoice);
  EXPECT_EQ(invoice->payee, crypto::PublicKey::from(kPublishedPayee));
}

TEST(Bolt11, OddFeaturesNeverMatter) {
  for (const std::size_t bit : {1u, 99u, 149u, 151u, 263u}) {
    Bytes words(bit / 5 + 1, 0);
    words[0] = static_cast<std::uint8_t>(1u << bit % 5);
    const Bytes all =
        joined({timestamp(), secret_field(), hash_field(), text_field(), field('9', words)});
    const auto invoice = decode(signed_with(all), curve());
    ASSERT_TRUE(invoice) << bit << token(invoice);
    EXPECT_EQ(invoice->features, std::vector<Feature>{static_cast<Feature>(bit)});
  }
}

TEST(Bolt11, FallbacksOfForeignFormAreSkippedAndKept) {
  const Bytes all = good_words(joined({field('f', {}), field('f', joined({{19}, Bytes(4, 0)})),
                                       field('f', joined({{17}, words_of(Bytes(19, 1))})),
                                       field('f', joined({{1}, words_of(Bytes(2, 1))}))}));
  const auto invoice = decode(signed_with(all), curve());
  ASSERT_TRUE(invoice) << token(invoice);
  EXPECT_EQ(invoice->fallbacks, (std::vector<Fallback>{{1, {1, 1}}}));
  EXPECT_EQ(std::count_if(invoice->order.begin(), invoice->order.end(),
                          [](const Field& each) { return each.skipped_words.has_value(); }),
            3);
  EXPECT_EQ(encode_and_sign(*invoice, published_key(), curve()), signed_with(all));
}

TEST(Bolt11, SchemesAndSpaceAreTakenOffByTheCaller) {
  for (const char* text :
       {"lnbc1x", " lnbc1x\r\n", "lightning:lnbc1x", "LIGHTNING:lnbc1x", "\tLightning://lnbc1x "}) {
    EXPECT_EQ(bare_invoice(text), "lnbc1x") << text;
  }
  EXPECT_EQ(bare_invoice(" \n"), "");
  EXPECT_EQ(bare_invoice("lightning:"), "");
  EXPECT_EQ(token(decode("lightning:" + good(), curve())), "bech32_checksum");
}

TEST(Bolt11, UpperCaseIsTheSameInvoice) {
  std::string upper = good();
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  EXPECT_EQ(*decode(upper, curve()), *decode(good(), curve()));
}

TEST(Amount, ShortestFormBothWays) {
  const struct {
    std::uint64_t msat;
    const char* text;
  } rows[] = {{1, "10p"},
              {100, "1n"},
              {1000, "10n"},
              {1'000'000, "10u"},
              {250'000'000, "2500u"},
              {2'000'000'000, "20m"},
              {100'000'000'000, "1"},
              {967'878'534, "9678785340p"},
              {Msat::kMax, "21000000"},
              {Msat::kMax - 1, "20999999999999999990p"}};
  for (const auto& row : rows) {
    EXPECT_EQ(amount_text(*Msat::of(row.msat)), row.text);
    EXPECT_EQ(amount_read(row.text), Msat::of(row.msat)) << row.text;
  }
}

TEST(Amount, LongFormsAreRead) {
  EXPECT_EQ(amount_read("2500000000p"), Msat::of(250'000'000));
  EXPECT_EQ(amount_read("000010u", Strictness::lenient), Msat::of(1'000'000));
  EXPECT_EQ(amount_from_text("000010u", Strictness::strict).error(), Reason::amount_leading_zero);
  for (const char* text :
       {"21000001", "2100000000000000001n", "99999999999999999999999u", "210000000000000000010p",
        "18446744073709551616", "184467440737095517000p"}) {
    EXPECT_EQ(amount_from_text(text, Strictness::strict).error(), Reason::amount_out_of_range)
        << text;
  }
  for (const char* text : {"+1", "-1", "1 ", " 1m", "1.5m"}) {
    EXPECT_FALSE(amount_from_text(text, Strictness::strict)) << text;
  }
}

RC_GTEST_PROP(Amount, WritesAndReadsBack, ()) {
  const auto amount = *Msat::of(*rc::gen::inRange<std::uint64_t>(1, Msat::kMax));
  RC_ASSERT(amount_read(amount_text(amount)) == amount);
}

template <class Value>
Value bytes32(std::uint32_t seed) {
  return Value::from(
      crypto::sha256(ByteView(reinterpret_cast<const std::uint8_t*>(&seed), sizeof seed)).bytes);
}

std::vector<Feature> some_features() {
  std::set<Feature> bits{kVarOnionOptin, kPaymentSecretRequired};
  for (const auto odd :
       *rc::gen::container<std::vector<std::uint8_t>>(3, rc::gen::arbitrary<std::uint8_t>())) {
    bits.insert(static_cast<Feature>(odd * 2 + 1));
  }
  return {bits.begin(), bits.end()};
}

RouteHop some_hop() {
  RouteHop hop;
  hop.node = crypto::PublicKey::from(kPublishedPayee);
  hop.channel.value = *rc::gen::arbitrary<std::uint64_t>();
  hop.base_fee = *Msat::of(*rc::gen::arbitrary<std::uint32_t>());
  hop.proportional_fee_millionths = *rc::gen::arbitrary<std::uint32_t>();
  hop.cltv_expiry_delta = *rc::gen::arbitrary<std::uint16_t>();
  return hop;
}

InvoiceRequest some_request() {
  InvoiceRequest request;
  request.network =
      *rc::gen::element(Network::mainnet, Network::testnet, Network::signet, Network::regtest);
  if (*rc::gen::arbitrary<bool>())
    request.amount = Msat::of(*rc::gen::inRange<std::uint64_t>(1, Msat::kMax));
  request.timestamp = time_from_unix(*rc::gen::inRange<std::int64_t>(0, 9'000'000'000));
  request.payment_hash = bytes32<PaymentHash>(*rc::gen::arbitrary<std::uint32_t>());
  request.payment_secret = bytes32<PaymentSecret>(*rc::gen::arbitrary<std::uint32_t>());
  if (*rc::gen::arbitrary<bool>()) {
    request.description = bytes32<DescriptionHash>(*rc::gen::arbitrary<std::uint32_t>());
  } else {
    request.description = std::string(*rc::gen::inRange<std::size_t>(0, 640), 'a');
  }
  request.expiry = std::chrono::seconds(*rc::gen::inRange<std::int64_t>(1, 9'000'000'000));
  request.min_final_cltv_expiry_delta = *rc::gen::inRange<std::uint64_t>(1, 1ull << 62);
  request.features = some_features();
  for (int i = *rc::gen::inRange(0, 3); i > 0; --i) {
    request.routes.push_back(Route(static_cast<std::size_t>(*rc::gen::inRange(1, 13)), some_hop()));
  }
  if (*rc::gen::arbitrary<bool>()) request.fallbacks.push_back({17, Bytes(20, 7)});
  if (*rc::gen::arbitrary<bool>()) request.fallbacks.push_back({0, Bytes(32, 8)});
  if (*rc::gen::arbitrary<bool>())
    request.metadata = Bytes(*rc::gen::inRange<std::size_t>(0, 640), 3);
  request.names_payee = *rc::gen::arbitrary<bool>();
  return request;
}

RC_GTEST_PROP(Bolt11, WritesAndReadsBack, ()) {
  const InvoiceRequest request = some_request();
  const std::string text = encode_and_sign(request, published_key(), curve());
  const auto invoice = decode(text, curve());
  RC_ASSERT(invoice.has_value());
  InvoiceFields read = *invoice;
  read.order.clear();
  RC_ASSERT(read == request);
  RC_ASSERT(invoice->payee == crypto::PublicKey::from(kPublishedPayee));
  RC_ASSERT(encode_and_sign(*invoice, published_key(), curve()) == text);
}

RC_GTEST_PROP(Bolt11, AChangedCharacterIsRefused, ()) {
  std::string text = good();
  const auto at = *rc::gen::inRange<std::size_t>(0, text.size());
  const char other = *rc::gen::inRange<char>(33, 127);
  if (other == text[at]) return;
  text[at] = other;
  RC_ASSERT(!decode(text, curve()));
}

TEST(Bolt11, EveryCharacterCounts) {
  const std::string text = good();
  for (std::size_t at = 0; at < text.size(); ++at) {
    EXPECT_FALSE(decode(changed(text, at, text[at] == 'q' ? 'p' : 'q'), curve())) << at;
    EXPECT_FALSE(decode(text.substr(0, at), curve())) << at;
  }
}

TEST(Bolt11, AnOrderNamesOnlyWhatIsThere) {
  for (const FieldType type : {FieldType::route, FieldType::fallback, FieldType::metadata,
                               FieldType::description_hash, static_cast<FieldType>(10)}) {
    InvoiceRequest request;
    request.order = {{type}};
    EXPECT_DEATH(encode_and_sign(request, published_key(), curve()), "") << letter_of(type);
  }
}

TEST(Bolt11, WhatWeMintOldWalletsRead) {
  InvoiceRequest request;
  request.amount = Msat::of(Msat::kMax - 1);
  request.timestamp = time_from_unix(1'700'000'000);
  request.description = std::string(kMintedDescriptionBytesMax, 'a');
  request.expiry = std::chrono::hours(24 * 365);
  request.names_payee = true;
  request.features.push_back(kBasicMultiPart);
  EXPECT_LE(encode_and_sign(request, published_key(), curve()).size(), kMintedCharactersMax);
}

TEST(Network, NamesAndCurrencies) {
  for (const NetworkRow& row : kNetworks) {
    EXPECT_EQ(network_from_text(row.name), row.network);
    EXPECT_EQ(to_text(row.network), row.name);
    EXPECT_EQ(currency_of(row.network), row.currency);
  }
  EXPECT_FALSE(network_from_text("bitcoin"));
}

}  // namespace
}  // namespace tollhouse::bolt
