// tests/cli: `inspect` of the Payment scheme.
#include <nlohmann/json.hpp>

#include "cli/inspect.h"
#include "support/precompiled.h"
#include "support/vectors.h"

namespace tollhouse::cli {
namespace {

using Json = nlohmann::json;

constexpr Time kNow = time_from_unix(1'700'000'060);

Json facts_json(const std::string& thing) {
  Json json = Json::object();
  const auto facts = facts_of(thing, kNow);
  if (!facts) return json;
  for (const Fact& fact : *facts) json[fact.name] = Json::parse(fact.json);
  return json;
}

std::string shown(const std::string& thing) {
  std::string text;
  const auto facts = facts_of(thing, kNow);
  for (const Fact& fact : facts.value_or(Facts{})) text += fact.json + fact.text;
  return text;
}

TEST(InspectPayment, EveryPublishedThing) {
  const Json all = Json::parse(test::vector_file("mpp/lightning-charge.json"));
  for (const Json& entry : all["challenges"]) {
    SCOPED_TRACE(entry["name"].get<std::string>());
    const Json facts = facts_json("WWW-Authenticate: " + entry["header"].get<std::string>());
    EXPECT_EQ(facts["kind"], "mpp_challenge");
    EXPECT_EQ(facts["id"], entry["challenge"]["id"]);
    EXPECT_EQ(facts["priceMsat"], 3000);
    EXPECT_EQ(facts["invoice"]["paymentHash"], entry["payment_hash"]);
    EXPECT_EQ(facts["verified"], false);
  }
  const Json& valid = all["credentials"][0];
  const std::string preimage = valid["credential"]["payload"]["preimage"];
  for (const char* before : {"", "Authorization: ", "authorization:"}) {
    const std::string thing = before + valid["authorization"].get<std::string>();
    const Json facts = facts_json(thing);
    EXPECT_EQ(facts["kind"], "mpp_credential");
    EXPECT_EQ(facts["preimageFits"], true);
    EXPECT_EQ(shown(thing).find(preimage.substr(8)), std::string::npos);
  }
  const std::string receipt = valid["expect"]["payment_receipt"];
  const Json facts = facts_json("Payment-Receipt: " + receipt);
  EXPECT_EQ(facts["kind"], "mpp_receipt");
  EXPECT_EQ(facts["reference"], valid["expect"]["receipt"]["reference"]);
}

TEST(InspectPayment, WhatIsNoneIsNotTakenForOne) {
  for (const char* thing : {"Payment", "Payment x", "Payment e30", "Payment id=\"a\", realm=\"r\"",
                            "Payment-Receipt: ***", "Payment-Receipt: W10"}) {
    EXPECT_TRUE(facts_json(thing).empty()) << thing;
  }
}

}  // namespace
}  // namespace tollhouse::cli
