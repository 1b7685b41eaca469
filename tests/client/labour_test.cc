// Goal: a caller works where that opens a call and money does not, never more than it allows, and
// pays beside it at most once. Method: over real sockets against a little gate that checks the
// work.
#include "client/client.h"
#include "client/scene.h"
#include "support/precompiled.h"
#include "support/vectors.h"

namespace tollhouse::client {
namespace {

using test::Behaviour;
using test::Scene;

Behaviour both_ways() {
  Behaviour behaviour;
  behaviour.work_bits = 8;
  return behaviour;
}

TEST(Labour, R_POW_9_WorkOpensWhereNothingIsSold) {
  for (const bool head_only : {false, true}) {
    SCOPED_TRACE(head_only);
    Behaviour behaviour = both_ways();
    behaviour.sells = false;
    behaviour.work_in_head_only = head_only;
    Scene scene(behaviour);
    const auto outcome = scene.call();
    ASSERT_TRUE(outcome) << outcome.error().message;
    EXPECT_EQ(outcome->worked->bits, 8u);
    EXPECT_FALSE(outcome->paid);
    EXPECT_EQ(scene.gate.count("tools/call"), 2u);
    EXPECT_EQ(scene.gate.count("/sim/pay"), 0u);
  }
}

TEST(Labour, R_POW_9_TheCallerChoosesBetweenPriceAndWork) {
  Scene wallet(both_ways());
  const auto paid = wallet.call();
  ASSERT_TRUE(paid) << paid.error().message;
  EXPECT_TRUE(paid->paid);
  EXPECT_FALSE(paid->worked) << "a wallet is there and the price is within the limit";
  Scene above(both_ways());
  above.settings.limit = *Msat::of_sat(2);
  const auto worked = above.call();
  ASSERT_TRUE(worked) << worked.error().message;
  EXPECT_TRUE(worked->worked);
  EXPECT_EQ(above.gate.count("/sim/pay"), 0u);
  Scene by_wish(both_ways());
  by_wish.settings.work = WorkUse::only;
  const auto wished = by_wish.call();
  ASSERT_TRUE(wished) << wished.error().message;
  EXPECT_TRUE(wished->worked);
  EXPECT_EQ(by_wish.gate.count("/sim/pay"), 0u);
}

TEST(Labour, WhereNoWalletPaysOrTheBudgetIsGoneTheCallIsWorkedFor) {
  Behaviour elsewhere = both_ways();
  elsewhere.offer.network = bolt::Network::mainnet;
  Scene no_wallet(elsewhere);
  const auto worked = no_wallet.call();
  ASSERT_TRUE(worked) << worked.error().message;
  EXPECT_TRUE(worked->worked);
  Scene poor(both_ways());
  Budget budget(*Msat::of_sat(2));
  poor.settings.purse.budget = &budget;
  const auto again = poor.call();
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_TRUE(again->worked);
  EXPECT_EQ(budget.state().spent, Msat());
}

TEST(Labour, WorkBesideThePriceIsDoneBeforeMoneyMoves) {
  Behaviour behaviour = both_ways();
  behaviour.work_beside = true;
  Scene scene(behaviour);
  scene.settings.work = WorkUse::beside;
  const auto outcome = scene.call();
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_TRUE(outcome->worked);
  EXPECT_TRUE(outcome->paid);
  EXPECT_EQ(scene.gate.count("/sim/pay"), 1u);
  EXPECT_EQ(scene.gate.count("tools/call"), 2u);
  Scene too_hard(behaviour);
  too_hard.settings.solver.bits_max = 7;
  const auto refused = too_hard.call();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "too_hard");
  EXPECT_EQ(refused.error().kind, TroubleKind::over_limit);
  EXPECT_EQ(too_hard.gate.count("/sim/pay"), 0u);
}

TEST(Labour, ACredentialThatWantsWorkBesideItIsShownWithWork) {
  Behaviour behaviour = both_ways();
  behaviour.work_beside = true;
  Scene scene(behaviour);
  scene.settings.credential = scene.gate.authorization();
  const auto outcome = scene.call();
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ(scene.gate.count("/sim/pay"), 0u);
  EXPECT_EQ(scene.gate.count("tools/call"), 2u);
}

struct NoWork {
  const char* name;
  void (*shape)(Behaviour&, Settings&);
  const char* code;
};
const NoWork kNoWork[] = {
    {"none is taken", [](Behaviour& b, Settings&) { b.work_bits = 0; }, "no_work"},
    {"a price beside it", [](Behaviour& b, Settings&) { b.work_beside = true; },
     "payment_required"},
    {"too much", [](Behaviour&, Settings& s) { s.solver.bits_max = 7; }, "too_hard"},
    {"far too much", [](Behaviour& b, Settings&) { b.work_bits = 200; }, "too_hard"},
};

TEST(Labour, WorkAloneThatCannotBeDoneIsSaid) {
  for (const NoWork& row : kNoWork) {
    SCOPED_TRACE(row.name);
    Behaviour behaviour = both_ways();
    Settings settings;
    row.shape(behaviour, settings);
    Scene scene(behaviour);
    scene.settings.work = WorkUse::only;
    scene.settings.solver = settings.solver;
    const auto outcome = scene.call();
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, row.code);
    EXPECT_EQ(scene.gate.count("/sim/pay"), 0u);
    EXPECT_EQ(scene.gate.count("tools/call"), 1u);
  }
}

TEST(Labour, ARailByNameDoesNotWorkInPlaceOfAPrice) {
  Scene scene(both_ways());
  scene.settings.work = WorkUse::beside;
  scene.settings.limit = *Msat::of_sat(2);
  const auto outcome = scene.call();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, "over_limit");
}

TEST(Labour, WithPayingOffTheWorkIsShownAndNotDone) {
  Behaviour behaviour = both_ways();
  behaviour.sells = false;
  Scene scene(behaviour);
  scene.settings.pay = false;
  const auto outcome = scene.call();
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ(outcome->work->puzzle.bits, 8u);
  EXPECT_TRUE(outcome->work->needed);
  EXPECT_FALSE(outcome->offer);
  EXPECT_EQ(scene.gate.count("tools/call"), 1u);
}

TEST(Labour, R_SDK_4_ACredentialForSeveralCallsIsWorkedForOnce) {
  test::OwnFolder folder;
  const TokenCache tokens(folder.path() / "tokens");
  Behaviour behaviour = both_ways();
  behaviour.sells = false;
  behaviour.calls_per_solve = 3;
  behaviour.offer.uses = 3;
  Scene scene(behaviour);
  scene.settings.purse.tokens = &tokens;
  for (int call = 0; call < 3; ++call) {
    const auto outcome = scene.call();
    ASSERT_TRUE(outcome) << outcome.error().message;
    EXPECT_EQ(outcome->worked.has_value(), call == 0);
    EXPECT_EQ(outcome->reused, call != 0);
  }
  EXPECT_EQ(scene.gate.count("/mcp/pow/verify"), 1u);
  EXPECT_FALSE(tokens.find({scene.gate.address(), "echo"}, test::kNow))
      << "three calls, three uses";
}

}  // namespace
}  // namespace tollhouse::client
