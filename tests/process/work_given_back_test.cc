// tests/process: what a refused call has cost in work: by the real program over real sockets.
// Promise: nothing. Neither the solution, nor the client's calls of the day, nor the difficulty.
#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "process/gate_process.h"
#include "support/precompiled.h"

namespace tollhouse::test {
namespace {

using Json = nlohmann::json;

constexpr const char* kTwoADay = "rails: { pow: { per_day: 2 } }\n";

HttpRequest by_work(const GateProcess& gate, const std::string& tool, const std::string& solution) {
  HttpRequest request = gate.request(tool);
  request.fields.emplace_back("X-PoW-Solution", solution);
  return request;
}

double accepted(const GateProcess& gate, const std::string& tool) {
  return gate.sample("tollhouse_pow_solutions_total{tool=\"" + tool + "\",result=\"accepted\"}");
}

TEST(WorkGivenBack, R_POW_14_AServerThatIsDownCostsNoFreeCall) {
  Upstream upstream;
  const ReservedPort nobody;
  const Site site(nobody.port(), kTwoADay);
  GateProcess gate(site);
  ASSERT_TRUE(gate.started()) << gate.output();
  const HttpRequest request =
      by_work(gate, "alone.json", solved(refusal_of(gate.call("alone.json"))["pow"]));
  for (int i = 0; i < 4; ++i) EXPECT_EQ(send_request(gate.port(), request).status, 502);
  // Nor by a credential.
  const Json asked = Json::parse(gate.post("/mcp/pow/challenge", R"({"tool":"alone.json"})").body);
  const std::string nonce = asked["nonce"];
  const std::string body =
      Json{{"nonce", nonce}, {"solution", solve(nonce, asked["difficultyBits"])}}.dump();
  const Json granted = Json::parse(gate.post("/mcp/pow/verify", body).body);
  const std::string shown = Credential{granted["macaroon"], granted["preimage"]}.authorization();
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(gate.call_settled(gate.request("alone.json", shown)).status, 502);
  }
}

TEST(WorkGivenBack, R_POW_14_R_POW_10_APaymentThatIsNotConfirmedCostsNoFreeCallAndNoDifficulty) {
  Upstream upstream;
  const Site site(upstream.port(), kTwoADay);
  GateProcess gate(site);
  ASSERT_TRUE(gate.started()) << gate.output();
  const HttpAnswer refused = gate.call("both.json");
  const Json offers = refusal_of(refused)["accepts"];
  Json accepting;
  for (const Json& each : offers) {
    if (each["network"].get<std::string>().starts_with("bip122:")) accepting = each;
  }
  const Json payment = {{"x402Version", 2},
                        {"accepted", accepting},
                        {"payload", {{"invoice", accepting["extra"]["invoice"]}}}};
  HttpRequest request = by_work(gate, "both.json", solved(refusal_of(refused)["pow"]));
  request.fields.emplace_back("PAYMENT-SIGNATURE", base64(bytes_of(payment.dump())));
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(code_of(send_request(gate.port(), request)), "invoice_not_paid");
  }
  ASSERT_TRUE(gate.pay(offer_of(refused)));
  gate.fault("down");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(send_request(gate.port(), request).status, 503);
  EXPECT_EQ(accepted(gate, "both.json"), 0) << "only accepted solutions count (pow.md 7)";
  gate.fault("none");
  EXPECT_EQ(send_request(gate.port(), request).status, 200) << "by the same work";
  EXPECT_EQ(accepted(gate, "both.json"), 1);
}

TEST(WorkGivenBack, R_POW_9_SixtyFourAtOnceWithOnePaymentAndOneSolutionPassOnce) {
  Upstream upstream;
  const Site site(upstream.port());
  GateProcess gate(site);
  ASSERT_TRUE(gate.started()) << gate.output();
  const HttpAnswer refused = gate.call("both.json");
  const auto paid = gate.pay(offer_of(refused));
  ASSERT_TRUE(paid);
  HttpRequest request = by_work(gate, "both.json", solved(refusal_of(refused)["pow"]));
  request.fields.emplace_back("Authorization", paid->authorization());
  auto statuses = gate.sixty_four_at_once([&](int) { return request; });
  EXPECT_EQ(statuses[200], 1);
  EXPECT_EQ(statuses[200] + statuses[409], 64);
  EXPECT_EQ(upstream.calls("both.json"), 1U);
  EXPECT_EQ(site.check().value("charges", 0U), 1U);
}

TEST(WorkGivenBack, R_POW_2_TwoSolutionsThatContradictEachOtherAreRefusedWhateverFollows) {
  Upstream upstream;
  const Site site(upstream.port());
  GateProcess gate(site);
  ASSERT_TRUE(gate.started()) << gate.output();
  const std::string first = solved(refusal_of(gate.call("alone.json"))["pow"]);
  const std::string second = solved(refusal_of(gate.call("alone.json"))["pow"]);
  HttpRequest request = by_work(gate, "alone.json", first);
  for (const std::string& next : {second, second}) {
    request.fields.emplace_back("X-PoW-Solution", next);
    const HttpAnswer answer = send_request(gate.port(), request);
    EXPECT_EQ(answer.status, 400) << answer.body;
    EXPECT_EQ(code_of(answer), "conflicting_credentials");
  }
  HttpRequest twice = by_work(gate, "alone.json", first);
  twice.fields.emplace_back("X-PoW-Solution", first);
  EXPECT_EQ(send_request(gate.port(), twice).status, 200) << "the same twice says one thing";
}

}  // namespace
}  // namespace tollhouse::test
