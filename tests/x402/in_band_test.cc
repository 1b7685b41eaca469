// tests/x402: demands and settlements wherever gates put them in MCP messages.
#include "x402/in_band.h"

#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "support/precompiled.h"
#include "support/vectors.h"

namespace tollhouse::x402 {
namespace {

using Json = nlohmann::json;

const crypto::Secp256k1& curve() {
  static SystemRandom random;
  static const crypto::Secp256k1 made(random);
  return made;
}

class InBand : public testing::Test {
 protected:
  Json required_ = Json::parse(
      Json::parse(test::vector_file("x402/bip122-exact.json"))["challenge"]["payment_required_text"]
          .get<std::string>());

  template <class Find>
  static std::size_t offers_in(const Json& place, Find&& find) {
    json::Document workspace;
    const std::string text = place.dump();
    const auto value = json::parse(text, workspace);
    const std::optional<std::string> required = find(value.value());
    if (!required) return 0;
    const auto object = json::parse(*required, workspace);
    return read_demand(object.value(), curve(), std::nullopt).value().offers.size();
  }
  static std::size_t offers_in_result(const Json& result) {
    return offers_in(result, required_in_result);
  }
  static std::size_t offers_in_error(const Json& error) {
    return offers_in(error, required_in_error);
  }
  Json text_content() const {
    return Json::array({{{"type", "text"}, {"text", required_.dump()}}});
  }
};

TEST_F(InBand, ADemandIsFoundInEveryPlaceOfAnErrorResult) {
  EXPECT_EQ(offers_in_result({{"isError", true}, {"structuredContent", required_}}), 1u);
  EXPECT_EQ(offers_in_result({{"isError", true}, {"content", text_content()}}), 1u);
  EXPECT_EQ(offers_in_result({{"isError", true}, {"_meta", {{"x402/error", required_}}}}), 1u);
  EXPECT_EQ(offers_in_result(Json::parse(extension_result(required_.dump()))), 1u);
}

TEST_F(InBand, AGoodResultIsNotReadForADemand) {
  EXPECT_EQ(offers_in_result({{"structuredContent", required_}}), 0u);
  EXPECT_EQ(offers_in_result({{"isError", false}, {"content", text_content()}}), 0u);
  EXPECT_EQ(offers_in_result({{"isError", true}, {"content", Json::array()}}), 0u);
  EXPECT_EQ(offers_in_result({{"isError", true}, {"content", "x"}}), 0u);
  EXPECT_EQ(offers_in_result({{"isError", true}, {"_meta", 7}}), 0u);
  EXPECT_EQ(offers_in_result(Json::array()), 0u);
}

TEST_F(InBand, ADemandIsFoundInAnError) {
  EXPECT_EQ(offers_in_error({{"code", 402}, {"data", required_}}), 1u);
  EXPECT_EQ(offers_in_error({{"code", -32042}, {"data", {{"x402", required_}}}}), 1u);
  EXPECT_EQ(offers_in_error({{"code", 402}}), 0u);
  EXPECT_EQ(offers_in_error({{"code", 402}, {"data", "x"}}), 0u);
}

TEST_F(InBand, TheSettlementOfAResultIsRead) {
  json::Document workspace;
  const std::string text =
      R"({"content":[],"_meta":{"x402/payment-response":{"success":true,"transaction":"a9",)"
      R"("network":"lnbtc:x"}}})";
  const auto result = json::parse(text, workspace);
  const auto settled = read_settlement_in_result(result.value());
  ASSERT_TRUE(settled);
  EXPECT_TRUE(settled->success);
  EXPECT_EQ(settled->transaction, "a9");
  const auto none = json::parse(R"({"content":[]})", workspace);
  EXPECT_FALSE(read_settlement_in_result(none.value()));
}

}  // namespace
}  // namespace tollhouse::x402
