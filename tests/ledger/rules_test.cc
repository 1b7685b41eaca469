// tests/ledger: settling by outcome, and the clock by which lives end. Goal: every row of the table
// of reliability-security.md 3.3, and no clock that revives anything.
#include "ledger/rules.h"

#include "ledger/clock_guard.h"
#include "support/precompiled.h"

namespace tollhouse::ledger {
namespace {

using namespace std::chrono_literals;

const Time kNow = time_from_unix(1'800'000'000);

TEST(Settle, EveryRowOfTheTable) {
  constexpr auto kCommit = Settlement::commit;
  constexpr auto kRelease = Settlement::release;
  const struct {
    CallEnd end;
    Settlement success, attempt, must_commit, first_showing;
  } rows[] = {
      {CallEnd::nothing_sent, kRelease, kRelease, kRelease, kCommit},
      {CallEnd::no_answer, kRelease, kCommit, kCommit, kCommit},
      {CallEnd::broken_answer, kRelease, kCommit, kCommit, kCommit},
      {CallEnd::broken_after_result, kCommit, kCommit, kCommit, kCommit},
      {CallEnd::error_answer, kRelease, kCommit, kCommit, kCommit},
      {CallEnd::result, kCommit, kCommit, kCommit, kCommit},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(static_cast<int>(row.end));
    EXPECT_EQ(settle(row.end, {}), row.success);
    EXPECT_EQ(settle(row.end, {.charge_on = ChargeOn::attempt}), row.attempt);
    EXPECT_EQ(settle(row.end, {.must_commit = true}), row.must_commit);
    EXPECT_EQ(settle(row.end, {.must_commit = true, .first_showing = true}), row.first_showing);
  }
}

TEST(ClockGuard, NeverFallsBackByMoreThanTwoSeconds) {
  ClockGuard fresh;
  EXPECT_EQ(fresh.now(Time::min()), Time::min());
  ClockGuard guard(kNow);
  EXPECT_EQ(guard.now(kNow + 5s), kNow + 5s);
  EXPECT_EQ(guard.now(kNow + 4s), kNow + 4s);
  EXPECT_EQ(guard.now(kNow - 1h), kNow + 3s);
  EXPECT_EQ(guard.highest(), kNow + 5s);
  ClockGuard after_restart(guard.highest());
  EXPECT_EQ(after_restart.now(kNow - 1h), kNow + 3s);
}

}  // namespace
}  // namespace tollhouse::ledger
