// Goal: every request of a desktop client gets one answer in its own era, and no call costs more
// than the limits. Over real sockets against a little gate.
#include "client/bridge.h"

#include <nlohmann/json.hpp>

#include "client/limits.h"
#include "client/owed_calls.h"
#include "client/scene.h"
#include "crypto/sha256.h"
#include "support/precompiled.h"

namespace tollhouse::client {
namespace {

using test::Behaviour;
using test::Scene;
using Json = nlohmann::json;

constexpr const char* kModernMeta =
    R"("_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
    R"("io.modelcontextprotocol/clientCapabilities":{}})";

class News final : public BridgeNews {
 public:
  void spent(const Paid& paid, const Budget::State&) override {
    words += "spent:" + std::to_string(paid.price.sat()) + " ";
  }
  void unredeemed(const Unredeemed&) override { words += "unredeemed "; }
  void refused(const Trouble& trouble) override { words += trouble.code + " "; }
  std::string words;
};

struct Desk {
  explicit Desk(Behaviour behaviour = {}, std::uint64_t budget_sat = 100)
      : scene(std::move(behaviour)), budget(*Msat::of_sat(budget_sat)) {
    scene.settings.purse.budget = &budget;
  }
  Json ask(const std::string& method, const std::string& params = "{}") {
    if (!bridge) bridge.emplace(scene.client(), budget, dialogue::Speaker{}, news);
    const auto message =
        dialogue::read_desktop_line(R"({"jsonrpc":"2.0","id":)" + std::to_string(++id) +
                                    R"(,"method":")" + method + R"(","params":)" + params + "}");
    EXPECT_TRUE(message);
    const Json answer = Json::parse(bridge->answer(*message));
    EXPECT_EQ(answer["id"], id);
    EXPECT_EQ(answer["jsonrpc"], "2.0");
    return answer;
  }
  Json call(const std::string& more = "") {
    return ask("tools/call", R"({"name":"echo","arguments":{"region":"eu"})" + more + "}");
  }

