// Goal: work is used once, quotas are per client and tool, and difficulty follows the rate of
// solutions and the load of the server as pow.md 7 says. Method: the desk alone, with a clock in
// hand.
#include "gate/work_desk.h"

#include "support/precompiled.h"

namespace tollhouse::gate {
namespace {

using namespace std::chrono_literals;

const std::string kClient = "203.0.113.7/32";

WorkSettings adaptive() {
  WorkSettings settings;
  settings.adaptive = true;
  return settings;
}

WorkTerms floor_of(std::uint8_t bits) {
  WorkTerms terms;
  terms.bits = bits;
  return terms;
}

pow::Challenge challenge_of(std::uint8_t number, std::uint32_t issued) {
  pow::Challenge challenge;
  challenge.issued = issued;
  challenge.ttl_seconds = 60;
  challenge.id[0] = number;
  return challenge;
}

/// So many answers in the bucket of `latency`, as a histogram counts them.
LatencyTotals answers(Duration latency, std::uint64_t count, LatencyTotals totals = {}) {
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(latency).count();
  const auto bound = std::lower_bound(kLatencyBounds.begin(), kLatencyBounds.end(), us);
  totals[static_cast<std::size_t>(bound - kLatencyBounds.begin())] += count;
  return totals;
}

TEST(WorkDesk, R_POW_4_AChallengeIsUsedOnceUntilItsEnd) {
  WorkDesk desk;
  const pow::Challenge challenge = challenge_of(1, 1000);
  EXPECT_EQ(desk.use(challenge, time_from_unix(1001)), WorkDesk::Use::fresh);
  EXPECT_EQ(desk.use(challenge, time_from_unix(1001)), WorkDesk::Use::replay);
  desk.give_back(challenge);
  EXPECT_EQ(desk.use(challenge, time_from_unix(1001)), WorkDesk::Use::fresh);
  EXPECT_EQ(desk.use(challenge_of(2, 1030), time_from_unix(1060)), WorkDesk::Use::fresh);
  EXPECT_EQ(desk.used(), 1U) << "what has expired is forgotten";
}

TEST(WorkDesk, R_POW_14_TheDaysCallsEndWhenTheMinutesDoNot) {
  WorkSettings settings;
  settings.per_minute = 10;
  settings.per_day = 3;
  WorkDesk desk;
  desk.allow(settings);
  Tick now{};
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(desk.may_call(kClient, "a", now));
  const auto wait = desk.may_call(kClient, "a", now);
  ASSERT_TRUE(wait);
  EXPECT_GT(*wait, 1h);
  EXPECT_FALSE(desk.may_call(kClient, "b", now)) << "each tool for itself";
  EXPECT_FALSE(desk.may_call("203.0.113.8/32", "a", now)) << "each client for itself";
  EXPECT_FALSE(desk.may_call(kClient, "a", now + *wait));
}

TEST(WorkDesk, R_POW_14_ACallThatWasNotMadeLeavesNoTrace) {
  WorkSettings settings = adaptive();
  settings.per_minute = 1;
  settings.per_day = 2;
  settings.target_rate = 1;
  WorkDesk desk;
  desk.allow(settings);
  const WorkTerms terms = floor_of(12);
  const Tick begin{};
  for (int i = 0; i < 50; ++i) {
    const Tick now = begin + i * 100ms;
    EXPECT_FALSE(desk.may_grant(settings, now)) << i;
    EXPECT_FALSE(desk.may_call(kClient, "a", now)) << i;
    desk.granted(settings, now);
    desk.accepted(kClient, settings, now);
    desk.call_not_made(kClient, "a");
    desk.grant_not_used(settings, now);
    desk.not_accepted(kClient, now, now + 20ms);
  }
  EXPECT_NEAR(desk.bits_for(terms, settings, kClient, begin + 6s), 12, 1e-9);
  EXPECT_FALSE(desk.may_call(kClient, "a", begin + 6s));
  EXPECT_TRUE(desk.may_call(kClient, "a", begin + 6s)) << "one a minute";
}

TEST(WorkDesk, R_POW_11_WithoutAdaptingARowsBitsStand) {
  WorkDesk desk;
  Tick now{};
  const WorkSettings fixed;
  for (int i = 0; i < 1000; ++i) desk.accepted(kClient, fixed, now);
  LoadSample full;
  full.connections = 1;
  desk.see_load(full, now + 60s);
  EXPECT_DOUBLE_EQ(desk.bits_for(floor_of(18), fixed, kClient, now + 60s), 18);
}

TEST(WorkDesk, R_POW_10_ManySolutionsRaiseTheBitsAndQuietLowersThem) {
  WorkDesk desk;
  const WorkSettings settings = adaptive();
  const WorkTerms terms = floor_of(12);
  Tick now{};
  EXPECT_DOUBLE_EQ(desk.bits_for(terms, settings, "new", now), 12);
  for (int second = 0; second < 60; ++second) {
    for (int i = 0; i < 100; ++i) desk.accepted("crowd", settings, now);
    now += 1s;
  }
  const double high = desk.bits_for(terms, settings, "new", now);
  EXPECT_GT(high, 16) << "half a bit for each five seconds at ten setpoints";
  EXPECT_GT(desk.bits_for(terms, settings, "crowd", now), high + 5)
      << "and the crowd its own share";
  now += 1h;
  EXPECT_DOUBLE_EQ(desk.bits_for(terms, settings, "new", now), 12);
}

TEST(WorkDesk, AFullDeskLooksForColdCallersOnceASecondAtMost) {
  WorkDesk desk;
  const WorkSettings settings = adaptive();
  const WorkTerms terms = floor_of(12);
  const auto is_remembered = [&](const std::string& client, Tick now) {
    return desk.bits_for(terms, settings, client, now) >
           desk.bits_for(terms, settings, "never seen", now);
  };
  const Tick begin{};
  for (std::size_t i = 0; i < WorkDesk::kCallersMax; ++i) {
    desk.accepted("crowd " + std::to_string(i), settings, begin);
  }
  // One solution is forgotten after 143.5 s, which is between this look and the next.
  const Tick looked = begin + 143s;
  desk.accepted("early", settings, looked);
  EXPECT_FALSE(is_remembered("early", looked)) << "all are warm, and there is no room";
  desk.accepted("late", settings, looked + 999ms);
  EXPECT_FALSE(is_remembered("late", looked + 999ms)) << "all are cold, and nobody looked";
  desk.accepted("late", settings, looked + 1s);
  EXPECT_TRUE(is_remembered("late", looked + 1s));
}

TEST(WorkDesk, R_POW_10_AFullServerRaisesTheBitsOfAllAndAQuietOneDoesNot) {
  WorkDesk desk;
  const WorkSettings settings = adaptive();
  const WorkTerms terms = floor_of(12);
  Tick now{};
  LoadSample sample;
  const auto after_a_minute = [&](double connections) {
    sample.connections = connections;
    for (int i = 0; i < 60; ++i) desk.see_load(sample, now += 1s);
    return desk.bits_for(terms, settings, kClient, now);
  };
  EXPECT_DOUBLE_EQ(after_a_minute(0.7), 12);
  EXPECT_NEAR(after_a_minute(0.9), 12 + std::log2(9.0) - std::log2(7.0 / 3), 1e-3);
  EXPECT_NEAR(after_a_minute(1), 18, 1e-3);
  EXPECT_NEAR(after_a_minute(0), 12, 1e-3);
}

TEST(LoadWatch, IsLookedAtOnceASecondAndForgetsWhatNobodySees) {
  LoadWatch watch(Tick{});
  LoadSample full;
  full.connections = 1;
  EXPECT_FALSE(watch.due(Tick{} + 999ms));
  watch.look(full, Tick{} + 999ms);
  EXPECT_EQ(watch.bits(Tick{} + 999ms), 0);
  EXPECT_TRUE(watch.due(Tick{} + 1s));
  watch.look(full, Tick{} + 1s);
  const double once = watch.bits(Tick{} + 1s);
  EXPECT_NEAR(once, 6 * (1 - std::exp(-0.2)), 1e-6);
  EXPECT_NEAR(watch.bits(Tick{} + 6s), once * std::exp(-1), 1e-6) << "five seconds later";
  EXPECT_NEAR(watch.bits(Tick{} + 1h), 0, 1e-6);
  LoadWatch seldom(Tick{});
  seldom.look(full, Tick{} + 60s);
  EXPECT_NEAR(seldom.bits(Tick{} + 60s), 6, 1e-3) << "seconds without a look are as this one";
}

TEST(LoadWatch, LatencyCountsWhereItHasATarget) {
  LoadWatch watch(Tick{});
  LoadSample slow;
  slow.latencies = answers(900ms, 100);
  Tick now{};
  watch.look(slow, now += 1s);
  EXPECT_EQ(watch.bits(now), 0) << "no target";
  slow.latency_target = 1s;
  slow.latencies = answers(900ms, 100, slow.latencies);
  watch.look(slow, now += 1s);
  const double first = watch.bits(now);
  EXPECT_GT(first, 1) << "p95 is at its target";
  watch.look(slow, now += 1s);
  EXPECT_LT(watch.bits(now), first) << "nothing was answered since";
}

TEST(LoadWatch, TheNinetyFifthPercentIsOfTheAnswersInBetween) {
  const LatencyTotals before = answers(10s, 1000);
  EXPECT_EQ(latency_p95(before, before), Duration{});
  EXPECT_EQ(latency_p95(before, answers(1ms, 100, before)), 1ms);
  const LatencyTotals five = answers(5s, 5, answers(1ms, 95, before));
  EXPECT_EQ(latency_p95(before, five), 1ms);
  const LatencyTotals six = answers(5s, 6, answers(1ms, 94, before));
  EXPECT_EQ(latency_p95(before, six), 5s);
  EXPECT_EQ(latency_p95({}, answers(60s, 1)), 30s) << "above the last bound";
}

TEST(WorkDesk, R_POW_10_HoardedWorkIsGrantedAtTwiceTheSetpointAndCountsAsASurge) {
  WorkDesk desk;
  const WorkSettings settings = adaptive();
  Tick now{};
  int granted = 0;
  for (int i = 0; i < 500; ++i) {
    if (desk.may_grant(settings, now)) continue;
    desk.granted(settings, now);
    desk.accepted("hoarder", settings, now);
    ++granted;
  }
  EXPECT_EQ(granted, 20);
  const auto wait = desk.may_grant(settings, now);
  ASSERT_TRUE(wait);
  EXPECT_FALSE(desk.may_grant(settings, now + *wait));
  EXPECT_TRUE(desk.may_grant(settings, now)) << "asking takes nothing";
  const double before = desk.bits_for(floor_of(1), settings, "new", now);
  const double after = desk.bits_for(floor_of(1), settings, "new", now + 5s);
  EXPECT_GE(after, before + 0.5) << "an empty bucket is a surge";
}

}  // namespace
}  // namespace tollhouse::gate
