// tests/process: work in place of a payment, beside it, and against a credential: by the real
// program over real sockets. Promise: each call needs fresh work, for its tool and its client.
#include <barrier>
#include <nlohmann/json.hpp>

#include "base/hex.h"
#include "pow/verify.h"
#include "pow/work.h"
#include "process/gate_process.h"
#include "support/precompiled.h"

namespace tollhouse::test {
namespace {

using Json = nlohmann::json;

/// The first nonce whose hash shows enough zeros.
std::string solve(const std::string& challenge, unsigned bits) {
  for (unsigned nonce = 0;; ++nonce) {
    std::string text = std::to_string(nonce);
    if (pow::leading_zero_bits(pow::work_hash(challenge, text)) >= bits) return text;
  }
}

class Work : public ::testing::Test {
 protected:
  Upstream upstream;
  Site site{upstream.port()};

  static std::string solved(const Json& offer) {
    const std::string challenge = offer["challenge"];
    return "challenge=" + challenge + ",nonce=" + solve(challenge, offer["difficultyBits"]);
  }
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

TEST_F(Work, R_POW_4_AChallengeIsUsedOnceAlsoBySixtyFourAtOnce) {
  GateProcess gate(site);
  const std::string solution = solved(refusal_of(gate.call("alone.json"))["pow"]);
  std::atomic<int> served{0};
  std::atomic<int> replayed{0};
  std::barrier together(64);
  std::vector<std::thread> callers;
  for (int i = 0; i < 64; ++i) {
    callers.emplace_back([&] {
      const HttpRequest request = shown(gate, "alone.json", solution);
      together.arrive_and_wait();
      const HttpAnswer answer = send_request(gate.port(), request);
      served += answer.status == 200;
      replayed += answer.status == 409;
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(served, 1);
  EXPECT_EQ(replayed, 63);
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

}  // namespace
}  // namespace tollhouse::test
