// Goal: a token that is good for more than one call is paid for once, no other is kept, and calls
// together cost no more than their budget. Over real sockets against a little gate; what the gate
// saw counts.
#include <sys/stat.h>

#include <fstream>

#include "client/limits.h"
#include "client/private_file.h"
#include "client/scene.h"
#include "support/precompiled.h"
#include "support/vectors.h"

namespace tollhouse::client {
namespace {

using test::Behaviour;
using test::Scene;

constexpr dialogue::Reuse kPass{std::nullopt, test::kNow + std::chrono::seconds(300)};

Behaviour selling(std::optional<std::uint32_t> uses) {
  Behaviour behaviour;
  behaviour.offer.uses = uses;
  return behaviour;
}

std::vector<std::filesystem::path> files_in(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> found;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    found.push_back(entry.path());
  }
  return found;
}

mode_t mode_of(const std::filesystem::path& path) {
  struct stat status{};
  EXPECT_EQ(::stat(path.c_str(), &status), 0);
  return status.st_mode & 07777;
}

class RecordingKeeper final : public CredentialKeeper {
 public:
  void paid(const Unredeemed& credential) override { steps += "paid:" + credential.authorization; }
  void redeemed(const PaymentHash&) override { steps += " redeemed"; }
  std::string steps;
};

struct PurseTest : ::testing::Test {
  /// Calls until one fails; the gate's requests to pay.
  std::size_t call_times(Scene& scene, std::size_t times) {
    scene.settings.purse.tokens = &tokens;
    for (std::size_t i = 0; i < times; ++i) {
      const auto outcome = scene.call();
      EXPECT_TRUE(outcome) << outcome.error().message;
      if (!outcome) break;
      EXPECT_EQ(outcome->answered->result, R"({"content":[{"type":"text","text":"hello"}]})");
      EXPECT_NE(outcome->reused, outcome->paid.has_value());
    }
    return scene.gate.count("/sim/pay");
  }

