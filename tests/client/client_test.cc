// Goal: a caller pays at most once for one call, never above its limit, and forgets no credential.
// Method: over real sockets against a little gate, one behaviour per test; what the gate saw
// counts.
#include "client/client.h"

#include "client/scene.h"
#include "support/precompiled.h"

namespace tollhouse::client {
namespace {

using test::Behaviour;
using test::LittleGate;
using test::Scene;

TEST(Client, PaysOnceAndGetsTheAnswerInEitherEraAndForm) {
  for (const bool modern : {false, true}) {
    for (const bool streams : {false, true}) {
      SCOPED_TRACE(testing::Message() << modern << streams);
      Behaviour behaviour;
      behaviour.modern = modern;
      behaviour.streams = streams;
      Scene scene(behaviour);
      const auto outcome = scene.call();
      ASSERT_TRUE(outcome) << outcome.error().message;
      EXPECT_EQ(outcome->answered->result, R"({"content":[{"type":"text","text":"hello"}]})");
      EXPECT_EQ(outcome->answered->receipt, R"({"receipt":1})");
      EXPECT_EQ(outcome->paid->price, *Msat::of_sat(3));
      EXPECT_FALSE(outcome->unredeemed);
      EXPECT_EQ(scene.gate.count("/sim/pay"), 1u);
      EXPECT_EQ(scene.gate.count("tools/call"), 2u);
      EXPECT_EQ(scene.steps.steps, "asked paid:sim");
      const auto last = scene.gate.seen().back();
      EXPECT_EQ(last.fields.count("mcp-param-region"), modern ? 1u : 0u);
      scene.client().goodbye();
      EXPECT_EQ(scene.gate.count("DELETE"), modern ? 0u : 1u);
    }
  }
}

TEST(Client, PaysX402BoundToTheCall) {
  for (const bool modern : {false, true}) {
    SCOPED_TRACE(modern);
    Behaviour behaviour;
    behaviour.modern = modern;
    behaviour.sells_x402 = true;
    Scene scene(behaviour);
    const auto outcome = scene.call();
    ASSERT_TRUE(outcome) << outcome.error().message;
    EXPECT_EQ(outcome->answered->receipt, R"({"receipt":1})");
    EXPECT_EQ(outcome->paid->rail, dialogue::Rail::x402);
    EXPECT_EQ(outcome->paid->price, *Msat::of_sat(3));
    EXPECT_EQ(scene.gate.count("/sim/pay"), 1u);
    EXPECT_EQ(scene.gate.seen().back().fields.count("authorization"), 0u);
  }
}

TEST(Client, TheRailThatIsAskedForIsTheOneThatIsPaid) {
  Behaviour behaviour;
  behaviour.sells_x402 = true;
  Scene x402_only(behaviour);
  x402_only.settings.rail = dialogue::Rail::l402;
  const auto no_l402 = x402_only.call();
  ASSERT_FALSE(no_l402);
  EXPECT_EQ(no_l402.error().code, "no_offer");
  EXPECT_EQ(x402_only.gate.count("/sim/pay"), 0u);
  Scene l402_only;
  l402_only.settings.rail = dialogue::Rail::x402;
  const auto no_x402 = l402_only.call();
  ASSERT_FALSE(no_x402);
  EXPECT_EQ(no_x402.error().code, "no_offer");
  EXPECT_EQ(l402_only.gate.count("/sim/pay"), 0u);
}

TEST(Client, AnX402PaymentThatWasNotAnsweredIsKeptAndShownAgain) {
  Behaviour behaviour;
  behaviour.sells_x402 = true;
  behaviour.paid_reply = test::GivenReply{503, "", "", false};
  behaviour.paid_reply_times = 1;
  Scene scene(behaviour);
  const auto lost = scene.call();
  ASSERT_FALSE(lost);
  ASSERT_TRUE(lost.error().unredeemed);
  const std::string kept = lost.error().unredeemed->authorization;
  EXPECT_TRUE(kept.starts_with("x402 "));
  const auto again = scene.client().call("echo", R"({"region":"eu"})");
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_TRUE(again->reused);
  EXPECT_EQ(scene.gate.count("/sim/pay"), 1u);
}

TEST(Client, AFreeCallCostsNothing) {
  Behaviour behaviour;
  behaviour.free = true;
  Scene scene(behaviour);
  const auto outcome = scene.call();
  ASSERT_TRUE(outcome);
  EXPECT_TRUE(outcome->answered);
  EXPECT_FALSE(outcome->paid);
  EXPECT_EQ(scene.gate.count("/sim/pay"), 0u);
}

TEST(Client, ListsEveryPageOfTools) {
  Behaviour behaviour;
  behaviour.two_pages = true;
  Scene scene(behaviour);
  ASSERT_TRUE(scene.client().connect());
  const auto tools = scene.client().list_tools();
  ASSERT_TRUE(tools);
  ASSERT_EQ(tools->size(), 2u);
  EXPECT_EQ((*tools)[0].name, "echo");
  EXPECT_EQ((*tools)[1].name, "other");
}

TEST(Client, WithPayingOffTheOfferIsShown) {
  Scene scene;
  scene.settings.pay = false;
  const auto outcome = scene.call();
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->offer->price, *Msat::of_sat(3));
  EXPECT_EQ(scene.gate.count("/sim/pay"), 0u);
}

struct NoPayment {
  const char* name;
  void (*shape)(Behaviour&, Settings&);
  TroubleKind kind;
  const char* code;
};

const NoPayment kNoPayment[] = {
    {"above the limit", [](Behaviour&, Settings& s) { s.limit = *Msat::of(2999); },
     TroubleKind::over_limit, "over_limit"},
    {"macaroon of another payment", [](Behaviour& b, Settings&) { b.offer.macaroon_seed = 9; },
     TroubleKind::refused, "hash_mismatch"},
    {"expired",
     [](Behaviour& b, Settings&) { b.offer.minted = test::kNow - std::chrono::hours(1); },
     TroubleKind::refused, "expired"},
    {"a network that no wallet here pays on",
     [](Behaviour& b, Settings&) { b.offer.network = bolt::Network::mainnet; }, TroubleKind::usage,
     "no_wallet"},
    {"a credential was shown and is not good",
     [](Behaviour&, Settings& s) { s.credential = "L402 other"; }, TroubleKind::refused,
     "credential_not_accepted"},
};

TEST(Client, DoesNotPayWhatItShouldNot) {
  for (const NoPayment& c : kNoPayment) {
    SCOPED_TRACE(c.name);
    Behaviour behaviour;
    Settings shaped;
    shaped.limit = *Msat::of_sat(100);
    c.shape(behaviour, shaped);
    Scene scene(behaviour);
    shaped.gate = scene.settings.gate;
    scene.settings = shaped;
    const auto outcome = scene.call();
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().kind, c.kind);
    EXPECT_EQ(outcome.error().code, c.code);
    EXPECT_FALSE(outcome.error().unredeemed);
    EXPECT_EQ(scene.gate.count("/sim/pay"), 0u);
    EXPECT_EQ(scene.gate.count("tools/call"), 1u);
  }
}

