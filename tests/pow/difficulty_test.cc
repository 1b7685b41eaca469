// tests/pow: the controller under a simulated population. Goal: rates come back to the setpoint,
// bounds hold whatever happens, nothing swings. Callers who want an answer come at their own rate;
// attackers turn hashes into solutions and may hoard challenges until just before they expire.
#include "pow/difficulty.h"

#include <cctype>
#include <cmath>
#include <deque>
#include <fstream>
#include <random>
#include <sstream>

#include "support/precompiled.h"

namespace tollhouse::pow {
namespace {

using namespace std::chrono_literals;

/// Everybody in numbers: what arrives in one interval at a difficulty.
struct Population {
  double wanted = 20;        ///< calls a second of callers who solve whatever is asked
  double hashes = 0;         ///< a second, of those who solve as fast as they can
  std::size_t hoarding = 0;  ///< intervals that a challenge is kept before it is solved
};

/// The loop closed over a population, without noise.
class Loop {
 public:
  explicit Loop(const Control& control) : control_(control), rate_(start(control)) {}

  /// One interval; the accepted solutions a second.
  double run(const Population& population) {
    issued_.push_front(rate_.base);
    if (issued_.size() > 100) issued_.pop_back();
    const double then = issued_[std::min(population.hoarding, issued_.size() - 1)];
    const double per_second = population.wanted + population.hashes / std::exp2(then);
    const auto accepted = static_cast<std::uint64_t>(per_second * 5 + 0.5);
    rate_ = step(rate_, {accepted, false}, control_);
    return static_cast<double>(accepted) / 5;
  }
  double bits() const { return rate_.base; }

