// tests/x402: the price list and its pages.
#include "x402/discovery.h"

#include <nlohmann/json.hpp>

#include "support/precompiled.h"

namespace tollhouse::x402 {
namespace {

using Json = nlohmann::json;

std::vector<Listing> five_listings() {
  std::vector<Listing> listings;
  for (int i = 0; i < 5; ++i) {
    Offer lnbtc;
    lnbtc.profile = Profile::lnbtc;
    lnbtc.amount = Msat::of(3000).value();
    lnbtc.pay_to = "02aa";
    Offer bip122;
    bip122.amount = Msat::of(3000).value();
    listings.push_back({tool_url("tool_" + std::to_string(i)),
                        i == 3 ? "http" : "mcp",
                        {lnbtc, bip122},
                        time_from_unix(1'700'000'000),
                        i == 0 ? R"({"category":"data"})" : ""});
  }
  return listings;
}

Json document(const DiscoveryQuery& query) {
  return Json::parse(discovery_document(five_listings(), query));
}

TEST(Discovery, AnItemSaysTheTermsAndHasNoInvoice) {
  const Json first = document({})["items"][0];
  EXPECT_EQ(first, Json::parse(R"({
    "resource": "mcp://tool/tool_0", "type": "mcp", "x402Version": 2,
    "accepts": [
      {"scheme": "exact", "network": "lnbtc:0f9188f13cb7b2c71f2a335e3a4fc328", "amount": "3000",
       "asset": "BTC", "payTo": "02aa", "maxTimeoutSeconds": 300,
       "extra": {"assetTransferMethod": "bolt11", "paymentFlow": "upfront"}},
      {"scheme": "exact", "network": "bip122:0f9188f13cb7b2c71f2a335e3a4fc328", "amount": "3000",
       "asset": "BTC", "payTo": "anonymous", "maxTimeoutSeconds": 300,
       "extra": {"paymentMethod": "lightning"}}],
    "lastUpdated": "2023-11-14T22:13:20.000Z", "metadata": {"category": "data"}})"));
  EXPECT_FALSE(document({})["items"][1].contains("metadata"));
}

TEST(Discovery, PagesAndTypes) {
  EXPECT_EQ(document({})["items"].size(), 5u);
  EXPECT_EQ(document({})["pagination"], Json::parse(R"({"limit": 20, "offset": 0, "total": 5})"));
  const Json page = document({"mcp", 2, 2});
  EXPECT_EQ(page["pagination"], Json::parse(R"({"limit": 2, "offset": 2, "total": 4})"));
  ASSERT_EQ(page["items"].size(), 2u);
  EXPECT_EQ(page["items"][0]["resource"], "mcp://tool/tool_2");
  EXPECT_EQ(page["items"][1]["resource"], "mcp://tool/tool_4");
  EXPECT_EQ(document({"http", 20, 0})["items"].size(), 1u);
  EXPECT_EQ(document({"other", 20, 0})["items"].size(), 0u);
  EXPECT_EQ(document({"", 20, 5})["items"].size(), 0u);
}

TEST(Discovery, QueriesAreReadStrictly) {
  const auto whole = read_discovery_query("type=mcp&limit=100&offset=3&other=x");
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->type, "mcp");
  EXPECT_EQ(whole->limit, 100u);
  EXPECT_EQ(whole->offset, 3u);
  const auto empty = read_discovery_query("");
  ASSERT_TRUE(empty);
  EXPECT_EQ(empty->limit, 20u);
  EXPECT_TRUE(read_discovery_query("&&a&=b"));
  for (const char* const bad :
       {"limit=0", "limit=101", "limit=", "limit", "limit=1x", "limit=-1", "offset=-1",
        "offset=99999999999999999999", "offset=1000001", "limit=1&limit=1", "type=a&type=a"}) {
    EXPECT_FALSE(read_discovery_query(bad)) << bad;
  }
}

}  // namespace
}  // namespace tollhouse::x402