TEST(Client, AnEarlierPaymentIsShownAtOnce) {
  Behaviour behaviour;
  Scene scene(behaviour);
  scene.settings.credential = scene.gate.authorization();
  const auto outcome = scene.call();
  ASSERT_TRUE(outcome);
  EXPECT_TRUE(outcome->answered);
  EXPECT_EQ(scene.gate.count("/sim/pay"), 0u);
  EXPECT_EQ(scene.gate.count("tools/call"), 1u);
}

TEST(Client, AWrongPreimageIsNotShown) {
  Behaviour behaviour;
  behaviour.wrong_bit = 1;
  Scene scene(behaviour);
  const auto outcome = scene.call();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, "preimage_mismatch");
  EXPECT_EQ(scene.gate.count("tools/call"), 1u);
}

TEST(Client, AWalletThatDoesNotPayIsAskedOnce) {
  struct Row {
    test::GivenReply reply;
    TroubleKind kind;
  };
  const Row rows[] = {
      {{404, "", R"({"error":"unknown","code":"unknown_invoice"})"}, TroubleKind::refused},
      {{503, "", R"({"error":"down","code":"wallet_down"})"}, TroubleKind::unreachable},
      {{200, "", R"({"preimage":"short"})"}, TroubleKind::unreachable},
      {{200, "", "", true}, TroubleKind::unreachable},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.reply.body);
    Behaviour behaviour;
    behaviour.wallet_reply = row.reply;
    Scene scene(behaviour);
    const auto outcome = scene.call();
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().kind, row.kind);
    EXPECT_EQ(scene.gate.count("/sim/pay"), 1u);
    EXPECT_EQ(scene.gate.count("tools/call"), 1u);
  }
}