  test::OwnFolder folder;
  std::filesystem::path kept = folder.path() / "tokens";
  TokenCache tokens{kept};
};

TEST_F(PurseTest, R_SDK_4_APassIsPaidOnceAndShownAgain) {
  Scene scene(selling(std::nullopt));
  EXPECT_EQ(call_times(scene, 4), 1u);
  EXPECT_EQ(scene.gate.count("tools/call"), 5u) << "one refusal, four answers";
  const auto files = files_in(kept);
  ASSERT_EQ(files.size(), 1u);
  EXPECT_EQ(mode_of(files[0]), 0600u);
  EXPECT_EQ(mode_of(kept), 0700u);
}

TEST_F(PurseTest, R_SDK_4_ACountedTokenIsShownAsOftenAsItSays) {
  Scene scene(selling(3));
  EXPECT_EQ(call_times(scene, 3), 1u);
  EXPECT_TRUE(files_in(kept).empty()) << "used up";
  EXPECT_EQ(call_times(scene, 1), 2u);
}

TEST_F(PurseTest, R_SDK_4_ATokenForOneCallIsNeverKept) {
  Scene scene(selling(1));
  RecordingKeeper keeper;
  scene.settings.purse.keeper = &keeper;
  EXPECT_EQ(call_times(scene, 2), 2u);
  EXPECT_TRUE(files_in(kept).empty());
  const std::string once = "paid:" + scene.gate.authorization() + " redeemed";
  EXPECT_EQ(keeper.steps, once + once);
}

TEST_F(PurseTest, R_SDK_4_RefusedTokensAreDroppedAndTheCallIsPaidAnew) {
  struct Row {
    int status;
    const char* body;
  };
  for (const Row& row : {Row{401, R"({"code":"bad_signature"})"}, Row{402, R"({"code":"expired"})"},
                         Row{409, R"({"code":"replay"})"}}) {
    SCOPED_TRACE(row.status);
    Behaviour behaviour = selling(std::nullopt);
    behaviour.paid_reply = test::GivenReply{row.status, "", row.body};
    behaviour.paid_reply_after = 1;
    behaviour.paid_reply_times = 1;
    Scene scene(behaviour);
    EXPECT_EQ(call_times(scene, 2), 2u);
    EXPECT_EQ(scene.gate.count("tools/call"), 5u) << "asked, paid; shown, asked, paid";
    EXPECT_EQ(call_times(scene, 1), 2u) << "the new one is kept";
  }
}

TEST_F(PurseTest, AnotherNoLeavesTheTokenWhereItIs) {
  for (const int status : {403, 429, 502, 503}) {
    SCOPED_TRACE(status);
    Behaviour behaviour = selling(std::nullopt);
    behaviour.paid_reply = test::GivenReply{status, "", R"({"code":"x"})"};
    behaviour.paid_reply_after = 1;
    behaviour.paid_reply_times = 1;
    Scene scene(behaviour);
    EXPECT_EQ(call_times(scene, 1), 1u);
    const auto refused = scene.call();
    ASSERT_FALSE(refused);
    EXPECT_FALSE(refused.error().unredeemed);
    EXPECT_EQ(call_times(scene, 1), 1u);
  }
}

TEST_F(PurseTest, ATokenThatBoughtNoAnswerIsShownAgainByTheNextCall) {
  Behaviour behaviour = selling(5);
  behaviour.paid_reply = test::GivenReply{200, "", "", true};
  behaviour.paid_reply_times = 1;
  Scene scene(behaviour);
  scene.settings.purse.tokens = &tokens;
  const auto broken = scene.call();
  ASSERT_FALSE(broken);
  EXPECT_TRUE(broken.error().unredeemed);
  EXPECT_EQ(call_times(scene, 5), 1u);
  EXPECT_TRUE(files_in(kept).empty()) << "five answers";
}

TEST_F(PurseTest, BelongsToOneGateAndOneToolAndEndsWithItsTime) {
  const TokenPlace place{"http://127.0.0.1:1/mcp", "echo"};
  ASSERT_TRUE(tokens.keep(place, "L402 a:b", kPass, test::kNow));
  EXPECT_EQ(tokens.find(place, test::kNow), "L402 a:b");
  EXPECT_FALSE(tokens.find({place.gate, "other"}, test::kNow));
  EXPECT_FALSE(tokens.find({"http://127.0.0.1:2/mcp", place.tool}, test::kNow));
  EXPECT_EQ(tokens.find(place, *kPass.valid_until - Duration(1)), "L402 a:b");
  EXPECT_FALSE(tokens.find(place, *kPass.valid_until));
  EXPECT_FALSE(tokens.find(place, test::kNow)) << "gone for good";
  EXPECT_FALSE(tokens.keep(place, "L402 a:b", {0, std::nullopt}, test::kNow));
  EXPECT_FALSE(tokens.keep(place, "L402 a:b", kPass, *kPass.valid_until));
  ASSERT_TRUE(tokens.keep(place, "L402 a:b", {}, test::kNow));
  EXPECT_TRUE(tokens.find(place, test::kNow + kUnstatedTokenLife - Duration(1)));
  EXPECT_FALSE(tokens.find(place, test::kNow + kUnstatedTokenLife));
}

TEST_F(PurseTest, FilesOfOthersAndBrokenOnesAreNotUsed) {
  const TokenPlace place{"http://127.0.0.1:1/mcp", "echo"};
  ASSERT_TRUE(tokens.keep(place, "L402 a:b", kPass, test::kNow));
  const auto file = files_in(kept).at(0);
  ASSERT_EQ(::chmod(file.c_str(), 0640), 0);
  EXPECT_FALSE(tokens.find(place, test::kNow)) << "others could read it";
  for (const char* text : {"", "{}", "[]", R"({"gate":"g","tool":"t","authorization":"x"})"}) {
    ASSERT_TRUE(write_private(file, text));
    EXPECT_FALSE(tokens.find(place, test::kNow)) << text;
    tokens.used(place, test::kNow);
  }
  ASSERT_TRUE(write_private(file, std::string(kTokenFileBytesMax + 1, ' ')));
  EXPECT_FALSE(tokens.find(place, test::kNow));
  std::filesystem::remove(file);
  std::filesystem::create_symlink("elsewhere", file);
  EXPECT_FALSE(tokens.find(place, test::kNow));
}

TEST_F(PurseTest, WithoutAFolderNothingIsKept) {
  const TokenCache nowhere{std::filesystem::path()};
  const TokenPlace place{"http://127.0.0.1:1/mcp", "echo"};
  EXPECT_FALSE(nowhere.keep(place, "L402 a:b", kPass, test::kNow));
  EXPECT_FALSE(nowhere.find(place, test::kNow));
  nowhere.used(place, test::kNow);
  nowhere.drop(place);
}

TEST(KeptToken, ReadsWhatItWrites) {
  const KeptToken token{{"https://gate.example/mcp", "t\"x"}, "L402 a:b", {7, test::kNow}};
  const auto again = read_kept_token(kept_token_text(token));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->place.gate, token.place.gate);
  EXPECT_EQ(again->place.tool, token.place.tool);
  EXPECT_EQ(again->authorization, token.authorization);
  EXPECT_EQ(again->reuse.uses, 7u);
  EXPECT_EQ(again->reuse.valid_until, test::kNow);
  for (const char* bad :
       {R"({"gate":"g","tool":"t","authorization":"a\r\nb","validUntil":1})",
        R"({"gate":"g","tool":"t","authorization":"a","validUntil":1,"usesLeft":0})",
        R"({"gate":"g","tool":"t","authorization":"a","validUntil":1,"usesLeft":4294967296})",
        R"({"gate":"","tool":"t","authorization":"a","validUntil":1})"}) {
    EXPECT_FALSE(read_kept_token(bad)) << bad;
  }
}

