// ledger: who gets a use, and what a call's end does to it.
#include "ledger/hold_table.h"

#include <thread>

#include "base/switches.h"
#include "ledger/clock_guard.h"
#include "ledger/hold_request.h"
#include "ledger/rules.h"
#include "support/precompiled.h"

namespace tollhouse::ledger {
namespace {

TEST(HoldTable, OneUseFromTakeToReplay) {
  HoldTable table;
  const auto first = table.take(request(1));
  ASSERT_EQ(word(first), "hold");
  EXPECT_EQ(word(table.take(request(1))), "call_in_progress");
  EXPECT_EQ(table.holds_open(), 1U);
  EXPECT_TRUE(table.commit(hold_of(first), {charge_of(1), kNow, false}));
  EXPECT_EQ(table.holds_open(), 0U);
  // The answer is on its way: the same call is told to wait, another one that it is too late.
  EXPECT_EQ(word(table.take(request(1))), "call_in_progress");
  EXPECT_EQ(word(table.take(request(1, Uses::single(), 2))), "replay");
  table.delivered({hash_of(1), 0}, kNow);
  EXPECT_EQ(word(table.take(request(1))), "replay");
}

TEST(HoldTable, SpentIsWhatIsChargedForAndAskingTakesNothing) {
  HoldTable table;
  EXPECT_FALSE(table.is_spent(request(1)));
  EXPECT_EQ(table.size(), 0U);
  const auto taken = table.take(request(1));
  EXPECT_FALSE(table.is_spent(request(1))) << "held";
  EXPECT_TRUE(table.release(hold_of(taken), Sent::nothing));
  EXPECT_FALSE(table.is_spent(request(1)));
  const auto again = table.take(request(1));
  table.commit(hold_of(again), {charge_of(1), kNow, false});
  EXPECT_TRUE(table.is_spent(request(1))) << "also while its answer is on the way";
  EXPECT_FALSE(table.is_spent(request(1, Uses::of(2))));
  EXPECT_FALSE(table.is_spent(request(1, Uses::unlimited())));
  EXPECT_EQ(table.holds_open(), 0U);
}

TEST(HoldTable, ReleaseGivesTheUseBack) {
  HoldTable table;
  for (int i = 0; i < 10; ++i) {
    const auto taken = table.take(request(1));
    ASSERT_EQ(word(taken), "hold");
    EXPECT_TRUE(table.release(hold_of(taken), Sent::nothing));
  }
  EXPECT_EQ(table.size(), 0U);  // nothing is remembered of what did not happen
}

TEST(HoldTable, AUseGivenBackIsKnownSixHundredSecondsToWhoHeldIt) {
  HoldTable table;
  const auto at = [](Duration later, int digest = 1, int caller = 1) {
    HoldRequest made = request(1, Uses::single(), digest, caller);
    made.proof_ends = true;
    made.now = kNow + later;
    made.expires = kNow + 24h;
    return made;
  };
  EXPECT_FALSE(table.given_back(at(0s)));
  const auto first = table.take(at(0s));
  EXPECT_FALSE(table.given_back(at(1s))) << "held";
  EXPECT_TRUE(table.release(hold_of(first), Sent::nothing));
  EXPECT_TRUE(table.given_back(at(1s)));
  EXPECT_FALSE(table.given_back(at(1s, 2))) << "another request";
  EXPECT_FALSE(table.given_back(at(1s, 1, 2))) << "another caller";
  // Given back again, it is known from the first hold on.
  const auto again = table.take(at(500s));
  EXPECT_TRUE(table.release(hold_of(again), Sent::request));
  EXPECT_TRUE(table.given_back(at(600s - 1ns)));
  EXPECT_FALSE(table.given_back(at(600s)));
  table.sweep(kNow + 600s, Tick());
  EXPECT_EQ(table.size(), 1U) << "the count of its releases";
}

TEST(HoldTable, OfSeveralRequestsInTimeTheLastHasTheUseThatWasGivenBack) {
  HoldTable table;
  for (const int digest : {1, 2}) {
    HoldRequest shown = request(1, Uses::single(), digest);
    shown.proof_ends = true;
    EXPECT_TRUE(table.release(hold_of(table.take(shown)), Sent::nothing));
  }
  EXPECT_FALSE(table.given_back(request(1, Uses::single(), 1)));
  EXPECT_TRUE(table.given_back(request(1, Uses::single(), 2)));
  EXPECT_EQ(table.size(), 1U);
}

TEST(HoldTable, WhatWasNotPaidIsNotKnownAsGivenBack) {
  HoldTable table;
  HoldRequest shown = request(1);
  shown.proof_ends = true;
  table.unpaid(hold_of(table.take(shown)));
  EXPECT_FALSE(table.given_back(shown));
  EXPECT_EQ(table.size(), 0U);
  EXPECT_EQ(word(table.take(shown)), "hold");
}

TEST(HoldTable, AUseGivenBackAndChargedForIsOver) {
  HoldTable table({.entries_max = 2});
  HoldRequest shown = request(1);
  shown.proof_ends = true;
  EXPECT_TRUE(table.release(hold_of(table.take(shown)), Sent::nothing));
  EXPECT_EQ(table.size(), 1U);
  EXPECT_TRUE(table.given_back(shown));
  const auto taken = table.take(shown);
  table.commit(hold_of(taken), {charge_of(1), kNow, false});
  EXPECT_FALSE(table.given_back(shown));
  EXPECT_EQ(table.size(), 2U) << "the charge and its answer: full";
  const HoldRequest plain = request(2);
  EXPECT_EQ(word(table.take(plain)), "overloaded");
  HoldTable other;
  EXPECT_TRUE(other.release(hold_of(other.take(plain)), Sent::nothing));
  EXPECT_FALSE(other.given_back(plain)) << "its proof lives as long as the payment";
  HoldRequest dead = shown;
  dead.now = dead.expires;
  EXPECT_TRUE(other.release(hold_of(other.take(shown)), Sent::nothing));
  EXPECT_FALSE(other.given_back(dead));
}

TEST(HoldTable, ReasonsInTheirOrder) {
  HoldTable table({.entries_max = 3});
  const auto single = table.take(request(1));
  table.commit(hold_of(single), {charge_of(1), kNow, false});
  table.delivered({hash_of(1), 0}, kNow);
  const auto counted = table.take(request(2, Uses::of(2)));
  table.commit(hold_of(counted), {charge_of(2), kNow, false});
  table.delivered({hash_of(2), 0}, kNow);
  const auto second = table.take(request(2, Uses::of(2)));
  EXPECT_EQ(word(table.take(request(2, Uses::of(2)))), "call_in_progress");
  table.commit(hold_of(second), {charge_of(3), kNow, false});
  table.delivered({hash_of(2), 1}, kNow);

  EXPECT_EQ(word(table.take(request(1))), "replay");
  EXPECT_EQ(word(table.take(request(2, Uses::of(2)))), "uses_spent");
  auto expired = request(1);
  expired.now = expired.expires - 1ns;
  EXPECT_EQ(word(table.take(expired)), "replay");
  expired.now = expired.expires;
  EXPECT_EQ(word(table.take(expired)), "expired");
  EXPECT_EQ(word(table.take(request(3))), "hold");
  EXPECT_EQ(word(table.take(request(4))), "overloaded");
  EXPECT_EQ(word(table.take(request(3))), "call_in_progress");  // full, but known
  table.poison();
  EXPECT_TRUE(table.poisoned());
  EXPECT_EQ(word(table.take(expired)), "ledger_unavailable");
}

TEST(HoldTable, AFullTableTakesTheLastEntryAndNoMore) {
  HoldTable table({.entries_max = 4});
  for (int i = 0; i < 4; ++i) EXPECT_EQ(word(table.take(request(i))), "hold") << i;
  EXPECT_EQ(word(table.take(request(4))), "overloaded");
  EXPECT_EQ(table.size(), 4U);
}

TEST(HoldTable, CountedUsesAreNumberedFromZeroWithoutGaps) {
  HoldTable table;
  const auto a = hold_of(table.take(request(1, Uses::of(3))));
  const auto b = hold_of(table.take(request(1, Uses::of(3))));
  const auto c = hold_of(table.take(request(1, Uses::of(3))));
  EXPECT_EQ(word(table.take(request(1, Uses::of(3)))), "call_in_progress");
  EXPECT_TRUE(table.release(b, Sent::nothing));
  table.commit(a, {charge_of(1), kNow, false});
  table.commit(c, {charge_of(2), kNow, false});
  table.delivered(a.key, kNow);
  table.delivered(c.key, kNow);
  const auto again = hold_of(table.take(request(1, Uses::of(3))));
  EXPECT_EQ(again.key.use_no, 1U);
  EXPECT_NE(again.serial, b.serial);
  EXPECT_TRUE(table.release(b, Sent::request));  // an old hold ends nothing
  EXPECT_EQ(table.holds_open(), 1U);
}

TEST(HoldTable, ALostAnswerIsGivenOnceMore) {
  const struct {
    const char* name;
    std::function<void(HoldRequest&)> change;
    std::string want;
  } cases[] = {
      {"the same", [](HoldRequest&) {}, "redelivery"},
      {"other request", [](HoldRequest& r) { r.request_digest = digest_of(9); }, "replay"},
      {"other caller", [](HoldRequest& r) { r.caller = digest_of(9); }, "replay"},
      {"after expiry", [](HoldRequest& r) { r.now = r.expires + 1s; }, "redelivery"},
      {"last moment", [](HoldRequest& r) { r.now = kNow + 600s - 1ns; }, "redelivery"},
      {"too late", [](HoldRequest& r) { r.now = kNow + 600s; }, "expired"},
      {"too late, alive", [](HoldRequest& r) { r.expires = r.now = kNow + 600s, r.expires += 1s; },
       "replay"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    HoldTable table;
    const Hold hold = hold_of(table.take(request(1)));
    table.commit(hold, {charge_of(7), kNow, true});
    table.lost(hold.key);
    HoldRequest retry = request(1);
    c.change(retry);
    const auto taken = table.take(retry);
    ASSERT_EQ(word(taken), c.want);
    if (c.want != "redelivery") continue;
    const Redelivery given = std::get<Redelivery>(*taken);
    EXPECT_EQ(given.charge, charge_of(7));
    EXPECT_TRUE(given.result_kept);
    EXPECT_EQ(table.redeliver(retry), std::nullopt);  // once at a time
    table.redelivery_failed(given, Sent::nothing);
    ASSERT_TRUE(table.redeliver(retry).has_value());  // nothing reached anybody
    table.redelivered(given);
    EXPECT_EQ(table.redeliver(retry), std::nullopt);  // once in all
  }
}

TEST(HoldTable, AFailedRedeliveryStaysOwedAsOftenAsACredentialIsReleased) {
  HoldTable table;
  const HoldRequest asked = request(1);
  const Hold first = hold_of(table.take(asked));
  ASSERT_TRUE(table.release(first, Sent::request));  // one of the three
  const Hold hold = hold_of(table.take(asked));
  table.commit(hold, {charge_of(7), kNow, false});
  table.lost(hold.key);
  for (int i = 0; i < 3; ++i) {
    const auto given = table.redeliver(asked);
    ASSERT_TRUE(given.has_value()) << i;
    table.redelivery_failed(*given, Sent::request);
  }
  EXPECT_EQ(table.redeliver(asked), std::nullopt);
  EXPECT_EQ(word(table.take(asked)), "replay");
}

TEST(HoldTable, AHoldWhoseChargeIsBeingWrittenOutlivesItsCall) {
  for (const char* const end : {"commit", "release", "conflicted"}) {
    SCOPED_TRACE(end);
    HoldTable table;
    HoldRequest asked = request(1);
    asked.until = Tick() + 60s;
    const Hold hold = hold_of(table.take(asked));
    table.charging(hold);
    EXPECT_EQ(table.sweep(kNow, Tick() + 3600s).lapsed, 0U);
    EXPECT_EQ(word(table.take(asked)), "call_in_progress");
    if (std::string_view(end) == "commit") {
      EXPECT_TRUE(table.commit(hold, {charge_of(1), kNow, false}));
      table.lost(hold.key);
      EXPECT_EQ(word(table.take(asked)), "redelivery");
    } else if (std::string_view(end) == "release") {
      EXPECT_TRUE(table.release(hold, Sent::nothing));
      EXPECT_EQ(word(table.take(asked)), "hold");
    } else {
      table.conflicted(hold);
      EXPECT_EQ(word(table.take(asked)), "replay");
    }
  }
}

TEST(HoldTable, ThreeReleasesAfterSendingAndTheFourthIsKept) {
  HoldTable table;
  for (int i = 0; i < 3; ++i) {
    const auto taken = table.take(request(1));
    ASSERT_EQ(word(taken), "hold");
    EXPECT_TRUE(table.release(hold_of(taken), Sent::request));
  }
  const auto fourth = table.take(request(1));
  EXPECT_EQ(word(fourth), "hold!");
  EXPECT_FALSE(table.release(hold_of(fourth), Sent::request));
  EXPECT_EQ(table.holds_open(), 1U);
  EXPECT_TRUE(table.release(hold_of(fourth), Sent::nothing));  // nothing was sent: not a failure
  EXPECT_EQ(word(table.take(request(1))), "hold!");
}

TEST(HoldTable, ReleasesOfParallelHoldsCountToo) {
  HoldTable table({.releases_max = 1});
  const Hold a = hold_of(table.take(request(1, Uses::of(5))));
  const Hold b = hold_of(table.take(request(1, Uses::of(5))));
  EXPECT_TRUE(table.release(a, Sent::request));
  EXPECT_FALSE(table.release(b, Sent::request));  // both began before either failed
}

TEST(HoldTable, AHoldThatNobodyEndsLapses) {
  HoldTable table;
  auto asked = request(1);
  asked.until = Tick(100s);
  const Hold forgotten = hold_of(table.take(asked));
  EXPECT_EQ(table.sweep(kNow, Tick(100s - 1ns)).lapsed, 0U);
  EXPECT_EQ(table.sweep(kNow, Tick(100s)).lapsed, 1U);
  EXPECT_EQ(table.holds_open(), 0U);
  // Its charge came through after all: nobody begins this use any more.
  EXPECT_FALSE(table.commit(forgotten, {charge_of(1), kNow, false}));
  EXPECT_EQ(word(table.take(request(1))), "replay");
}

TEST(HoldTable, AConflictOfTheStoreIsASpentUse) {
  HoldTable table;
  table.conflicted(hold_of(table.take(request(1))));
  EXPECT_EQ(table.holds_open(), 0U);
  EXPECT_EQ(word(table.take(request(1))), "replay");
}

TEST(HoldTable, ACancelledChargeFreesItsUse) {
  HoldTable table;
  const Hold single = hold_of(table.take(request(1)));
  table.commit(single, {charge_of(1), kNow, false});
  EXPECT_EQ(word(table.take(request(1, Uses::single(), 2))), "replay");
  table.cancelled(single);
  EXPECT_EQ(table.size(), 0U);
  EXPECT_EQ(word(table.take(request(1))), "hold");

  const Hold first = hold_of(table.take(request(2, Uses::of(3))));
  const Hold second = hold_of(table.take(request(2, Uses::of(3))));
  for (const Hold& hold : {first, second}) table.commit(hold, {charge_of(2), kNow, false});
  table.delivered(second.key, kNow);
  table.cancelled(second);  // what arrived is not taken back
  table.cancelled(first);
  EXPECT_EQ(hold_of(table.take(request(2, Uses::of(3)))).key.use_no, 0U);
  EXPECT_EQ(hold_of(table.take(request(2, Uses::of(3)))).key.use_no, 2U);
  EXPECT_EQ(word(table.take(request(2, Uses::of(3)))), "call_in_progress");
}

TEST(HoldTable, SweepForgetsWhatIsDeadAndOnlyThat) {
  HoldTable table;
  const Hold spent = hold_of(table.take(request(1)));
  table.commit(spent, {charge_of(1), kNow, false});
  table.delivered(spent.key, kNow);
  table.take(request(2));  // stays held
  const Time expiry = kNow + 300s;
  EXPECT_EQ(table.sweep(expiry + kExpirySkew - 1ns, Tick()).entries, 0U);
  EXPECT_EQ(table.sweep(expiry + kExpirySkew, Tick()).entries, 0U);  // 600 s beyond delivery
  EXPECT_EQ(table.sweep(kNow + 600s, Tick()).entries, 1U);
  EXPECT_EQ(table.size(), 1U);
  EXPECT_EQ(table.holds_open(), 1U);
}

TEST(Requirement, R_L402_7_NothingPurgedIsRevivedByAnyClock) {
  // RS-10: the clock ran forward, records were purged, the clock was put right.
  HoldTable table;
  const Hold spent = hold_of(table.take(request(1)));
  table.commit(spent, {charge_of(1), kNow, false});
  table.delivered(spent.key, kNow);
  table.sweep(kNow + 24h, Tick());
  ASSERT_EQ(table.size(), 0U);
  EXPECT_EQ(word(table.take(request(1))), "expired");
  auto longer = request(2);
  longer.expires = kNow + 48h;
  EXPECT_EQ(word(table.take(longer)), "hold");

  HoldTable next;  // and over a restart, by the store's watermark
  next.purged_before(kNow + 300s);
  EXPECT_EQ(word(next.take(request(1))), "expired");
  auto later = request(1);
  later.expires = kNow + 300s + 1ns;
  EXPECT_EQ(word(next.take(later)), "hold");
}

TEST(Requirement, R_L402_7_ARestartForgetsNoCharge) {
  SpentRow row;
  row.key = {hash_of(1), 0};
  row.expires = kNow + 300s;
  row.charge = charge_of(1);
  row.request_digest = digest_of(1);
  row.caller = digest_of(1);
  row.committed = kNow - 100s;
  row.result_kept = true;
  {
    HoldTable table;
    row.delivered = true;
    table.restore(row);
    EXPECT_EQ(word(table.take(request(1))), "replay");
  }
  {
    HoldTable table;
    row.delivered = false;
    table.restore(row);
    EXPECT_EQ(word(table.take(request(1, Uses::single(), 2))), "replay");
    EXPECT_EQ(word(table.take(request(1))), "redelivery");  // K5b to K8
    EXPECT_EQ(word(table.take(request(1))), "call_in_progress");
  }
  {
    HoldTable table;
    row.redelivered = true;
    table.restore(row);
    EXPECT_EQ(word(table.take(request(1))), "replay");
  }
  {
    HoldTable table;
    row.delivered = true;
    row.uses = Uses::of(4);
    row.key.use_no = 2;
    table.restore(row);
    table.restore(row);  // the same use is one use
    std::vector<std::uint32_t> uses;
    for (int i = 0; i < 3; ++i) {
      uses.push_back(hold_of(table.take(request(1, Uses::of(4)))).key.use_no);
    }
    std::ranges::sort(uses);
    EXPECT_EQ(uses, (std::vector<std::uint32_t>{0, 1, 3}));
    EXPECT_EQ(word(table.take(request(1, Uses::of(4)))), "call_in_progress");
    row.key.use_no = 4'000'000'000;  // a damaged row costs no memory
    table.restore(row);
  }
}

TEST(Requirement, R_L402_8_APassIsChargedAtItsFirstShowingOnly) {
  HoldTable table;
  const auto first = table.take(request(1, Uses::unlimited()));
  ASSERT_EQ(word(first), "hold!");
  EXPECT_TRUE(hold_of(first).first_showing);
  EXPECT_EQ(word(table.take(request(1, Uses::unlimited()))), "call_in_progress");
  table.commit(hold_of(first), {charge_of(1), kNow, false});
  for (int i = 0; i < 5; ++i) EXPECT_EQ(word(table.take(request(1, Uses::unlimited(), i))), "pass");
  EXPECT_EQ(table.size(), 1U);
  auto late = request(1, Uses::unlimited());
  late.now = late.expires;
  EXPECT_EQ(word(table.take(late)), "expired");

  SpentRow row;
  row.key = {hash_of(1), 0};
  row.uses = Uses::unlimited();
  row.expires = kNow + 300s;
  row.committed = kNow;
  HoldTable next;
  next.restore(row);
  EXPECT_EQ(word(next.take(request(1, Uses::unlimited()))), "pass");
}

TEST(Requirement, R_L402_8_ANarrowedCredentialShrinksItsUses) {
  HoldTable table;
  const Hold first = hold_of(table.take(request(1, Uses::of(10))));
  table.commit(first, {charge_of(1), kNow, false});
  table.delivered(first.key, kNow);
  EXPECT_EQ(word(table.take(request(1, Uses::single()))), "replay");  // of the same payment
  EXPECT_EQ(word(table.take(request(1, Uses::of(2)))), "hold");
}

// ---- races ----------------------------------------------------------------------------------

/// 64 threads take at once and commit what they get: how many held, how many passed.
std::pair<int, int> race(HoldTable& table, Uses uses, int rounds = 1) {
  std::atomic<int> held{0};
  std::atomic<int> passed{0};
  std::atomic<int> ready{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 64; ++t) {
    threads.emplace_back([&, t] {
      ++ready;
      while (ready < 64) std::this_thread::yield();
      for (int round = 0; round < rounds; ++round) {
        const auto taken = table.take(request(1, uses, t));
        if (!taken) continue;
        if (std::holds_alternative<PassUse>(*taken)) ++passed;
        if (const auto* hold = std::get_if<Hold>(&*taken)) {
          ++held;
          table.commit(*hold, {charge_of(t), kNow, false});
        }
      }
    });
  }
  for (auto& thread : threads) thread.join();
  return {held, passed};
}

TEST(Requirement, R_TEST_4_SixtyFourThreadsOneWinner) {
  for (int i = 0; i < 20; ++i) {
    HoldTable table;
    EXPECT_EQ(race(table, Uses::single()).first, 1);
  }
}

TEST(Requirement, R_SEC_4_CountedUsesAreTakenExactly) {
  for (const std::uint32_t uses : {2U, 17U, 63U, 1000U}) {
    HoldTable table;
    const int want = static_cast<int>(std::min(uses, 64U * 40U));
    EXPECT_EQ(race(table, Uses::of(uses), 40).first, want);
  }
}

TEST(Requirement, R_SEC_4_SixtyFourFirstShowingsOfAPassMakeOneCharge) {
  for (int i = 0; i < 20; ++i) {
    HoldTable table;
    const auto [held, passed] = race(table, Uses::unlimited(), 50);
    EXPECT_EQ(held, 1);
    EXPECT_GT(passed, 0);
  }
}

TEST(Requirement, R_SEC_4_OneRedeliveryAmongSixtyFour) {
  HoldTable table;
  const Hold hold = hold_of(table.take(request(1)));
  table.commit(hold, {charge_of(1), kNow, false});
  table.lost(hold.key);
  std::atomic<int> given{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 64; ++t) {
    threads.emplace_back([&] {
      if (word(table.take(request(1))) == "redelivery") ++given;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(given, 1);
}

TEST(HoldTable, SweepsBesideCallsWithoutHarm) {
  HoldTable table;
  std::atomic<bool> stop{false};
  std::thread sweeper([&] {
    while (!stop) table.sweep(kNow, Tick());
  });
  std::atomic<int> charges{0};
  std::vector<std::thread> callers;
  for (int t = 0; t < 8; ++t) {
    callers.emplace_back([&] {
      for (int i = 0; i < 2000; ++i) {
        const auto taken = table.take(request(i));
        if (!taken || !std::holds_alternative<Hold>(*taken)) continue;
        table.commit(hold_of(taken), {charge_of(i), kNow, false});
        table.delivered(hold_of(taken).key, kNow);
        ++charges;
      }
    });
  }
  for (auto& caller : callers) caller.join();
  stop = true;
  sweeper.join();
  EXPECT_EQ(charges, 2000);
  EXPECT_EQ(table.size(), 2000U);
}

}  // namespace
}  // namespace tollhouse::ledger
