// tests/process: credentials for work (`/mcp/pow/challenge`, `/mcp/pow/verify`): by the real
// program over real sockets. Promise: one opens what its challenge was asked for and no more, also
// where one row stands for all tools; and work that brings no credential is not used up.
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "process/gate_process.h"
#include "support/precompiled.h"

namespace tollhouse::test {
namespace {

using Json = nlohmann::json;

// Random once, used in these tests only.
constexpr const char* kRoot = "5d0f2d8be2bd3bb6cfd1c8d16bb1f3f14d1d8b1f2a9d1c26a7f0d43e0d5b7a91";
constexpr const char* kAllByWork = R"("*": { work: 8 bits }, "free.json": free)";
constexpr const char* kMixed = R"("*": { work: 8 bits }, "paid.json": { price: 3 sat })";

class CredentialForWork : public ::testing::Test {
 protected:
  Upstream upstream_;
  std::optional<Site> site_;

  GateProcess started(const std::string& tools,
                      const std::string& more = "rails: { pow: { bits: 8 } }\n") {
    site_.emplace("upstream: http://127.0.0.1:" + std::to_string(upstream_.port()) +
                  "/mcp\ntools: { " + tools + " }\n" + more);
    return GateProcess(
        *site_, {.environment = {"TOLLHOUSE_LISTEN=127.0.0.1:0", "TOLLHOUSE_ADMIN=127.0.0.1:0",
                                 "TOLLHOUSE_LIGHTNING_DRIVER=simulated",
                                 "TOLLHOUSE_DATA_DIR=" + site_->books().string(),
                                 "LN_GATE_HMAC=" + std::string(kRoot)}});
  }