TEST(Requirement, R_SDK_5_TheBudgetIsReachedAndNeverPassed) {
  Behaviour behaviour;
  Scene scene(behaviour);
  Budget budget(*Msat::of_sat(7));
  scene.settings.purse.budget = &budget;
  EXPECT_TRUE(scene.call());
  EXPECT_TRUE(scene.call());
  const auto refused = scene.call();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, TroubleKind::over_limit);
  EXPECT_EQ(refused.error().code, "over_budget");
  EXPECT_EQ(refused.error().message,
            "the call costs 3 sat, and of the budget of 7 sat there is 1 sat left");
  EXPECT_EQ(scene.gate.count("/sim/pay"), 2u);
  EXPECT_EQ(budget.state().spent, *Msat::of_sat(6));
  EXPECT_EQ(budget.state().payments, 2u);
}

/// Money that may have moved is gone for the budget; money that surely has not comes back.
TEST(Budget, CountsAPaymentThatIsUnclear) {
  struct Row {
    const char* name;
    test::GivenReply reply;
    std::uint64_t spent_sat;
  };
  const Row rows[] = {
      {"the wallet says no", {404, "", R"({"error":"x","code":"unknown_invoice"})"}, 0},
      {"the wallet fails", {503, "", R"({"error":"x","code":"wallet_down"})"}, 3},
      {"the wallet says nothing", {200, "", "", true}, 3},
      {"the wallet's word is no preimage", {200, "", "{}"}, 3},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    Behaviour behaviour;
    behaviour.wallet_reply = row.reply;
    Scene scene(behaviour);
    Budget budget(*Msat::of_sat(7));
    scene.settings.purse.budget = &budget;
    EXPECT_FALSE(scene.call());
    EXPECT_EQ(budget.state().spent, *Msat::of_sat(row.spent_sat));
  }
}

TEST(Budget, NoWalletCostsNothing) {
  Behaviour behaviour;
  behaviour.offer.network = bolt::Network::mainnet;
  Scene scene(behaviour);
  Budget budget(*Msat::of_sat(7));
  scene.settings.purse.budget = &budget;
  EXPECT_FALSE(scene.call());
  EXPECT_EQ(budget.state().spent, Msat());
}

RC_GTEST_PROP(BudgetProperty, NeverPassesItsTotal, (std::uint32_t total)) {
  Budget budget(*Msat::of(total));
  const auto prices = *rc::gen::arbitrary<std::vector<std::uint32_t>>();
  std::uint64_t granted = 0;
  for (const std::uint32_t price : prices) {
    const bool fits = granted + price <= total;
    RC_ASSERT(budget.reserve(*Msat::of(price)) == fits);
    if (fits) granted += price;
  }
  RC_ASSERT(budget.state().spent.count() == granted);
  RC_ASSERT(granted <= total);
}

}  // namespace
}  // namespace tollhouse::client