/// Requirement R-SDK-5: a paid call is tried once more, and then the caller keeps what it paid for.
TEST(Requirement, R_SDK_5_APaidCallIsTriedOnceAndNeverPaidTwice) {
  struct Row {
    const char* name;
    test::GivenReply reply;
    TroubleKind kind;
  };
  const Row rows[] = {
      {"hangs up", {200, "", "", true}, TroubleKind::unreachable},
      {"asks again", {402, "", "{}"}, TroubleKind::refused},
      {"spent", {409, "", R"({"error":"spent","code":"replay"})"}, TroubleKind::refused},
      {"upstream down",
       {502, "", R"({"error":"x","code":"upstream_unreachable"})"},
       TroubleKind::unreachable},
      {"garbage", {200, "", "<html>"}, TroubleKind::unreachable},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    Behaviour behaviour;
    behaviour.paid_reply = row.reply;
    Scene scene(behaviour);
    const auto outcome = scene.call();
    ASSERT_FALSE(outcome);
    const Trouble& trouble = outcome.error();
    EXPECT_EQ(trouble.kind, row.kind);
    ASSERT_TRUE(trouble.unredeemed);
    EXPECT_EQ(trouble.unredeemed->authorization, scene.gate.authorization());
    EXPECT_EQ(trouble.message.find(scene.gate.authorization()), std::string::npos);
    EXPECT_EQ(scene.gate.count("/sim/pay"), 1u);
    EXPECT_EQ(scene.gate.count("tools/call"), 2u);
  }
}

TEST(Client, AFailedToolWithoutReceiptLeavesTheCredential) {
  Behaviour behaviour;
  behaviour.tool_fails = true;
  Scene scene(behaviour);
  const auto outcome = scene.call();
  ASSERT_TRUE(outcome);
  EXPECT_TRUE(outcome->answered->is_error);
  ASSERT_TRUE(outcome->unredeemed);
  EXPECT_EQ(outcome->unredeemed->authorization, scene.gate.authorization());
  EXPECT_EQ(scene.gate.count("/sim/pay"), 1u);
}

TEST(Client, AGateThatIsNotThereIsUnreachable) {
  std::string address;
  Scene scene;  // before the other, so that it cannot get its port
  {
    LittleGate gone({});
    address = gone.address();
  }
  scene.settings.gate = *http::parse_url(address);
  const auto connected = scene.client().connect();
  ASSERT_FALSE(connected);
  EXPECT_EQ(connected.error().kind, TroubleKind::unreachable);
}

TEST(Client, AWrongPathIsANoWithACure) {
  Scene scene;
  scene.settings.gate = *http::parse_url(scene.gate.origin() + "/wrong");
  const auto connected = scene.client().connect();
  ASSERT_FALSE(connected);
  EXPECT_EQ(connected.error().kind, TroubleKind::refused);
  EXPECT_NE(connected.error().cure.find("/mcp"), std::string::npos);
}

TEST(Wallets, AreChosenByName) {
  Scene scene;
  const auto gate = http::parse_url("http://127.0.0.1:1/mcp");
  std::optional<std::string> key;
  const auto named = [&](const std::optional<std::string>& name,
                         const std::optional<http::Url>& at) {
    return wallet_named(name, {key}, at, scene.errands, scene.steps);
  };
  EXPECT_EQ(*named(std::nullopt, *gate), nullptr);
  EXPECT_EQ((*named("sim", *gate))->name(), "sim");
  EXPECT_EQ((*named("sim:http://127.0.0.1:2", std::nullopt))->name(), "sim");
  EXPECT_EQ(named("sim", std::nullopt).error().code, "no_gate");
  EXPECT_EQ(named("sim:nonsense", *gate).error().code, "bad_url");
  EXPECT_EQ(named("lnbits:https://x", *gate).error().code, "no_wallet_key");
  key = "0123456789abcdef0123456789abcdef";
  EXPECT_EQ((*named("lnbits:https://x", *gate))->name(), "lnbits");
  EXPECT_EQ(named("lnbits:http://wallet.example", *gate).error().code, "plain_http");
  EXPECT_EQ(named("lnbits", *gate).error().code, "bad_url");
  for (const char* other : {"cln:https://x", "nwc", "Sim"}) {
    const auto refused = named(other, *gate);
    ASSERT_FALSE(refused) << other;
    EXPECT_EQ(refused.error().kind, TroubleKind::usage);
    EXPECT_EQ(refused.error().code, "wallet_not_in_build");
  }
}

TEST(Wallets, TheSimulatedOneIsChosenByItselfOnThisMachineOnly) {
  const auto here = *http::parse_url("http://localhost:8402/mcp");
  const auto there = *http::parse_url("https://gate.example/mcp");
  EXPECT_TRUE(simulated_by_itself(bolt::Network::regtest, here));
  EXPECT_FALSE(simulated_by_itself(bolt::Network::regtest, there));
  EXPECT_FALSE(simulated_by_itself(bolt::Network::mainnet, here));
}

}  // namespace
}  // namespace tollhouse::client
