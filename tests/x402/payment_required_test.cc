// tests/x402: offers and settlements, written as the published examples have them.
#include "x402/payment_required.h"

#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "base/hex.h"
#include "support/precompiled.h"
#include "support/vectors.h"
#include "x402/reason.h"

namespace tollhouse::x402 {
namespace {

using Json = nlohmann::json;

Json bip122_vectors() { return Json::parse(test::vector_file("x402/bip122-exact.json")); }
Json lnbtc_vectors() { return Json::parse(test::vector_file("x402/lnbtc-settle.json")); }

/// The invoice A of x402-bip122.md 17.1.
std::string invoice_a(const Json& vectors) {
  return vectors["cases"][0]["payload"]["payload"]["invoice"].get<std::string>();
}

/// As the seed offers: 3600 seconds, nothing of a gate's own in `extra`.
Offer seed_offer(const Json& vectors) {
  Offer offer;
  offer.network = bolt::Network::mainnet;
  offer.amount = Msat::of(3000).value();
  offer.max_timeout = std::chrono::seconds(3600);
  offer.invoice = invoice_a(vectors);
  return offer;
}

Offer lnbtc_offer(const Json& requirements) {
  Offer offer;
  offer.profile = Profile::lnbtc;
  offer.network = bolt::Network::mainnet;
  offer.amount = Msat::of(25'000).value();
  offer.pay_to = requirements["payTo"].get<std::string>();
  offer.invoice = requirements["extra"]["invoice"].get<std::string>();
  offer.binding = Binding{
      BindingProfile::mcp,
      value_from_hex<Digest>(requirements["extra"]["requestHash"].get<std::string>()).value(),
      R"({"server":"https://gate.example/mcp","metadata":[]})"};
  return offer;
}

TEST(Requirement, R_X402_3_RequirementsToTheByte) {
  const Json vectors = bip122_vectors();
  std::string text;
  append_requirements(text, seed_offer(vectors));
  EXPECT_EQ(text, vectors["challenge"]["x402_requirements_text"].get<std::string>());
}

TEST(Requirement, R_X402_1_LineAndHeaderToTheByte) {
  const Json vectors = bip122_vectors();
  const Offer offer = seed_offer(vectors);
  EXPECT_EQ(challenge_value(offer), vectors["challenge"]["headers"][1][1].get<std::string>());
  const Resource resource{"https://gate.example/mcp", "expensive_tool", "application/json"};
  const std::string required = payment_required(
      {"PAYMENT-SIGNATURE header is required", resource, std::span(&offer, 1), {}});
  EXPECT_EQ(required, vectors["challenge"]["payment_required_text"].get<std::string>());
  EXPECT_EQ(header_value(required), vectors["challenge"]["headers"][2][1].get<std::string>());
}

TEST(Requirement, R_X402_2_AcceptsListsEveryOfferInOrder) {
  const Json vectors = bip122_vectors();
  const Json wanted = lnbtc_vectors()["base"]["requirements"];
  const Offer offers[] = {lnbtc_offer(wanted), seed_offer(vectors)};
  const Json listed = Json::parse(accepts(offers));
  ASSERT_EQ(listed.size(), 2u);
  EXPECT_EQ(listed[0], wanted);
  EXPECT_EQ(listed[1], vectors["challenge"]["body"]["accepts"][0]);
  EXPECT_EQ(rail_name(Profile::bip122),
            vectors["challenge"]["body"]["rails"][1]["name"].get<std::string>());
}

TEST(Requirement, R_X402_6_SettlementToTheByte) {
  const Json vectors = bip122_vectors();
  const auto hash =
      value_from_hex<PaymentHash>(vectors["settlement_response"]["transaction"].get<std::string>());
  const std::string invoice = invoice_a(vectors);
  const std::string text = settlement({Profile::bip122, bolt::Network::mainnet, hash.value(),
                                       invoice, time_from_unix(1'700'000'090)});
  EXPECT_EQ(header_value(text), vectors["settlement_header"].get<std::string>());
  const std::string lnbtc =
      settlement({Profile::lnbtc, bolt::Network::mainnet, hash.value(), invoice, {}});
  EXPECT_EQ(lnbtc, lnbtc_vectors()["settlement_text"].get<std::string>());
}

TEST(Requirement, R_X402_11_NetworksHaveTheirNames) {
  for (const ChainRow& row : kChains) {
    for (const Profile profile : {Profile::bip122, Profile::lnbtc}) {
      const auto named = network_from_name(network_name(profile, row.network));
      ASSERT_TRUE(named);
      EXPECT_EQ(named->profile, profile);
      EXPECT_EQ(named->network, row.network);
    }
  }
  EXPECT_EQ(network_name(Profile::bip122, bolt::Network::simnet), "");
  EXPECT_FALSE(network_from_name("bip122:00000000da84f2bafbbc53dee25a72af"));
  EXPECT_FALSE(network_from_name(""));
}

TEST(PaymentRequired, ASealStandsLastInExtraOfBothProfiles) {
  const Json vectors = bip122_vectors();
  Offer offer = seed_offer(vectors);
  offer.seal = "c2VhbA";
  std::string text;
  append_requirements(text, offer);
  EXPECT_TRUE(text.ends_with(R"(","gate":"c2VhbA"}})")) << text;
  offer = lnbtc_offer(lnbtc_vectors()["base"]["requirements"]);
  offer.seal = "c2VhbA";
  text.clear();
  append_requirements(text, offer);
  EXPECT_TRUE(text.ends_with(R"(","gate":"c2VhbA"}})")) << text;
  EXPECT_EQ(text.find("paymentMethod"), std::string::npos);  // Alby would pay it as P1
}

TEST(PaymentRequired, EmptyMembersOfAResourceAreLeftOutAndExtensionsAreSpliced) {
  const Offer offer = seed_offer(bip122_vectors());
  const Json required = Json::parse(payment_required(
      {"payment_required", {tool_url("a b\"é"), "", ""}, std::span(&offer, 1), R"({"x":{}})"}));
  EXPECT_EQ(required["resource"], Json({{"url", "mcp://tool/a%20b%22%C3%A9"}}));
  EXPECT_EQ(required["extensions"], Json::parse(R"({"x":{}})"));
  EXPECT_EQ(required["x402Version"], 2);
}

TEST(PaymentRequired, AFailureNamesItsReasonAndNoTransaction) {
  EXPECT_EQ(failed_settlement(to_text(Reason::invoice_expired),
                              network_name(Profile::bip122, bolt::Network::regtest)),
            R"({"success":false,"errorReason":"invoice_expired","transaction":"",)"
            R"("network":"bip122:0f9188f13cb7b2c71f2a335e3a4fc328"})");
}

TEST(Reasons, TokensAreUniqueInTheRoom) {
  std::set<std::string_view> tokens;
  for (const auto& row : kReasons) EXPECT_TRUE(tokens.insert(row.token).second) << row.token;
}

}  // namespace
}  // namespace tollhouse::x402