 private:
  Control control_;
  Rate rate_;
  std::deque<double> issued_;
};

struct Swing {
  double low = 1e9, high = -1e9;
  void see(double bits) {
    low = std::min(low, bits);
    high = std::max(high, bits);
  }
  double width() const { return high - low; }
};

Control control_of(Duration ttl, double target_rate) {
  Control control;
  control.target_rate = target_rate;
  control.gain = gain_for(ttl);
  return control;
}

// The numbers of pow.md 7: 20 calls a second, an attacker of 1 GH/s who hoards, setpoint 50.
TEST(Difficulty, R_POW_10_AnAttackerIsHeldAndForgottenAsThePageSays) {
  Loop loop(control_of(30s, 50));
  for (int i = 0; i < 120; ++i) loop.run({});
  EXPECT_DOUBLE_EQ(loop.bits(), 12) << "demand below the setpoint leaves the floor";
  const Population attack{20, 1e9, 6};
  int calm = 0;
  for (int i = 0; i < 720; ++i) {
    if (loop.run(attack) >= 100) calm = i + 1;
  }
  EXPECT_LE(calm * 5, 200) << "seconds until the rate stays under twice the setpoint";
  EXPECT_NEAR(loop.bits(), std::log2(1e9 / 30), 0.05);
  int back = 0;
  while (loop.bits() > 12 && back < 1000) {
    loop.run({});
    ++back;
  }
  EXPECT_LE(back * 5, 1500) << "seconds until an idle gate is cheap again";
}

TEST(Difficulty, R_POW_10_NothingSwingsAtTheGainOfItsTtl) {
  for (const Duration ttl : {5s, 15s, 30s, 60s, 120s, 300s}) {
    Loop loop(control_of(ttl, 50));
    const Population attack{20, 1e9, static_cast<std::size_t>(ttl / kInterval)};
    for (int i = 0; i < 4000; ++i) loop.run(attack);
    Swing swing;
    for (int i = 0; i < 400; ++i) {
      loop.run(attack);
      swing.see(loop.bits());
    }
    EXPECT_LT(swing.width(), 0.02) << ttl.count() / 1'000'000'000 << " s";
    EXPECT_NEAR(swing.low, std::log2(1e9 / 30), 0.1);
  }
}

TEST(Difficulty, AGainThatIgnoresTheTtlSwingsSoTheSimulationCanSeeIt) {
  Control control = control_of(60s, 50);
  control.gain = 0.25;
  Loop loop(control);
  const Population attack{20, 1e9, 12};
  for (int i = 0; i < 4000; ++i) loop.run(attack);
  Swing swing;
  for (int i = 0; i < 400; ++i) {
    loop.run(attack);
    swing.see(loop.bits());
  }
  EXPECT_GT(swing.width(), 0.3);
}

// z^m (z - 1)(z - 1 + a) + a K = 0, as a recurrence: the linear loop about its setpoint.
TEST(Difficulty, TheGainOfEveryTtlIsStableWithAMargin) {
  for (int ttl = 5; ttl <= 300; ttl += 5) {
    const double gain = 1.7 * gain_for(std::chrono::seconds(ttl));
    std::deque<double> past(static_cast<std::size_t>(ttl / 5) + 1, 0);
    double base = 1, rate = 0, early = 0, late = 0;
    for (int i = 0; i < 40'000; ++i) {
      past.push_front(base);
      past.pop_back();
      rate = 0.7 * rate - 0.3 * past.back();
      base += gain * rate;
      if (i < 4'000) early = std::max(early, std::abs(base));
      if (i >= 36'000) late = std::max(late, std::abs(base));
    }
    EXPECT_LT(late, early / 2) << ttl << " s";
  }
}

/// A gate with its bucket, and callers of all sorts who come at random.
class Town {
 public:
  Town(const Control& control, Duration ttl, unsigned seed)
      : control_(control),
        hoarding_(static_cast<std::size_t>(ttl / kInterval)),
        rate_(start(control)),
        bucket_(control.target_rate, now_),
        chance_(seed) {}

  /// One interval: what each machine of `hashes` a second solves, and the calls wanted.
  void run(double wanted, const std::vector<double>& machines) {
    issued_.push_front(rate_.base);
    if (issued_.size() > hoarding_ + 1) issued_.pop_back();
    double mean = wanted * 5;
    for (const double hashes : machines) mean += 5 * hashes / std::exp2(issued_.back());
    Interval seen;
    offered_ = std::poisson_distribution<std::uint64_t>(mean)(chance_);
    // Of a flood the bucket takes no more than of a thousand.
    const std::uint64_t shown = std::min<std::uint64_t>(offered_, 1000);
    const auto apart = kInterval / static_cast<std::int64_t>(shown + 1);
    for (std::uint64_t i = 0; i < shown; ++i) {
      now_ += apart;
      if (bucket_.take(now_)) {
        ++seen.accepted;
      } else {
        seen.throttled = true;
      }
    }
    now_ += kInterval - apart * static_cast<std::int64_t>(shown);
    granted_ = seen.accepted;
    rate_ = step(rate_, seen, control_);
  }
  double bits() const { return rate_.base; }
  double granted_per_second() const { return static_cast<double>(granted_) / 5; }
  double offered_per_second() const { return static_cast<double>(offered_) / 5; }

 private:
  Control control_;
  std::size_t hoarding_;
  Tick now_{};
  Rate rate_;
  GrantBucket bucket_;
  std::mt19937_64 chance_;
  std::deque<double> issued_;
  std::uint64_t offered_ = 0;
  std::uint64_t granted_ = 0;
};

/// Phones, laptops, cores, one graphics card (pow.md 5 and 6).
std::vector<double> mixed_hardware() {
  std::vector<double> machines(200, 2e6);
  machines.insert(machines.end(), 40, 1e8);
  machines.insert(machines.end(), 16, 6e7);
  return machines;
}

TEST(Difficulty, R_POW_10_SpikesOfMixedHardwareStayWithinTheBounds) {
  for (unsigned seed = 1; seed <= 8; ++seed) {
    SCOPED_TRACE(seed);
    Control control = control_of(60s, 10);
    control.bits_max = 30;
    Town town(control, 60s, seed);
    for (int i = 0; i < 60; ++i) town.run(2, {});
    EXPECT_LT(town.bits(), 12.5);
    const std::vector<double> crowd = mixed_hardware();
    const double ideal = std::log2(5.36e9 / 8);
    Swing swing;
    int calm = 0;
    for (int i = 0; i < 1000; ++i) {
      town.run(2, crowd);
      EXPECT_LE(town.granted_per_second(), 24 + 1e-9) << "two setpoints a second, and the burst";
      EXPECT_GE(town.bits(), 12);
      EXPECT_LE(town.bits(), 30);
      if (town.offered_per_second() > 40) calm = i + 1;
      if (i >= 600) swing.see(town.bits());
    }
    EXPECT_LE(calm * 5, 300) << "seconds until what is offered stays under four setpoints";
    EXPECT_NEAR((swing.low + swing.high) / 2, ideal, 0.4);
    EXPECT_LT(swing.width(), 1.2) << "noise of arrivals, not a swing";
    int back = 0;
    while (town.bits() > 12.5 && back < 2000) {
      town.run(2, {});
      ++back;
    }
    EXPECT_LE(back * 5, 2000);
  }
}

TEST(Difficulty, R_POW_10_ACrowdThatPaysAnyPriceMeetsTheCeiling) {
  Loop loop(control_of(60s, 10));
  for (int i = 0; i < 2000; ++i) loop.run({500, 0, 0});
  EXPECT_DOUBLE_EQ(loop.bits(), 26);
  for (int i = 0; i < 2000; ++i) loop.run({0, 0, 0});
  EXPECT_DOUBLE_EQ(loop.bits(), 12) << "and comes back from it: the bound does not wind up";
}

RC_GTEST_PROP(Difficulty, R_POW_10_WhateverIsCountedTheBoundsHold, ()) {
  Control control =
      control_of(std::chrono::seconds(*rc::gen::inRange(1, 301)), *rc::gen::inRange(1, 1000));
  Rate rate = start(control);
  const auto counts = *rc::gen::container<std::vector<std::uint64_t>>(
      rc::gen::oneOf(rc::gen::just<std::uint64_t>(0), rc::gen::inRange<std::uint64_t>(0, 100'000),
                     rc::gen::arbitrary<std::uint64_t>()));
  for (const std::uint64_t accepted : counts) {
    const Rate next = step(rate, {accepted, *rc::gen::arbitrary<bool>()}, control);
    RC_ASSERT(next.base >= control.bits_min && next.base <= control.bits_max);
    RC_ASSERT(next.base >= rate.base - 0.05 - 1e-12);
    RC_ASSERT(std::isfinite(next.per_second));
    rate = next;
  }
}

TEST(Difficulty, R_POW_10_LoadCostsNothingUntilItIsHigh) {
  const auto settled = [](double use) {
    Load load;
    for (int i = 0; i < 120; ++i) load = step(load, use);
    return load.bits;
  };
  EXPECT_DOUBLE_EQ(settled(0), 0);
  EXPECT_DOUBLE_EQ(settled(0.7), 0);
  EXPECT_NEAR(settled(0.9), std::log2(9.0) - std::log2(7.0 / 3), 1e-6);
  EXPECT_NEAR(settled(1), 6, 1e-6);
  EXPECT_NEAR(settled(5), 6, 1e-6);
  double before = 0;
  for (double use = 0; use < 1.2; use += 0.01) {
    EXPECT_GE(settled(use), before);
    before = settled(use);
  }
  EXPECT_LT(step(Load{}, 1).bits, 1.2) << "one second is not yet five";
}

TEST(Difficulty, OneCallersPriceGrowsWithItsCallsAndIsForgotten) {
  CallerHeat heat;
  Tick now{};
  EXPECT_DOUBLE_EQ(caller_bits(heat, now), 0);
  for (int i = 0; i < 10; ++i) heat = after_solution(heat, now);
  EXPECT_NEAR(caller_bits(heat, now), 1, 1e-9);
  for (int i = 0; i < 60; ++i) heat = after_solution(heat, now);
  EXPECT_NEAR(caller_bits(heat, now), 3, 1e-9);
  now += 5min;
  EXPECT_NEAR(caller_bits(heat, now), std::log2(1 + 3.5), 1e-9);
  now += 10h;
  EXPECT_NEAR(caller_bits(heat, now), 0, 1e-6);
}

TEST(Difficulty, TheSumStaysBetweenFloorAndCeiling) {
  EXPECT_DOUBLE_EQ(total_bits({12, 0, 0}, 18, 26), 18);
  EXPECT_DOUBLE_EQ(total_bits({18, 1.5, 0.5}, 18, 26), 20);
  EXPECT_DOUBLE_EQ(total_bits({24, 6, 5}, 18, 26), 26);
  EXPECT_DOUBLE_EQ(total_bits({24, 6, 5}, 27, 26), 27) << "a row's floor is the operator's word";
}

RC_GTEST_PROP(Difficulty, WhatIsIssuedIsTheWorkThatWasAskedFor, ()) {
  const double bits = *rc::gen::inRange(0, 28'000) / 1000.0;
  const Difficulty many = many_puzzles(bits);
  const double work = std::log2(many.count) + many.bits;
  RC_ASSERT(std::abs(work - bits) < 1 || bits < 3);
  if (bits >= 3) {
    RC_ASSERT(many.count >= 8 && many.count <= 16);
    RC_ASSERT(std::abs(work - bits) < 0.1);
  }
  RC_ASSERT(work >= std::floor(bits));
  double mean = 0;
  for (int i = 0; i < 1000; ++i) mean += std::exp2(one_puzzle(bits, i / 1000.0).bits) / 1000;
  RC_ASSERT(std::abs(std::log2(mean) - bits) < 0.01);
  RC_ASSERT(one_puzzle(bits, 0.999'999).bits == static_cast<unsigned>(bits));
  const double floor = *rc::gen::inRange(0, 29);
  const Difficulty digits = one_puzzle_of_digits(bits, floor);
  RC_ASSERT(digits.bits % 4 == 0 && digits.bits >= floor);
  RC_ASSERT(std::abs(digits.bits - bits) <= 2 || digits.bits < floor + 4);
}

TEST(Difficulty, R_POW_21_TheCostIsThePagesTable) {
  EXPECT_NEAR(attacker_dollars_per_million(16), 0.012, 0.001);
  EXPECT_NEAR(attacker_dollars_per_million(20), 0.19, 0.01);
  EXPECT_NEAR(attacker_dollars_per_million(28), 50, 1);
}

/// Cells of the rows of a table that begin with a number.
std::vector<std::vector<std::string>> rows_with_numbers(const std::string& page) {
  std::ifstream file(std::string(TOLLHOUSE_SOURCE) + page);
  std::vector<std::vector<std::string>> rows;
  for (std::string line; std::getline(file, line);) {
    if (line.size() < 3 || line[0] != '|' || !std::isdigit(static_cast<unsigned char>(line[2]))) {
      continue;
    }
    std::vector<std::string> cells;
    std::istringstream text(line.substr(1));
    for (std::string cell; std::getline(text, cell, '|');) cells.push_back(cell.substr(1));
    rows.push_back(cells);
  }
  return rows;
}

TEST(Difficulty, R_DOC_2_ThePageSaysWhatWorkCostsAnAttacker) {
  const auto rows = rows_with_numbers("/docs/work.md");
  ASSERT_EQ(rows.size(), 7U);
  for (const auto& cells : rows) {
    ASSERT_EQ(cells.size(), 5U);
    const double said = std::stod(cells[3]);
    EXPECT_NEAR(said / attacker_dollars_per_million(std::stod(cells[0])), 1, 0.05) << cells[0];
  }
}

TEST(Difficulty, TheBucketGivesTwoSetpointsASecond) {
  Tick now{};
  GrantBucket bucket(10, now);
  int taken = 0;
  for (int i = 0; i < 1000; ++i) {
    now += 1ms;
    taken += bucket.take(now) ? 1 : 0;
  }
  EXPECT_EQ(taken, 39) << "20 at once, and one each 50 ms but for the last";
  GrantBucket slow(0.1, Tick{});
  EXPECT_TRUE(slow.take(Tick{}));
  EXPECT_FALSE(slow.take(Tick{} + 4s));
  EXPECT_TRUE(slow.take(Tick{} + 5s));
  slow.give_back(Tick{} + 5s);
  EXPECT_TRUE(slow.take(Tick{} + 5s)) << "what was not used is there again";
  EXPECT_FALSE(slow.take(Tick{} + 5s));
  GrantBucket full(1, Tick{});
  full.give_back(Tick{});
  EXPECT_TRUE(full.take(Tick{}));
  EXPECT_TRUE(full.take(Tick{}));
  EXPECT_FALSE(full.take(Tick{})) << "and never more than it holds";
}

TEST(Difficulty, ASolutionThatDidNotCountLeavesTheHeatAsItWas) {
  CallerHeat heat;
  Tick now{};
  for (int i = 0; i < 30; ++i) heat = after_solution(heat, now);
  const CallerHeat one_more = after_solution(heat, now + 10s);
  const CallerHeat without = without_solution(one_more, now + 10s, now + 200s);
  EXPECT_NEAR(caller_bits(without, now + 300s), caller_bits(heat, now + 300s), 1e-9);
  EXPECT_GE(without_solution(CallerHeat(), now, now).solved, 0);
}

}  // namespace
}  // namespace tollhouse::pow