  Scene scene;
  Budget budget;
  News news;
  std::optional<Bridge> bridge;
  int id = 0;
};

TEST(Bridge, PaysForCallsInEitherEraOnEitherSide) {
  for (const bool far_modern : {false, true}) {
    for (const bool near_modern : {false, true}) {
      SCOPED_TRACE(testing::Message() << far_modern << near_modern);
      Behaviour behaviour;
      behaviour.modern = far_modern;
      Desk desk(behaviour);
      const std::string meta = near_modern ? std::string(",") + kModernMeta : "";
      if (near_modern) {
        EXPECT_EQ(desk.ask("server/discover", "{" + meta.substr(1) + "}")["result"]["resultType"],
                  "complete");
      } else {
        EXPECT_EQ(desk.ask("initialize",
                           R"({"protocolVersion":"2025-06-18"})")["result"]["protocolVersion"],
                  "2025-06-18");
      }
      const Json tools = desk.ask("tools/list", near_modern ? "{" + meta.substr(1) + "}" : "{}");
      EXPECT_EQ(tools["result"]["tools"][0]["name"], "echo");
      const Json answer = desk.call(meta);
      EXPECT_EQ(answer["result"]["content"][0]["text"], "hello");
      EXPECT_EQ(answer["result"].value("resultType", ""), near_modern ? "complete" : "");
      EXPECT_EQ(answer["result"]["_meta"]["tollhouse/spent"], Json({{"paidMsat", 3000},
                                                                    {"spentMsat", 3000},
                                                                    {"budgetMsat", 100000},
                                                                    {"leftMsat", 97000},
                                                                    {"payments", 1}}));
      EXPECT_EQ(answer["result"]["_meta"]["tollhouse/receipt"], Json({{"receipt", 1}}));
      EXPECT_EQ(desk.news.words, "spent:3 ");
      EXPECT_EQ(desk.scene.gate.seen().back().fields.count("mcp-param-region"),
                far_modern ? 1u : 0u);
    }
  }
}

TEST(Requirement, R_SDK_5_ABridgeNeverPassesItsLimits) {
  Desk desk({}, 7);
  EXPECT_EQ(desk.call()["result"].value("isError", false), false);
  EXPECT_EQ(desk.call()["result"].value("isError", false), false);
  const Json refused = desk.call()["result"];
  EXPECT_EQ(refused["isError"], true);
  EXPECT_EQ(refused["_meta"]["tollhouse/refusal"]["code"], "over_budget");
  EXPECT_EQ(refused["_meta"]["tollhouse/spent"]["spentMsat"], 6000);
  EXPECT_EQ(refused["_meta"]["tollhouse/spent"]["paidMsat"], 0);
  EXPECT_EQ(desk.scene.gate.count("/sim/pay"), 2u);
  EXPECT_EQ(desk.news.words, "spent:3 spent:3 over_budget ");

  Desk dear;
  dear.scene.settings.limit = *Msat::of(2999);
  EXPECT_EQ(dear.call()["result"]["_meta"]["tollhouse/refusal"]["code"], "over_limit");
  EXPECT_EQ(dear.scene.gate.count("/sim/pay"), 0u);
}

TEST(Bridge, AFailedToolIsNotPaidTwice) {
  Behaviour behaviour;
  behaviour.paid_reply =
      test::GivenReply{200, "Content-Type: application/json\r\n",
                       R"({"jsonrpc":"2.0","id":3,"result":{"content":[],"isError":true}})"};
  behaviour.paid_reply_times = 1;
  Desk desk(behaviour);
  desk.ask("tools/list");
  EXPECT_EQ(desk.call()["result"]["isError"], true);
  const Json again = desk.call()["result"];
  EXPECT_EQ(again["content"][0]["text"], "hello");
  EXPECT_EQ(again["_meta"]["tollhouse/spent"]["paidMsat"], 0);
  EXPECT_EQ(desk.scene.gate.count("/sim/pay"), 1u);
  EXPECT_EQ(desk.news.words, "spent:3 unredeemed ");
  EXPECT_EQ(desk.call()["result"]["_meta"]["tollhouse/spent"]["paidMsat"], 3000) << "used up";
}

TEST(Bridge, AnAnswerThatWasLostIsAskedForAgain) {
  for (const test::GivenReply& lost :
       {test::GivenReply{200, "", "", true}, test::GivenReply{502, "", R"({"code":"x"})"}}) {
    Behaviour behaviour;
    behaviour.paid_reply = lost;
    behaviour.paid_reply_times = 2;
    Desk desk(behaviour);
    const Json first = desk.call()["result"];
    EXPECT_EQ(first["isError"], true);
    EXPECT_EQ(first["_meta"]["tollhouse/spent"]["paidMsat"], 3000);
    EXPECT_EQ(desk.call()["result"]["isError"], true);
    EXPECT_EQ(desk.call()["result"]["content"][0]["text"], "hello");
    EXPECT_EQ(desk.scene.gate.count("/sim/pay"), 1u);
  }
}

TEST(Bridge, ACredentialThatIsNotTakenIsPaidForAnew) {
  Behaviour behaviour;
  behaviour.paid_reply = test::GivenReply{409, "", R"({"code":"replay"})"};
  behaviour.paid_reply_times = 2;
  Desk desk(behaviour);
  EXPECT_EQ(desk.call()["result"]["isError"], true);
  EXPECT_EQ(desk.call()["result"]["content"][0]["text"], "hello");
  EXPECT_EQ(desk.scene.gate.count("/sim/pay"), 2u);
}

TEST(Bridge, AWalletThatDoesNotPayIsAToolError) {
  Behaviour behaviour;
  behaviour.wallet_reply = test::GivenReply{404, "", R"({"code":"unknown_invoice"})"};
  Desk desk(behaviour);
  const Json refused = desk.call()["result"];
  EXPECT_EQ(refused["isError"], true);
  EXPECT_EQ(refused["_meta"]["tollhouse/refusal"]["code"], "unknown_invoice");
  EXPECT_EQ(refused["_meta"]["tollhouse/spent"]["spentMsat"], 0);
}

TEST(Bridge, WhatCannotBeAnsweredHereIsRefused) {
  Desk desk;
  EXPECT_EQ(desk.ask("ping")["result"], Json::object());
  EXPECT_EQ(desk.ask("resources/subscribe")["error"]["code"], -32601);
  EXPECT_EQ(desk.ask("subscriptions/listen")["error"]["code"], -32601);
  EXPECT_EQ(desk.scene.gate.seen().size(), 0u);
  EXPECT_EQ(desk.ask("resources/read", R"({"uri":"f:/x"})")["error"]["data"]["code"], "not_found");
}

TEST(Bridge, AForgottenSessionIsBegunAnew) {
  Behaviour behaviour;
  behaviour.forgets_session = 1;
  Desk desk(behaviour);
  EXPECT_EQ(desk.call()["result"]["content"][0]["text"], "hello");
  EXPECT_EQ(desk.scene.gate.count("initialize"), 2u);
  EXPECT_EQ(desk.scene.gate.count("/sim/pay"), 1u);
  Behaviour hopeless;
  hopeless.forgets_session = 2;
  Desk other(hopeless);
  EXPECT_EQ(other.call()["error"]["code"], -32001);
  EXPECT_EQ(other.scene.gate.count("initialize"), 2u) << "once";
}

test::GivenReply no_session() {
  return {404, "Content-Type: application/json\r\n",
          R"({"jsonrpc":"2.0","id":null,"error":{"code":-32001,"message":"no session"}})"};
}

TEST(Requirement, R_SDK_5_ASessionThatIsForgottenAfterThePaymentIsNotPaidTwice) {
  Behaviour behaviour;
  behaviour.paid_reply = no_session();
  behaviour.paid_reply_times = 1;
  Desk desk(behaviour);
  const Json answer = desk.call()["result"];
  EXPECT_EQ(answer["content"][0]["text"], "hello");
  EXPECT_EQ(answer["_meta"]["tollhouse/spent"]["paidMsat"], 3000) << "by this call";
  EXPECT_EQ(desk.scene.gate.count("/sim/pay"), 1u);
  EXPECT_EQ(desk.scene.gate.count("initialize"), 2u);
  EXPECT_EQ(desk.news.words, "spent:3 ");
}

TEST(Requirement, R_SDK_5_AServerThatForgetsEverySessionIsPaidOnce) {
  Behaviour behaviour;
  behaviour.paid_reply = no_session();
  behaviour.paid_reply_times = 6;
  Desk desk(behaviour);
  EXPECT_EQ(desk.call()["result"]["_meta"]["tollhouse/spent"]["paidMsat"], 3000);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(desk.call()["error"]["code"], -32001);
    EXPECT_EQ(desk.scene.gate.count("/sim/pay"), 1u);
  }
  EXPECT_EQ(desk.call()["result"]["content"][0]["text"], "hello");
  EXPECT_EQ(desk.scene.gate.count("/sim/pay"), 1u);
}

TEST(Requirement, R_SDK_5_OnlyANoToTheCredentialEndsIt) {
  const std::string json = "Content-Type: application/json\r\n";
  for (const test::GivenReply& no :
       {test::GivenReply{409, "", R"({"code":"call_in_progress"})"},
        test::GivenReply{402, "", R"({"code":"invoice_in_flight"})"},
        test::GivenReply{402, "", R"({"code":"invoice_not_paid"})"},
        test::GivenReply{429, "", R"({"code":"rate_limited"})"},
        test::GivenReply{400, "", R"({"code":"bad_request"})"},
        test::GivenReply{200, json,
                         R"({"jsonrpc":"2.0","id":3,"error":{"code":-32602,"message":"no"}})"}}) {
    SCOPED_TRACE(no.body);
    Behaviour behaviour;
    behaviour.paid_reply = no;
    behaviour.paid_reply_times = 2;
    Desk desk(behaviour);
    EXPECT_NE(desk.call()["result"]["content"][0]["text"], "hello");
    EXPECT_NE(desk.call()["result"]["content"][0]["text"], "hello");
    EXPECT_EQ(desk.call()["result"]["content"][0]["text"], "hello");
    EXPECT_EQ(desk.scene.gate.count("/sim/pay"), 1u);
  }
}

TEST(Requirement, R_SDK_5_APaymentForOneRequestIsKeptAndNotShownWithAnother) {
  Behaviour behaviour;
  behaviour.sells_x402 = true;
  behaviour.paid_reply =
      test::GivenReply{200, "Content-Type: application/json\r\n",
                       R"({"jsonrpc":"2.0","id":3,"result":{"content":[],"isError":true}})"};
  behaviour.paid_reply_times = 1;
  Desk desk(behaviour);
  desk.ask("tools/list");
  EXPECT_EQ(desk.call()["result"]["isError"], true);
  const Json other = desk.ask("tools/call", R"({"name":"echo","arguments":{"region":"us"}})");
  EXPECT_EQ(other["result"]["_meta"]["tollhouse/spent"]["paidMsat"], 3000);
  EXPECT_EQ(desk.scene.gate.count("tools/call"), 4u) << "asked, paid; asked, paid";
  const Json again = desk.ask("tools/call", R"({"name":"echo","arguments":{ "region":"eu" }})");
  EXPECT_EQ(again["result"]["content"][0]["text"], "hello");
  EXPECT_EQ(again["result"]["_meta"]["tollhouse/spent"]["paidMsat"], 0);
  EXPECT_EQ(desk.scene.gate.count("/sim/pay"), 2u);
}

TEST(Requirement, R_SDK_5_ATokenThatTheGateTakesForItsOwnRequestOnlyIsKeptForIt) {
  Behaviour behaviour;
  behaviour.paid_reply = test::GivenReply{403, "", R"({"code":"request_mismatch"})"};
  behaviour.paid_reply_times = 2;
  Desk desk(behaviour);
  EXPECT_EQ(desk.call()["result"]["isError"], true);
  const std::string other = R"({"name":"echo","arguments":{"region":"us"}})";
  EXPECT_EQ(desk.ask("tools/call", other)["result"]["_meta"]["tollhouse/spent"]["paidMsat"], 3000);
  EXPECT_EQ(desk.scene.gate.count("tools/call"), 5u) << "asked, paid; shown, asked, paid";
}

TEST(OwedCalls, AreShownNewestFirstAndTheOldestIsForgotten) {
  OwedCalls owed;
  const auto of = [](std::uint8_t seed) {
    return Unredeemed{test::hash_of(test::made_preimage(seed)), Msat(), std::to_string(seed)};
  };
  const Digest here = crypto::sha256(bytes_of("here"));
  const Digest there = crypto::sha256(bytes_of("there"));
  owed.add(of(1), "echo", here, Binding::tool);
  owed.add(of(2), "echo", there, Binding::request);
  owed.add(of(3), "other", here, Binding::tool);
  ASSERT_EQ(owed.for_call("echo", there).size(), 2u);
  EXPECT_EQ(owed.for_call("echo", there)[0].authorization, "2");
  ASSERT_EQ(owed.for_call("echo", here).size(), 1u);
  owed.bind(of(1).payment_hash);
  EXPECT_EQ(owed.for_call("echo", there).size(), 1u);
  owed.erase(of(2).payment_hash);
  EXPECT_TRUE(owed.for_call("echo", there).empty());
  for (std::size_t i = 0; i < kUnredeemedMax; ++i) {
    owed.add(of(static_cast<std::uint8_t>(10 + i)), "many", here, Binding::tool);
  }
  EXPECT_TRUE(owed.for_call("echo", here).empty());
  EXPECT_EQ(owed.for_call("many", here).size(), kUnredeemedMax);
}

TEST(Bridge, AGateThatIsNotThereIsSaidOnEachRequest) {
  Desk desk;
  {
    test::LittleGate gone({});
    desk.scene.settings.gate = *http::parse_url(gone.address());
  }
  for (int i = 0; i < 2; ++i) {
    const Json error = desk.ask("initialize")["error"];
    EXPECT_EQ(error["code"], -32603);
    EXPECT_EQ(error["data"]["code"], "refused");
  }
  EXPECT_EQ(desk.call()["result"]["isError"], true);
}

}  // namespace
}  // namespace tollhouse::client
