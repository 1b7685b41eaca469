// tests/x402: seals of offers: what opens them, and that nothing else does.
#include "x402/seal.h"

#include <rapidcheck/gtest.h>

#include "base/base64.h"
#include "support/precompiled.h"

namespace tollhouse::x402 {
namespace {

constexpr std::string_view kInvoice = "lnbc30n1pj48ugqpp54y3u9s8ylemsv8l3ewyzzu0klhujvuvmkl6";
constexpr std::string_view kPayTo =
    "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";

Digest key_of(std::uint8_t seed) {
  Digest key;
  key.bytes.fill(seed);
  return key;
}

SealKeys keys_of(std::initializer_list<std::uint8_t> seeds) {
  std::vector<Digest> keys;
  for (const std::uint8_t seed : seeds) keys.push_back(key_of(seed));
  return SealKeys(keys);
}

/// The text with one bit of what it decodes to turned.
std::string with_bit_flipped(std::string_view seal, std::size_t bit) {
  Bytes bytes = bytes_from_base64url(seal).value();
  bit %= bytes.size() * 8;
  bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] ^ 1u << bit % 8);
  return base64url(bytes);
}

TEST(Seal, OpensUnderEveryKeyOfTheRing) {
  const TermsDigest terms = digest_of({"mcp", "tool", "client", std::nullopt});
  const std::string seal = keys_of({1}).seal_terms(kInvoice, terms);
  EXPECT_EQ(seal.size(), 40u);
  EXPECT_EQ(keys_of({1}).open_terms(kInvoice, seal), terms);
  EXPECT_EQ(keys_of({2, 1}).open_terms(kInvoice, seal), terms);
  EXPECT_FALSE(keys_of({2}).open_terms(kInvoice, seal));
  EXPECT_FALSE(keys_of({1}).open_terms("lnbc31n1", seal));
  const std::string vouched = keys_of({1}).seal_invoice(kPayTo, kInvoice);
  EXPECT_EQ(vouched.size(), 20u);
  EXPECT_TRUE(keys_of({2, 1}).is_sealed(kPayTo, kInvoice, vouched));
  EXPECT_FALSE(keys_of({2}).is_sealed(kPayTo, kInvoice, vouched));
  EXPECT_FALSE(keys_of({1}).is_sealed("anonymous", kInvoice, vouched));
  EXPECT_FALSE(keys_of({1}).is_sealed(kPayTo, "lnbc31n1", vouched));
}

TEST(Seal, AnInvoiceForOneClientIsNotForAnotherNorForAnybody) {
  const SealKeys keys = keys_of({1});
  const std::string anybodys = keys.seal_invoice(kPayTo, kInvoice);
  const std::string bound = keys.seal_invoice(kPayTo, kInvoice, "127.0.0.1");
  EXPECT_EQ(bound.size(), 20u);
  EXPECT_TRUE(keys_of({2, 1}).is_sealed(kPayTo, kInvoice, bound, "127.0.0.1"));
  EXPECT_FALSE(keys.is_sealed(kPayTo, kInvoice, bound, "127.0.0.2"));
  EXPECT_FALSE(keys.is_sealed(kPayTo, kInvoice, bound));
  EXPECT_FALSE(keys.is_sealed(kPayTo, kInvoice, anybodys, "127.0.0.1"));
}

TEST(Seal, OneKindIsNotTheOther) {
  const SealKeys keys = keys_of({1});
  const std::string terms = keys.seal_terms(kInvoice, {});
  const std::string vouched = keys.seal_invoice(kPayTo, kInvoice);
  EXPECT_FALSE(keys.open_terms(kInvoice, vouched));
  EXPECT_FALSE(keys.is_sealed(kPayTo, kInvoice, terms));
  const std::string padding(40, '=');
  for (const std::string_view junk :
       {std::string_view(), std::string_view("gate"), std::string_view(padding),
        std::string_view("AAAAAAAAAAAAAAAAAAAA"), std::string_view("AAAAAAAAAAAAAAAAAAA=")}) {
    EXPECT_FALSE(keys.open_terms(kInvoice, junk)) << junk;
    EXPECT_FALSE(keys.is_sealed(kPayTo, kInvoice, junk)) << junk;
  }
}

TEST(Seal, EachTermCountsAndNoTwoRunTogether) {
  const Digest request = key_of(7);
  const TermsDigest digests[] = {
      digest_of({"mcp", "tool", "client", request}),
      digest_of({"mcpt", "ool", "client", request}),
      digest_of({"mcp", "tool", "", request}),
      digest_of({"mcp", "toolclient", "", request}),
      digest_of({"mcp", "tool", "client", std::nullopt}),
      digest_of({}),
  };
  const std::set<TermsDigest> unlike(std::begin(digests), std::end(digests));
  EXPECT_EQ(unlike.size(), std::size(digests));
}

RC_GTEST_PROP(Requirement, R_X402_9_AnyBitTurnedInSealedTermsIsRefused,
              (const std::string& tool, std::size_t bit)) {
  const SealKeys keys = keys_of({1, 2});
  const std::string seal = keys.seal_terms(kInvoice, digest_of({"mcp", tool, {}, std::nullopt}));
  RC_ASSERT(keys.open_terms(kInvoice, seal).has_value());
  RC_ASSERT(!keys.open_terms(kInvoice, with_bit_flipped(seal, bit)));
  std::string other(kInvoice);
  other[bit % other.size()] = static_cast<char>(other[bit % other.size()] ^ 1);
  RC_ASSERT(!keys.open_terms(other, seal));
}

RC_GTEST_PROP(Seal, AnyBitTurnedInASealedInvoiceIsRefused, (std::size_t bit)) {
  const SealKeys keys = keys_of({1, 2});
  const std::string seal = keys.seal_invoice(kPayTo, kInvoice);
  RC_ASSERT(keys.is_sealed(kPayTo, kInvoice, seal));
  RC_ASSERT(!keys.is_sealed(kPayTo, kInvoice, with_bit_flipped(seal, bit)));
}

}  // namespace
}  // namespace tollhouse::x402
