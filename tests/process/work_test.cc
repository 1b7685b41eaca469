// tests/process: work in place of a payment, beside it, and against a credential: by the real
// program over real sockets. Promise: each call needs fresh work, for its tool and its client.
#include <nlohmann/json.hpp>

#include "base/hex.h"
#include "pow/difficulty.h"
#include "pow/verify.h"
#include "pow/work.h"
#include "process/gate_process.h"
#include "support/precompiled.h"

namespace tollhouse::test {
namespace {

using Json = nlohmann::json;

class Work : public ::testing::Test {
 protected:
  Work() = default;
  explicit Work(const std::string& settings)
      : site(upstream.port(), "rails: { pow: { " + settings + " } }\n") {}

  Upstream upstream;
  Site site{upstream.port()};

  static HttpRequest shown(const GateProcess& gate, const std::string& tool,
                           const std::string& solution) {
    HttpRequest request = gate.request(tool);
    request.fields.emplace_back("X-PoW-Solution", solution);
    return request;
  }
};

TEST_F(Work, R_POW_9_R_POW_13_OneRefusalOffersWorkBesideThePrice) {
  GateProcess gate(site);
  const HttpAnswer both_ways = gate.call("either.json");
  EXPECT_EQ(both_ways.status, 402);
  EXPECT_EQ(both_ways.count("WWW-Authenticate"), 3U);
  const Json offer = refusal_of(both_ways)["pow"];
  EXPECT_EQ(offer["difficultyBits"], 8);
  EXPECT_EQ(code_of(both_ways), "payment_required");
  const HttpAnswer by_work = gate.call("alone.json");
  EXPECT_EQ(by_work.status, 402) << "never 401, also where nothing can be paid";
  EXPECT_EQ(code_of(by_work), "pow_required");
  EXPECT_TRUE(by_work.field("WWW-Authenticate").starts_with("PoW challenge=\""));
  const HttpAnswer served = send_request(gate.port(), shown(gate, "either.json", solved(offer)));
  EXPECT_EQ(served.status, 200) << served.body;
  EXPECT_EQ(upstream.calls("either.json"), 1U);
}

TEST_F(Work, R_POW_4_R_TEST_4_AChallengeIsUsedOnceAlsoBySixtyFourAtOnce) {
  GateProcess gate(site);
  const std::string solution = solved(refusal_of(gate.call("alone.json"))["pow"]);
  auto statuses = gate.sixty_four_at_once([&](int) { return shown(gate, "alone.json", solution); });
  EXPECT_EQ(statuses[200], 1);
  EXPECT_EQ(statuses[409], 63);
  EXPECT_EQ(upstream.calls("alone.json"), 1U);
}

TEST_F(Work, R_POW_8_WorkForAnotherToolOrClientOrADifficultyBelowIsRefused) {
  GateProcess gate(site);
  const std::string for_alone = solved(refusal_of(gate.call("alone.json"))["pow"]);
  EXPECT_EQ(code_of(send_request(gate.port(), shown(gate, "harder.json", for_alone))),
            "pow_too_easy");
  EXPECT_EQ(code_of(send_request(gate.port(), shown(gate, "either.json", for_alone))),
            "pow_binding");
  HttpRequest elsewhere = shown(gate, "alone.json", for_alone);
  elsewhere.source = 2;
  EXPECT_EQ(code_of(send_request(gate.port(), elsewhere)), "pow_binding");
  EXPECT_EQ(send_request(gate.port(), shown(gate, "alone.json", for_alone)).status, 200)
      << "and nothing was spent";
}

TEST_F(Work, R_POW_6_WorkAgainstACredentialThatIsGoodOnce) {
  GateProcess gate(site);
  const Json asked = Json::parse(gate.post("/mcp/pow/challenge", R"({"tool":"alone.json"})").body);
  const std::string nonce = asked["nonce"];
  const std::string solution = solve(nonce, asked["difficultyBits"]);
  const std::string body = Json{{"nonce", nonce}, {"solution", solution}}.dump();
  const Json granted = Json::parse(gate.post("/mcp/pow/verify", body).body);
  EXPECT_EQ(granted["ttl"], 300);
  const HttpAnswer wrong =
      gate.post("/mcp/pow/verify", Json{{"nonce", nonce}, {"solution", "no nonce!"}}.dump());
  EXPECT_EQ(wrong.status, 400);
  EXPECT_EQ(Json::parse(wrong.body)["error"], "invalid_solution");
  const Credential credential{granted["macaroon"], granted["preimage"]};
  EXPECT_EQ(gate.post("/mcp/pow/verify", body).status, 409);
  EXPECT_EQ(gate.call("harder.json", credential.authorization()).status, 403);
  EXPECT_EQ(gate.call("alone.json", credential.authorization()).status, 200);
  EXPECT_EQ(gate.call_settled(gate.request("alone.json", credential.authorization())).status, 409);
  const Json report = site.check();
  EXPECT_TRUE(report["ok"].get<bool>()) << report;
}

TEST_F(Work, R_POW_9_WhereBothAreAskedOneAloneSpendsNothing) {
  GateProcess gate(site);
  const HttpAnswer refused = gate.call("both.json");
  const auto paid = gate.pay(offer_of(refused));
  ASSERT_TRUE(paid);
  EXPECT_EQ(code_of(gate.call("both.json", paid->authorization())), "pow_required");
  HttpRequest request = shown(gate, "both.json", solved(refusal_of(refused)["pow"]));
  EXPECT_EQ(code_of(send_request(gate.port(), request)), "payment_required");
  request.fields.emplace_back("Authorization", paid->authorization());
  EXPECT_EQ(send_request(gate.port(), request).status, 200);
  EXPECT_EQ(upstream.calls("both.json"), 1U);
}

std::string labels(const std::string& tool, const std::string& result) {
  return "tollhouse_pow_solutions_total{tool=\"" + tool + "\",result=\"" + result + "\"}";
}

TEST_F(Work, R_POW_1_AChallengeAskedForBeforehandOpensAnyToolInEitherUnit) {
  GateProcess gate(site);
  for (const std::string query : {"", "?unit=bits", "?count=auto"}) {
    SCOPED_TRACE(query);
    const Json offer = Json::parse(gate.get("/api/challenge" + query).body);
    for (const char* member : {"challenge", "difficulty", "algorithm", "difficultyBits",
                               "targetHex", "count", "expiresAtUnix"}) {
      EXPECT_TRUE(offer.contains(member)) << member;
    }
    const unsigned bits = offer["difficultyBits"];
    if (query.empty()) EXPECT_EQ(offer["difficulty"], bits / 4) << "hex digits";
    EXPECT_EQ(offer["alternatives"], Json::parse(R"(["l402","x402"])"));
    const unsigned count = offer["count"];
    std::string nonces;
    for (unsigned i = 0; i < count; ++i) {
      const std::string challenge = offer["challenge"];
      const std::string prefix = count == 1 ? challenge : challenge + "." + std::to_string(i) + ".";
      nonces += (i == 0 ? "" : ".") + solve(prefix, bits);
    }
    const std::string solution =
        " nonce = " + nonces + " , other=1, challenge=" + offer["challenge"].get<std::string>();
    EXPECT_EQ(send_request(gate.port(), shown(gate, "alone.json", solution)).status, 200);
  }
}

TEST_F(Work, R_POW_21_WhatIsIssuedSolvedAndRefusedIsCounted) {
  GateProcess gate(site);
  const Json offer = refusal_of(gate.call("alone.json"))["pow"];
  const std::string solution = solved(offer);
  const std::string challenge = offer["challenge"];
  EXPECT_EQ(send_request(gate.port(), shown(gate, "alone.json", "challenge=x")).status, 402);
  for (unsigned nonce = 0;; ++nonce) {
    const std::string text = std::to_string(nonce);
    if (pow::leading_zero_bits(pow::work_hash(challenge, text)) >= 8) continue;
    const std::string wrong = "challenge=" + challenge + ",nonce=" + text;
    EXPECT_EQ(code_of(send_request(gate.port(), shown(gate, "alone.json", wrong))),
              "invalid_solution");
    break;
  }
  EXPECT_EQ(send_request(gate.port(), shown(gate, "alone.json", solution)).status, 200);
  EXPECT_EQ(send_request(gate.port(), shown(gate, "alone.json", solution)).status, 409);
  EXPECT_GE(gate.sample("tollhouse_pow_challenges_total{tool=\"alone.json\"}"), 1);
  EXPECT_EQ(gate.sample(labels("alone.json", "malformed")), 1);
  EXPECT_EQ(gate.sample(labels("alone.json", "wrong")), 1);
  EXPECT_EQ(gate.sample(labels("alone.json", "accepted")), 1);
  EXPECT_EQ(gate.sample(labels("alone.json", "replay")), 1);
  EXPECT_EQ(gate.sample("tollhouse_pow_solve_seconds_count"), 1);
  EXPECT_EQ(gate.sample("tollhouse_pow_difficulty{tool=\"harder.json\"}"), 12);
  EXPECT_NEAR(gate.sample("tollhouse_pow_attacker_cost_dollars{tool=\"harder.json\"}"),
              pow::attacker_dollars_per_million(12), 1e-6);
}

struct FewCalls : Work {
  FewCalls() : Work("per_minute: 2, calls_per_solve: 3") {}
};

TEST_F(FewCalls, R_POW_14_R_MET_11_CallsByWorkAreCountedPerToolAndClient) {
  GateProcess gate(site);
  const auto by_work = [&](const std::string& tool, int source) {
    const Json offer = refusal_of(gate.call(tool, "", source))["pow"];
    HttpRequest request = shown(gate, tool, solved(offer));
    request.source = source;
    return send_request(gate.port(), request);
  };
  EXPECT_EQ(by_work("either.json", 1).status, 200);
  EXPECT_EQ(by_work("either.json", 1).status, 200);
  const HttpAnswer refused = by_work("either.json", 1);
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(code_of(refused), "rate_limited");
  EXPECT_GE(std::stoi(refused.field("Retry-After")), 1);
  EXPECT_NE(refusal_of(refused)["message"].get<std::string>().find("pay"), std::string::npos)
      << "what to do next";
  EXPECT_EQ(gate.sample(labels("either.json", "limited")), 1);
  EXPECT_EQ(by_work("alone.json", 1).status, 200) << "another tool";
  EXPECT_EQ(by_work("either.json", 2).status, 200) << "another client";
  EXPECT_EQ(gate.call("either.json", gate.buy("either.json").authorization()).status, 200)
      << "who pays is not counted";
}

TEST_F(FewCalls, R_POW_14_CallsByACredentialForWorkAreCountedToo) {
  GateProcess gate(site);
  const Json offer = refusal_of(gate.call("alone.json"))["pow"];
  EXPECT_EQ(offer["callsPerSolve"], 3);
  const std::string nonce = offer["challenge"];
  const std::string body = Json{{"nonce", nonce}, {"solution", solve(nonce, 8)}}.dump();
  const Json granted = Json::parse(gate.post("/mcp/pow/verify", body).body);
  const std::string shown_as = Credential{granted["macaroon"], granted["preimage"]}.authorization();
  for (const int status : {200, 200, 429}) {
    EXPECT_EQ(gate.call_settled(gate.request("alone.json", shown_as)).status, status);
  }
  EXPECT_EQ(upstream.calls("alone.json"), 2U);
}

struct FewChallenges : Work {
  FewChallenges() : Work("challenges_per_minute: 3") {}
};

TEST_F(FewChallenges, R_POW_16_R_MET_11_ChallengesAreLimitedPerClientWithAWayOn) {
  GateProcess gate(site);
  const auto ask = [&](int source) {
    HttpRequest request = gate.request("alone.json");
    request.source = source;
    return send_request(gate.port(), request);
  };
  EXPECT_EQ(gate.get("/api/challenge").status, 200);
  EXPECT_EQ(gate.post("/mcp/pow/challenge", "").status, 200);
  EXPECT_EQ(ask(1).status, 402);
  for (const HttpAnswer& answer :
       {ask(1), gate.get("/api/challenge"), gate.post("/mcp/pow/challenge", "")}) {
    EXPECT_EQ(answer.status, 429) << answer.body;
    EXPECT_GE(std::stoi(answer.field("Retry-After")), 1);
  }
  const HttpAnswer sold = gate.call("either.json");
  EXPECT_EQ(sold.status, 402) << "money is no work";
  EXPECT_FALSE(refusal_of(sold).contains("pow"));
  EXPECT_EQ(gate.call("both.json").status, 429) << "money alone does not open it";
  EXPECT_EQ(ask(2).status, 402) << "another client";
}

struct Adaptive : Work {
  Adaptive() : Work("adaptive: true, target_rate: 1, min_bits: 1") {}
};

TEST_F(Adaptive, R_POW_10_WhatWasHoardedIsLetInAtTwiceTheSetpointAndNothingIsLost) {
  GateProcess gate(site);
  std::vector<std::string> hoard;
  for (int i = 0; i < 6; ++i) hoard.push_back(solved(refusal_of(gate.call("alone.json"))["pow"]));
  std::vector<std::string> waiting;
  for (const std::string& solution : hoard) {
    const HttpAnswer answer = send_request(gate.port(), shown(gate, "alone.json", solution));
    if (answer.status == 200) continue;
    EXPECT_EQ(answer.status, 429) << answer.body;
    EXPECT_GE(std::stoi(answer.field("Retry-After")), 1);
    waiting.push_back(solution);
  }
  const auto passes = [&](const std::string& solution) {
    HttpAnswer answer = send_request(gate.port(), shown(gate, "alone.json", solution));
    while (answer.status == 429) {
      answer = send_request(gate.port(), shown(gate, "alone.json", solution));
    }
    return answer.status == 200;
  };
  for (const std::string& solution : waiting) EXPECT_TRUE(passes(solution));
  EXPECT_EQ(upstream.calls("alone.json"), 6U);
}

}  // namespace
}  // namespace tollhouse::test
