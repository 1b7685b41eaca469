// pow: the controller's arithmetic.
#include "pow/difficulty.h"

#include <algorithm>
#include <cmath>

#include "base/invariant.h"
#include "pow/limits.h"

namespace tollhouse::pow {
namespace {

/// Weight of the newest interval in the smoothed rate.
constexpr double kSmoothing = 0.3;
constexpr double kRateFloor = 0.1;
constexpr double kGainMax = 0.1;
constexpr double kGainSeconds = 3;
constexpr double kSurge = 4;
constexpr double kSurgeStep = 0.5;
constexpr double kFallMax = 0.05;
constexpr double kBurstOverTarget = 2;
constexpr double kIdleUse = 0.7;
constexpr double kLoadBitsMax = 6;
/// exp(-1 s / 5 s): what stays of the load's bits after a second.
constexpr double kLoadKept = 0.8187307530779818;
constexpr double kFreeSolutions = 10;
constexpr double kHalfLifeSeconds = 300;
/// log2 of the least number of sub-puzzles.
constexpr unsigned kCountBits = 3;
constexpr double kCoreHashesPerSecond = 60e6;
constexpr double kCoreDollarsPerHour = 0.04;

double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

double odds(double use) { return std::log2(use / (1 - use)); }

double decayed(const CallerHeat& heat, Tick now) {
  const double passed = std::max(0.0, seconds(now - heat.at));
  return heat.solved * std::exp2(-passed / kHalfLifeSeconds);
}

std::uint8_t whole_bits(double bits) {
  return static_cast<std::uint8_t>(std::clamp(bits, 0.0, double{kBitsMax}));
}

}  // namespace

double total_bits(const Layers& layers, double floor, double ceiling) {
  return std::clamp(layers.base + layers.load + layers.caller, floor, std::max(floor, ceiling));
}

double gain_for(Duration ttl) {
  invariant(ttl > Duration::zero());
  return std::min(kGainMax, kGainSeconds / seconds(ttl));
}

Rate start(const Control& control) { return {control.bits_min, control.target_rate}; }

Rate step(const Rate& rate, const Interval& seen, const Control& control) {
  invariant(control.target_rate > 0 && control.bits_min <= control.bits_max);
  const double raw = static_cast<double>(seen.accepted) / seconds(kInterval);
  Rate next;
  next.per_second = std::max(kRateFloor, (1 - kSmoothing) * rate.per_second + kSmoothing * raw);
  double change = control.gain * std::log2(next.per_second / control.target_rate);
  if (seen.throttled || raw > kSurge * control.target_rate) change = std::max(change, kSurgeStep);
  next.base =
      std::clamp(rate.base + std::max(change, -kFallMax), control.bits_min, control.bits_max);
  return next;
}

GrantBucket::GrantBucket(double target_rate, Tick now)
    : rate_(kBurstOverTarget * target_rate), left_(std::max(1.0, rate_)), at_(now) {
  invariant(target_rate > 0);
}

double GrantBucket::filled(Tick now) const {
  return std::min(std::max(1.0, rate_), left_ + rate_ * std::max(0.0, seconds(now - at_)));
}

bool GrantBucket::any(Tick now) const { return filled(now) >= 1; }

Duration GrantBucket::wait() const {
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(1 / rate_));
}

bool GrantBucket::take(Tick now) {
  left_ = filled(now);
  at_ = std::max(at_, now);
  if (left_ < 1) return false;
  left_ -= 1;
  return true;
}

void GrantBucket::give_back(Tick now) {
  left_ = filled(now) + 1;
  at_ = std::max(at_, now);
  left_ = filled(at_);
}

Load step(const Load& load, double use) {
  double wanted = 0;
  if (use >= 1) {
    wanted = kLoadBitsMax;
  } else if (use > kIdleUse) {
    wanted = std::min(kLoadBitsMax, odds(use) - odds(kIdleUse));
  }
  return {load.bits * kLoadKept + wanted * (1 - kLoadKept)};
}

CallerHeat after_solution(const CallerHeat& heat, Tick now) {
  return {decayed(heat, now) + 1, std::max(heat.at, now)};
}

CallerHeat without_solution(const CallerHeat& heat, Tick when, Tick now) {
  const double left = decayed(heat, now) - decayed({1, when}, now);
  return {std::max(0.0, left), std::max(heat.at, now)};
}

double caller_bits(const CallerHeat& heat, Tick now) {
  return std::log2(1 + decayed(heat, now) / kFreeSolutions);
}

Difficulty one_puzzle(double bits, double dice) {
  const double whole = std::floor(bits);
  const bool up = dice < std::exp2(bits - whole) - 1;
  return {whole_bits(whole + (up ? 1 : 0)), 1};
}

Difficulty one_puzzle_of_digits(double bits, double floor) {
  const double nearest = std::round(bits / 4) * 4;
  const double least = std::ceil(floor / 4) * 4;
  return {whole_bits(std::max(nearest, least)), 1};
}

Difficulty many_puzzles(double bits) {
  if (bits < kCountBits) return one_puzzle(std::ceil(bits), 0);
  const std::uint8_t each = whole_bits(std::floor(bits) - kCountBits);
  return {each, static_cast<std::uint8_t>(std::lround(std::exp2(bits - each)))};
}

double attacker_dollars_per_million(double bits) {
  return std::exp2(bits) * 1e6 / kCoreHashesPerSecond / 3600 * kCoreDollarsPerHour;
}

}  // namespace tollhouse::pow
