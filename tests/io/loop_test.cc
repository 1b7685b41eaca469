// Mirrors src/io/{task,nursery,timer_wheel,reactor}: what waits goes on once, at the right time,
// and what comes too late is dropped.
#include "io/loop.h"

#include <future>

#include "support/precompiled.h"

namespace tollhouse::io::test {
namespace {

// --- Timer wheel ---

struct Bell final : Timer {
  void expired() override { ++rung; }
  int rung = 0;
};

TEST(TimerWheel, FiresNeverEarlyAndAtMostOneStepLate) {
  struct Case {
    const char* name;
    Duration at;
    Duration quiet_at;
    Duration rung_at;
  };
  const Case kCases[] = {
      {"within a step", 3ms, 9ms, 10ms},
      {"on a step", 20ms, 19ms, 20ms},
      {"one nanosecond after a step", 20ms + 1ns, 29ms, 30ms},
      {"last step of the round", 81'920ms, 81'919ms, 81'920ms},
      {"second round", 100s, 99'999ms, 100s},
      {"many rounds", 1h, 1h - 1ms, 1h},
      {"already past", -5s, 9ms, 10ms},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    const Tick start(1000s);
    TimerWheel wheel(start);
    Bell bell;
    wheel.set(bell, start + c.at);
    ASSERT_TRUE(wheel.next());
    EXPECT_LE(*wheel.next(), start + c.rung_at);
    wheel.advance(start + c.quiet_at);
    EXPECT_EQ(bell.rung, 0);
    wheel.advance(start + c.rung_at);
    EXPECT_EQ(bell.rung, 1);
    wheel.advance(start + c.rung_at + 200s);
    EXPECT_EQ(bell.rung, 1);
    EXPECT_FALSE(wheel.next());
  }
}

TEST(TimerWheel, ForgetsWhatIsClearedMovedOrDestroyed) {
  const Tick start(5s);
  TimerWheel wheel(start);
  Bell cleared, moved, never;
  {
    Bell gone;
    wheel.set(gone, start + 10ms);
  }
  wheel.set(cleared, start + 10ms);
  cleared.clear();
  wheel.set(moved, start + 10ms);
  wheel.set(moved, start + 50ms);
  wheel.set(never, start + 10ms);
  wheel.set(never, kNever);
  wheel.advance(start + 40ms);
  EXPECT_EQ(cleared.rung + moved.rung + never.rung, 0);
  EXPECT_EQ(wheel.next(), start + 50ms);
  wheel.advance(start + 50ms);
  EXPECT_EQ(moved.rung, 1);
}

RC_GTEST_PROP(TimerWheel, AgreesWithASortedList, ()) {
  Tick now(77s);
  TimerWheel wheel(now);
  std::array<Bell, 8> bells;
  std::array<std::optional<Tick>, 8> due;
  const int steps = *rc::gen::inRange(1, 60);
  for (int i = 0; i < steps; ++i) {
    const auto which = static_cast<std::size_t>(*rc::gen::inRange(0, 8));
    const auto ahead = std::chrono::milliseconds(*rc::gen::inRange(1, 200'000));
    if (*rc::gen::inRange(0, 3) < 2) {
      wheel.set(bells[which], now + ahead);
      due[which] = now + ahead;
      bells[which].rung = 0;
      continue;
    }
    now += ahead;
    wheel.advance(now);
    for (std::size_t bell = 0; bell < bells.size(); ++bell) {
      if (!due[bell]) continue;
      if (*due[bell] + kTimerStep <= now) RC_ASSERT(bells[bell].rung == 1);
      if (*due[bell] > now) RC_ASSERT(bells[bell].rung == 0);
      if (bells[bell].rung == 1) due[bell].reset();
    }
    const std::optional<Tick> next = wheel.next();
    for (const auto& tick : due) {
      const bool seen_ahead = !tick || (next && *next <= *tick + kTimerStep);
      RC_ASSERT(seen_ahead);
    }
  }
}

// --- Task and nursery ---

Task<int> seven() { co_return 7; }
Task<int> sum(int depth) {
  if (depth == 0) co_return 0;
  const int less = depth - 1;
  const int below = co_await sum(less);
  co_return below + 1;
}
Task<void> add_all(int& total) {
  Task<int> first = seven();
  const int got = co_await first;
  const int depth = 10'000;
  const int deep = co_await sum(depth);
  total = got + deep;
}

TEST(Task, IsLazyAndReturnsToItsParent) {
  int total = 0;
  Nursery nursery;
  {
    Task<void> never_started = add_all(total);
    EXPECT_EQ(total, 0);
  }
  nursery.start(add_all(total));
  EXPECT_EQ(total, 10'007);
  EXPECT_TRUE(nursery.empty());
}

Task<void> loop_many(std::size_t& rounds) {
  for (; rounds < 200'000; ++rounds) {
    co_await seven();
  }
}

TEST(Task, ALongLoopOfReadyTasksDoesNotGrowTheStack) {
  std::size_t rounds = 0;
  Nursery nursery;
  nursery.start(loop_many(rounds));
  EXPECT_EQ(rounds, 200'000u);
}

Task<std::unique_ptr<int>> move_only() { co_return std::make_unique<int>(3); }
Task<void> take_move_only(int& into) {
  const std::unique_ptr<int> got = co_await move_only();
  into = *got;
}

TEST(Task, CarriesMoveOnlyValues) {
  int into = 0;
  Nursery nursery;
  nursery.start(take_move_only(into));
  EXPECT_EQ(into, 3);
}

Task<void> sleep_once(Reactor& reactor, Tick until, int& woken) {
  co_await reactor.sleep_until(until);
  ++woken;
}

TEST(Nursery, TellsOnceWhenTheLastTaskHasEnded) {
  Loop loop;
  int woken = 0;
  int told = 0;
  loop.reactor.nursery().when_empty([&] { ++told; });
  EXPECT_EQ(told, 1) << "at once when empty";
  for (int i = 0; i < 3; ++i) {
    loop.reactor.nursery().start(sleep_once(loop.reactor, loop.soon(), woken));
  }
  EXPECT_EQ(loop.reactor.nursery().running(), 3u);
  loop.reactor.nursery().when_empty([&] { told = 10 + woken; });
  loop.finish();
  EXPECT_EQ(told, 13);
  EXPECT_TRUE(loop.reactor.nursery().empty());
}

TEST(Nursery, AbandonDestroysWhatWaits) {
  Loop loop;
  int woken = 0;
  loop.reactor.nursery().start(sleep_once(loop.reactor, kNever, woken));
  loop.reactor.nursery().start(sleep_once(loop.reactor, loop.soon(), woken));
  loop.reactor.nursery().abandon();
  EXPECT_TRUE(loop.reactor.nursery().empty());
  loop.turns();
  EXPECT_EQ(woken, 0);
}

TEST(NurseryDeathTest, DestroyingItWithTasksRunningIsABug) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        SystemClock clock;
        int woken = 0;
        EpollReactor reactor(0, clock);
        reactor.nursery().start(sleep_once(reactor, kNever, woken));
      },
      "running_ == 0");
}

// --- Letters and replies ---

TEST(Reactor, LettersOfManyThreadsAllArriveInOrderOfEachThread) {
  Loop loop;
  constexpr int kThreads = 4, kLetters = 2000;
  std::array<int, kThreads> next{};
  int arrived = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kLetters; ++i) {
        loop.reactor.post([&, t, i] {
          EXPECT_EQ(next[static_cast<std::size_t>(t)]++, i);
          if (++arrived == kThreads * kLetters) loop.reactor.stop();
        });
      }
    });
  }
  loop.reactor.run();
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(arrived, kThreads * kLetters);
}

using Text = std::string;

Task<void> await_reply(Reply<Text>& reply, Tick deadline, std::optional<Text>& into) {
  into = co_await reply.until(deadline);
}

TEST(Reply, ComesFromAnotherThread) {
  Loop loop;
  Reply<Text> reply(loop.reactor);
  std::optional<Text> got;
  std::thread other([sender = reply.sender()] { sender("paid"); });
  loop.run(await_reply(reply, loop.late(), got));
  other.join();
  EXPECT_EQ(got, "paid");
}

TEST(Reply, MayBeGivenBeforeItIsAwaitedAndOnlyTheFirstCounts) {
  Loop loop;
  Reply<Text> reply(loop.reactor);
  const auto sender = reply.sender();
  sender("first");
  sender("second");
  std::optional<Text> got;
  loop.run(await_reply(reply, loop.late(), got));
  EXPECT_EQ(got, "first");
}

TEST(Reply, TimesOutAndCanBeAwaitedAgain) {
  Loop loop;
  Reply<Text> reply(loop.reactor);
  std::optional<Text> got = "untouched";
  loop.run(await_reply(reply, loop.soon(), got));
  EXPECT_EQ(got, std::nullopt);
  reply.sender()("late");
  loop.run(await_reply(reply, loop.late(), got));
  EXPECT_EQ(got, "late");
}

TEST(Reply, AStaleGenerationIsDropped) {
  Loop loop;
  std::optional<Reply<Text>::Sender> stale;
  std::uint32_t slot = 0;
  {
    Reply<Text> gone(loop.reactor);
    stale = gone.sender();
    slot = gone.slot();
  }
  Reply<Text> reply(loop.reactor);
  ASSERT_EQ(reply.slot(), slot) << "the slot is used again";
  (*stale)("for somebody else");
  reply.sender()("mine");
  std::optional<Text> got;
  loop.run(await_reply(reply, loop.late(), got));
  EXPECT_EQ(got, "mine");
}

Task<void> own_reply(Reactor& reactor, std::promise<Reply<Text>::Sender>& out) {
  Reply<Text> reply(reactor);
  out.set_value(reply.sender());
  co_await reply.until(kNever);
}

TEST(Reply, AnAnswerAfterTheCoroutineOrTheLoopHasGoneDoesNothing) {
  std::promise<Reply<Text>::Sender> promise;
  std::optional<Reply<Text>::Sender> sender;
  {
    Loop loop;
    loop.reactor.nursery().start(own_reply(loop.reactor, promise));
    sender = promise.get_future().get();
    loop.reactor.nursery().abandon();
    (*sender)("after the coroutine");
    loop.turns();
  }
  (*sender)("after the loop");
}

TEST(Reactor, MeasuresItsLongestTurn) {
  Loop loop;
  loop.reactor.post([&] {
    const Tick end = loop.clock.tick() + 3ms;
    while (loop.clock.tick() < end) {
    }
  });
  loop.turns();
  EXPECT_GE(loop.reactor.loop_delay(), 3ms);
}

}  // namespace
}  // namespace tollhouse::io::test
