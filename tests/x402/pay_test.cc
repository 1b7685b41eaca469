// tests/x402: the caller's side: demands of other gates, offers held against the call that is
// meant, and payments that this gate's own readers take.
#include "x402/pay.h"

#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "base/hex.h"
#include "support/precompiled.h"
#include "support/vectors.h"
#include "x402/payment_payload.h"
#include "x402/verify_bip122.h"
#include "x402/verify_lnbtc.h"

namespace tollhouse::x402 {
namespace {

using Json = nlohmann::json;

const crypto::Secp256k1& curve() {
  static SystemRandom random;
  static const crypto::Secp256k1 made(random);
  return made;
}

Preimage published_preimage() {
  return value_from_hex<Preimage>(
             "0001020304050607080900010203040506070809000102030405060708090102")
      .value();
}

constexpr McpCall kCall{
    "https://gate.example/mcp", {}, "fetch_market_metrics", R"({"pair":"BTC-USD","depth":5})", {}};

class Paying : public testing::Test {
 protected:
  Json p1_ = Json::parse(test::vector_file("x402/bip122-exact.json"));
  Json p2_ = Json::parse(test::vector_file("x402/lnbtc-settle.json"));
  /// The offer whose invoice the published preimage opens.
  Json lnbtc_ = p2_["base"]["payload"]["accepted"];
  Json bip122_ = p1_["challenge"]["body"]["accepts"][0];
  Intent intent_{.now = time_from_unix(1'700'000'010), .mcp = &kCall};

  static std::optional<Demand> read(const Json& required,
                                    bolt::Network network = bolt::Network::mainnet) {
    const std::string text = required.dump();
    return read_demand_header(base64(bytes_of(text)), curve(), network);
  }
  static Json demand(const Json& accepts) {
    return {{"x402Version", 2},
            {"error", "payment_required"},
            {"resource", {{"url", "mcp://tool/x"}}},
            {"accepts", accepts}};
  }
  std::string checked(const Json& requirements) const {
    const auto found = read(demand(Json::array({requirements})));
    if (!found || found->offers.empty()) return "not an offer";
    const auto fits = check_offer(found->offers[0].offer, intent_, curve());
    return fits ? "good" : std::string(to_text(fits.error()));
  }
};

TEST_F(Paying, TheHeaderOfAGateIsRead) {
  const std::string header = p1_["challenge"]["headers"][2][1].get<std::string>();
  const auto found = read_demand_header(header, curve(), bolt::Network::mainnet);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->error, "PAYMENT-SIGNATURE header is required");
  EXPECT_EQ(Json::parse(found->resource.value())["url"], "https://gate.example/mcp");
  ASSERT_EQ(found->offers.size(), 1u);
  EXPECT_EQ(found->offers[0].offer.amount.count(), 3000u);
  EXPECT_EQ(Json::parse(found->offers[0].requirements), bip122_);
}

TEST_F(Paying, TheLineOfAGateIsReadAndOneWithoutRequirementsIsNot) {
  const std::string line = p1_["challenge"]["headers"][1][1].get<std::string>();
  const std::string without = p1_["challenge"]["compact_form_without_invoice"].get<std::string>();
  const std::string_view lines[] = {p1_["challenge"]["headers"][0][1].get_ref<std::string&>(),
                                    without, line};
  const auto found = read_challenges(lines, curve(), bolt::Network::mainnet);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(Json::parse(found[0].requirements), bip122_);
}

TEST_F(Paying, OffersOfOtherSchemesChainsAndVersionsAreLeftOut) {
  Json other = bip122_;
  other["network"] = "eip155:8453";
  Json upto = bip122_;
  upto["scheme"] = "upto";
  const auto found = read(demand(Json::array({other, upto, bip122_, lnbtc_, 7, nullptr})));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->offers.size(), 2u);
  EXPECT_TRUE(read(demand(Json::array({bip122_})), bolt::Network::regtest)->offers.empty());
  EXPECT_TRUE(read(demand(Json::array()))->offers.empty());
  Json old = demand(Json::array({bip122_}));
  old["x402Version"] = 1;
  EXPECT_FALSE(read(old));
  EXPECT_FALSE(read({{"x402Version", 2}}));
  EXPECT_FALSE(read_demand_header("***", curve(), bolt::Network::mainnet));
  EXPECT_FALSE(read_demand_header("", curve(), bolt::Network::mainnet));
  const Json many(40, bip122_);
  EXPECT_EQ(read(demand(many))->offers.size(), 16u);
}

TEST_F(Paying, ThePreimageIsPreferredWhereTheRequestFits) {
  const auto found = read(demand(Json::array({bip122_, lnbtc_}))).value();
  const FoundOffer* chosen = choose_offer(found, intent_, curve());
  ASSERT_NE(chosen, nullptr);
  EXPECT_EQ(chosen->offer.profile, Profile::lnbtc);
  intent_.mcp = nullptr;  // not a call whose request could be bound
  chosen = choose_offer(found, intent_, curve());
  ASSERT_NE(chosen, nullptr);
  EXPECT_EQ(chosen->offer.profile, Profile::bip122);
  intent_.now = time_from_unix(1'800'000'000);
  EXPECT_EQ(choose_offer(found, intent_, curve()), nullptr);
}

TEST_F(Paying, WhatIsWrongWithAnOfferIsSeenBeforeMoneyLeaves) {
  EXPECT_EQ(checked(lnbtc_), "good");
  EXPECT_EQ(checked(bip122_), "good");
  const auto with = [](Json offer, const char* pointer, const Json& value) {
    offer[Json::json_pointer(pointer)] = value;
    return offer;
  };
  EXPECT_EQ(checked(with(lnbtc_, "/amount", "26000")),
            "invalid_exact_lnbtc_invoice_amount_mismatch");
  EXPECT_EQ(checked(with(lnbtc_, "/maxTimeoutSeconds", 301)),
            "invalid_exact_lnbtc_invoice_expiry_mismatch");
  EXPECT_EQ(checked(with(lnbtc_, "/payTo",
                         "02c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5")),
            "invalid_exact_lnbtc_invoice_payee_mismatch");
  EXPECT_EQ(checked(with(lnbtc_, "/extra/requestHash", std::string(64, '0'))),
            "invalid_exact_lnbtc_request_mismatch");
  EXPECT_EQ(checked(with(lnbtc_, "/extra/requestBindingParams/server", "https://evil.example/")),
            "invalid_exact_lnbtc_request_mismatch");
  EXPECT_EQ(checked(with(lnbtc_, "/extra/invoice", bip122_["extra"]["invoice"])),
            "invalid_exact_lnbtc_invoice_description");
  EXPECT_EQ(checked(with(bip122_, "/amount", "2000")), "amount_mismatch");
  EXPECT_EQ(checked(with(bip122_, "/extra/invoice", "lnbc1")), "bolt11_decode_failed");
  for (const Json& item : p1_["cases"]) {
    if (item["id"] == "s7-network-prefix") {
      EXPECT_EQ(checked(with(bip122_, "/extra/invoice", item["payload"]["payload"]["invoice"])),
                "network_mismatch");
    }
  }
  intent_.now = time_from_unix(1'700'003'601);
  EXPECT_EQ(checked(bip122_), "invoice_expired");
  EXPECT_EQ(checked(lnbtc_), "invalid_exact_lnbtc_invoice_expired");
}

TEST_F(Paying, NamesThatAnOfferBindsAreHashedOfTheCallThatIsMeant) {
  const std::vector<std::string> names{"tenant"};
  McpCall call = kCall;
  call.metadata = names;
  call.meta = R"({"tenant":"acme"})";
  json::Document workspace;
  const auto bound = bind_mcp(call, workspace);
  ASSERT_TRUE(bound);
  Json offer = lnbtc_;
  offer["extra"]["requestHash"] = hex(bound->request_hash.view());
  offer["extra"]["requestBindingParams"] = Json::parse(bound->parameters);
  McpCall meant = kCall;
  intent_.mcp = &meant;
  EXPECT_EQ(checked(offer), "invalid_exact_lnbtc_request_mismatch");
  meant.meta = call.meta;
  EXPECT_EQ(checked(offer), "invalid_exact_lnbtc_invoice_request_mismatch");  // it is the old one
}

TEST_F(Paying, WhatIsBuiltPassesHere) {
  const auto found = read(demand(Json::array({bip122_, lnbtc_}))).value();
  const Preimage preimage = published_preimage();
  Payment payment;
  const std::string p2 = header_value(payment_for(found.offers[1], *found.resource, &preimage));
  ASSERT_TRUE(payment.read({PaymentText::Form::base64, p2}));
  EXPECT_TRUE(verify_lnbtc(payment, {&found.offers[1].offer}, nullptr, curve(), intent_.now));
  const std::string p1 = header_value(payment_for(found.offers[0], {}, nullptr));
  ASSERT_TRUE(payment.read({PaymentText::Form::base64, p1}));
  Digest key;
  const SealKeys keys(std::span(&key, 1));
  const Bip122Rules rules{.network = bolt::Network::mainnet};
  const auto echo = read_echo(payment, rules, keys, curve());
  ASSERT_TRUE(echo);
  EXPECT_EQ(echo->invoice, found.offers[0].offer.invoice);
  EXPECT_FALSE(echo->preimage);
  const std::string shown = payment_for(found.offers[0].offer, {}, &preimage);
  ASSERT_TRUE(payment.read({PaymentText::Form::json, shown}));
  const auto with_preimage = read_echo(payment, rules, keys, curve());
  ASSERT_TRUE(with_preimage);
  EXPECT_EQ(check_preimage(*with_preimage, rules), Proof::preimage);
}

TEST_F(Paying, WhatIsBuiltIsThePublishedPayment) {
  const auto found = read(p1_["challenge"]["body"]);
  ASSERT_TRUE(found);
  const Json built = Json::parse(payment_for(found->offers[0], *found->resource, nullptr));
  EXPECT_EQ(built, Json::parse(p1_["payment_text_valid"].get<std::string>()));
}

TEST_F(Paying, AMintedOfferIsCheckedBeforeItIsSealed) {
  const auto found = read(demand(Json::array({lnbtc_}))).value();
  Offer offer = found.offers[0].offer;
  EXPECT_TRUE(check_minted(offer, curve(), intent_.now));
  offer.amount = Msat::of(24'000).value();
  EXPECT_EQ(check_minted(offer, curve(), intent_.now).error(),
            Reason::lnbtc_invoice_amount_mismatch);
  offer = found.offers[0].offer;
  offer.invoice = bip122_["extra"]["invoice"].get<std::string>();
  EXPECT_EQ(check_minted(offer, curve(), intent_.now).error(), Reason::lnbtc_invoice_description);
}

TEST_F(Paying, SettlementsOfAGateAreRead) {
  const auto good = read_settlement_header(p1_["settlement_header"].get<std::string>());
  ASSERT_TRUE(good);
  EXPECT_TRUE(good->success);
  EXPECT_EQ(good->transaction, p1_["settlement_response"]["transaction"].get<std::string>());
  const std::string failed =
      header_value(failed_settlement("invoice_expired", "bip122:000000000019d6689c085ae165831e93"));
  EXPECT_FALSE(read_settlement_header(failed)->success);
  EXPECT_EQ(read_settlement_header(failed)->error_reason, "invoice_expired");
  EXPECT_FALSE(read_settlement_header(header_value(R"({"success":"yes"})")));
  EXPECT_FALSE(read_settlement_header(header_value("[]")));
}

}  // namespace
}  // namespace tollhouse::x402