  static Json challenge(const GateProcess& gate, const std::string& body) {
    const HttpAnswer answer = gate.post("/mcp/pow/challenge", body);
    EXPECT_EQ(answer.status, 200) << answer.body;
    return Json::parse(answer.body);
  }
  static std::string named(const std::string& tool) { return Json{{"tool", tool}}.dump(); }
  /// What is sent to verify; seed 004's clients say no tool.
  static std::string verify_body(const std::string& nonce, unsigned bits,
                                 const std::string& tool = "") {
    Json body = {{"nonce", nonce}, {"solution", solve(nonce, bits)}};
    if (!tool.empty()) body["tool"] = tool;
    return body.dump();
  }
  static std::string verify_body(const Json& asked, const std::string& tool = "") {
    return verify_body(asked["nonce"], asked["difficultyBits"], tool);
  }
  static std::string authorization(const HttpAnswer& granted) {
    EXPECT_EQ(granted.status, 200) << granted.body;
    if (granted.status != 200) return "";
    const Json body = Json::parse(granted.body);
    return Credential{body["macaroon"], body["preimage"]}.authorization();
  }
};

TEST_F(CredentialForWork, R_POW_5_R_POW_6_OneRowForAllToolsGivesCredentialsWithAndWithoutATool) {
  GateProcess gate = started(kAllByWork);
  ASSERT_TRUE(gate.started()) << gate.output();
  for (const std::string& asked : {named("any.json"), std::string()}) {
    SCOPED_TRACE(asked);
    const std::string body = verify_body(challenge(gate, asked));
    const std::string shown = authorization(gate.post("/mcp/pow/verify", body));
    EXPECT_EQ(gate.call("any.json", shown).status, 200);
    EXPECT_EQ(gate.call_settled(gate.request("other.json", shown)).status, 409) << "good once";
  }
  const Json paid =
      Json::parse(upstream_.received().back().field("X-Tollhouse-Pay-Auth"), nullptr, false);
  EXPECT_EQ(paid["rail"], "pow") << "R-CORE-6: as the log says it";
  EXPECT_EQ(paid["amountMsat"], 0);
}

TEST_F(CredentialForWork, R_POW_6_R_POW_8_BesideOtherRowsTheToolIsSaid) {
  GateProcess gate = started(kMixed);
  ASSERT_TRUE(gate.started()) << gate.output();
  const HttpAnswer for_none = gate.post("/mcp/pow/challenge", "");
  EXPECT_EQ(for_none.status, 400) << "before anybody works for nothing";
  EXPECT_NE(for_none.body.find("tool"), std::string::npos);

  const Json asked = challenge(gate, named("any.json"));
  for (const std::string tool : {"", "other.json", "paid.json"}) {
    const HttpAnswer refused = gate.post("/mcp/pow/verify", verify_body(asked, tool));
    EXPECT_EQ(refused.status, 400) << tool;
    EXPECT_EQ(Json::parse(refused.body)["error"], "invalid_solution");
    EXPECT_EQ(Json::parse(refused.body)["code"], "pow_binding");
    const bool says = refused.body.find("say the tool") != std::string::npos;
    EXPECT_EQ(says, tool.empty()) << refused.body;
  }
  const std::string shown =
      authorization(gate.post("/mcp/pow/verify", verify_body(asked, "any.json")));
  EXPECT_EQ(gate.call("other.json", shown).status, 403);
  EXPECT_EQ(gate.call("paid.json", shown).status, 403);
  EXPECT_EQ(gate.call("any.json", shown).status, 200);

  // What was asked for no tool is good for each, one at a time.
  const Json offer = Json::parse(gate.get("/api/challenge?unit=bits").body);
  const unsigned bits = offer["difficultyBits"];
  const HttpAnswer unnamed = gate.post("/mcp/pow/verify", verify_body(offer["challenge"], bits));
  EXPECT_EQ(unnamed.status, 400);
  EXPECT_NE(unnamed.body.find("say the tool"), std::string::npos) << unnamed.body;
  const std::string body = verify_body(offer["challenge"], bits, "third.json");
  const std::string third = authorization(gate.post("/mcp/pow/verify", body));
  EXPECT_EQ(gate.call("any.json", third).status, 403);
  EXPECT_EQ(gate.call("third.json", third).status, 200);
}

TEST_F(CredentialForWork, R_POW_8_WorkThatIsBoundToTheBodyIsDoneForItAlone) {
  GateProcess gate =
      started(R"("*": { work: 8 bits }, "bound.json": { work: 8 bits, bind: [body] })");
  ASSERT_TRUE(gate.started()) << gate.output();
  const HttpAnswer refused = gate.post("/mcp/pow/challenge", named("bound.json"));
  EXPECT_EQ(refused.status, 400);
  EXPECT_NE(refused.body.find("bound to the call"), std::string::npos) << refused.body;
  EXPECT_EQ(gate.post("/mcp/pow/challenge", named("any.json")).status, 200);

  const Json offer = refusal_of(gate.call("bound.json"))["pow"];
  HttpRequest worked = gate.request("bound.json");
  worked.fields.emplace_back("X-PoW-Solution", solved(offer));
  HttpRequest changed = worked;
  changed.body = call_body("bound.json", R"({"q":"something else"})");
  EXPECT_EQ(refusal_of(send_request(gate.port(), changed))["code"], "pow_binding");
  const HttpAnswer served = send_request(gate.port(), worked);
  EXPECT_EQ(served.status, 200) << served.body;
}

TEST_F(CredentialForWork, R_POW_6_WhatARefusalOffersIsVerifiedForItsTool) {
  GateProcess gate = started(kMixed, "rails: { pow: { bits: 8, calls_per_solve: 2 } }\n");
  ASSERT_TRUE(gate.started()) << gate.output();
  const Json offer = refusal_of(gate.call("any.json"))["pow"];
  EXPECT_EQ(offer["callsPerSolve"], 2);
  const std::string body = verify_body(offer["challenge"], 8, "any.json");
  const std::string shown = authorization(gate.post("/mcp/pow/verify", body));
  for (const int status : {200, 200, 409}) {
    EXPECT_EQ(gate.call_settled(gate.request("any.json", shown)).status, status);
  }
}

TEST_F(CredentialForWork, R_SDK_4_TheCallersProgramWorksOnceForSeveralCallsOfSuchATool) {
  GateProcess gate = started(kMixed, "rails: { pow: { bits: 8, calls_per_solve: 2 } }\n");
  ASSERT_TRUE(gate.started()) << gate.output();
  const std::string home = site_->folder().string();
  for (const bool reused : {false, true}) {
    Child call({std::string(TOLLHOUSE_BUILD) + "/tollhouse", "call",
                "http://127.0.0.1:" + std::to_string(gate.port()) + "/mcp", "any.json", "--json"},
               {"HOME=" + home, "XDG_CACHE_HOME=" + home, "XDG_STATE_HOME=" + home,
                "XDG_DATA_HOME=" + home, "XDG_CONFIG_HOME=" + home});
    const auto told = call.wait_for_line("\"reused\"");
    EXPECT_EQ(call.wait(), 0) << call.output();
    ASSERT_TRUE(told) << call.output();
    EXPECT_EQ(Json::parse(*told)["reused"], reused);
  }
  EXPECT_EQ(upstream_.calls("any.json"), 2U);
}

TEST_F(CredentialForWork, R_POW_6_MoreToolsThanACredentialNamesDoNotBurnTheWork) {
  for (const int tools : {60, 200}) {  // longer than a caveat, and more than a list
    SCOPED_TRACE(tools);
    std::string rows = R"("paid.json": { price: 3 sat })";
    const auto name = [](int number) {
      return "tool-with-a-long-name-" + std::to_string(number) + ".json";
    };
    for (int i = 0; i < tools; ++i) rows += ", \"" + name(i) + "\": { work: 8 bits }";
    GateProcess gate = started(rows);
    ASSERT_TRUE(gate.started()) << gate.output();
    const Json offer = Json::parse(gate.get("/api/challenge?unit=bits").body);
    const unsigned bits = offer["difficultyBits"];
    const HttpAnswer unnamed = gate.post("/mcp/pow/verify", verify_body(offer["challenge"], bits));
    EXPECT_EQ(unnamed.status, 400) << unnamed.body;
    EXPECT_NE(unnamed.body.find("say the tool"), std::string::npos) << unnamed.body;
    const std::string body = verify_body(offer["challenge"], bits, name(7));
    EXPECT_EQ(gate.call(name(7), authorization(gate.post("/mcp/pow/verify", body))).status, 200)
        << "by the same work";
    const Json one = challenge(gate, named(name(9)));
    const std::string seed = authorization(gate.post("/mcp/pow/verify", verify_body(one)));
    EXPECT_EQ(gate.call(name(9), seed).status, 200);
  }
}

TEST_F(CredentialForWork, R_POW_4_R_TEST_4_SixtyFourAtOnceGetOneCredential) {
  GateProcess gate = started(kAllByWork);
  ASSERT_TRUE(gate.started()) << gate.output();
  const std::string body = verify_body(challenge(gate, ""));
  auto statuses = gate.sixty_four_at_once([&](int) {
    HttpRequest request;
    request.target = "/mcp/pow/verify";
    request.fields = {{"Content-Type", "application/json"}};
    request.body = body;
    return request;
  });
  EXPECT_EQ(statuses[200], 1);
  EXPECT_EQ(statuses[200] + statuses[409] + statuses[429], 64);
}

TEST_F(CredentialForWork, R_POW_9_AReloadThatAsksMoreThanWorkRefusesWhatWasOnlyWorkedFor) {
  for (const std::string now :
       {R"("any.json": { price: 3 sat })",
        R"("any.json": { price: 3 sat, work: { bits: 8, with: price } })"}) {
    SCOPED_TRACE(now);
    const std::string before = R"("any.json": { price: 3 sat, work: 8 bits })";
    GateProcess gate = started(before);
    ASSERT_TRUE(gate.started()) << gate.output();
    const std::string shown = authorization(
        gate.post("/mcp/pow/verify", verify_body(challenge(gate, named("any.json")))));
    std::ostringstream text;
    text << std::ifstream(site_->configuration()).rdbuf();
    std::string changed = text.str();
    changed.replace(changed.find(before), before.size(), now);
    std::ofstream(site_->configuration()) << changed;
    HttpRequest reload;
    reload.target = "/api/admin/reload";
    ASSERT_EQ(send_request(gate.admin(), reload).status, 200);
    HttpRequest request = gate.request("any.json", shown);
    const HttpAnswer asked = gate.call("any.json");
    if (refusal_of(asked).contains("pow")) {
      request.fields.emplace_back("X-PoW-Solution", solved(refusal_of(asked)["pow"]));
    }
    const HttpAnswer refused = send_request(gate.port(), request);
    EXPECT_EQ(refused.status, 402) << refused.body;
    EXPECT_EQ(code_of(refused), "payment_required");
    EXPECT_EQ(offer_of(refused).price_msat, 3000U) << "and is told what to do";
    EXPECT_EQ(upstream_.calls("any.json"), 0U);
  }
}

}  // namespace
}  // namespace tollhouse::test
