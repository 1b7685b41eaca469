// pow: how hard work is. Three layers add up: what the rate of accepted solutions asks for, what
// the load of the upstream asks for, what one caller has taken already. Pure steps; who counts and
// when the steps are made is the gate's. Spec: pow.md 4, 6 and 7.
#pragma once
#include <cstdint>

#include "base/time.h"

namespace tollhouse::pow {

/// The layers of one call, in bits: log2 of hashes. Fractions count.
struct Layers {
  double base = 0;    ///< Rate::base, or what is configured where nothing adapts
  double load = 0;    ///< Load::bits
  double caller = 0;  ///< caller_bits
};

/// Their sum between the floor of the row and the ceiling of the rail.
double total_bits(const Layers& layers, double floor, double ceiling);

// Layer 1: rate.

/// Between two steps of the controller.
inline constexpr Duration kInterval = std::chrono::seconds(5);

struct Control {
  double bits_min = 12;
  double bits_max = 26;
  double target_rate = 10;  ///< accepted solutions a second, the setpoint; above 0
  double gain = 0.05;       ///< gain_for(ttl)
};

/// 3 s / ttl, at most 0.1. Challenges that were issued earlier can still be redeemed, so ttl / 5 s
/// intervals are dead time, and this leaves a margin of 1.8 and more before the loop oscillates.
double gain_for(Duration ttl);

struct Rate {
  double base = 0;          ///< D_base, within the bounds of the control
  double per_second = 0.1;  ///< smoothed rate of accepted solutions
};

/// What was seen in one interval. Only accepted solutions count: else asking for challenges would
/// raise the price for others.
struct Interval {
  std::uint64_t accepted = 0;
  bool throttled = false;  ///< the bucket of grants was empty for a good solution
};

/// At the floor, with the rate at its setpoint.
Rate start(const Control& control);
/// One interval later. Rises by half a bit at least where the rate was over four times the setpoint
/// or the bucket was empty; falls by 0.05 bits at most.
Rate step(const Rate& rate, const Interval& seen, const Control& control);

/// Grants that protect the upstream until the controller has acted: twice the setpoint a second,
/// and no more than that at once. Who is refused keeps the challenge.
class GrantBucket {
 public:
  GrantBucket(double target_rate, Tick now);
  /// False where it is empty: 429, and Interval::throttled.
  bool take(Tick now);
  /// What was taken was not used.
  void give_back(Tick now);
  /// What take would say, and nothing is taken.
  bool any(Tick now) const;
  /// Until the next one.
  Duration wait() const;

 private:
  double filled(Tick now) const;

  double rate_;
  double left_;
  Tick at_;
};

// Layer 2: load.

struct Load {
  double bits = 0;  ///< 0 to 6
};
/// One second later. `use`: the larger of concurrency in use and p95 latency over its target; at
/// 0.7 and below nothing is asked for.
Load step(const Load& load, double use);

// Layer 3: the caller.

/// Solutions of one client class, decayed with a half-life of five minutes.
struct CallerHeat {
  double solved = 0;
  Tick at{};
};
CallerHeat after_solution(const CallerHeat& heat, Tick now);
/// As if the solution of `when` had not been.
CallerHeat without_solution(const CallerHeat& heat, Tick when, Tick now);
/// log2(1 + n / 10): the n-th call costs in proportion to n.
double caller_bits(const CallerHeat& heat, Tick now);

// What is put into a challenge.

struct Difficulty {
  std::uint8_t bits = 0;
  std::uint8_t count = 1;
  friend bool operator==(const Difficulty&, const Difficulty&) = default;
};

/// One puzzle of whole bits. `dice` from 0 to below 1 decides between the two neighbours, so that
/// the mean work is 2^bits: rounding would make the loop swing between them. Never below the whole
/// bits.
Difficulty one_puzzle(double bits, double dice);
/// One puzzle in whole hex digits, the nearest that is not below `floor`.
Difficulty one_puzzle_of_digits(double bits, double floor);
/// Eight to sixteen sub-puzzles, of the same work but a narrow spread (pow.md 4); one where there
/// is too little work to divide.
Difficulty many_puzzles(double bits);

/// What a million solutions cost on rented cores, in US dollars: 0.04 an hour, 60 MH/s (pow.md 6).
double attacker_dollars_per_million(double bits);

}  // namespace tollhouse::pow
