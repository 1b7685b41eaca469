// ledger: the clock by which lives end. It never runs back by more than two seconds, also over a
// restart, so that a corrected clock revives nothing (reliability-security.md 2.6).
#pragma once
#include <algorithm>
#include <atomic>

#include "ledger/limits.h"

namespace tollhouse::ledger {

/// Any number of threads.
class ClockGuard {
 public:
  /// `highest` is Opening::highest_clock.
  explicit ClockGuard(Time highest = Time::min()) : highest_(highest.time_since_epoch().count()) {}

  /// max(wall, highest seen - 2 s).
  Time now(Time wall) {
    const std::int64_t seen = wall.time_since_epoch().count();
    std::int64_t highest = highest_.load(std::memory_order_relaxed);
    while (highest < seen &&
           !highest_.compare_exchange_weak(highest, seen, std::memory_order_relaxed)) {
    }
    highest = std::max(highest, seen);
    return std::max(wall, Time(Duration(highest)) - kept_back(highest));
  }
  /// What KeepClock writes each second.
  Time highest() const { return Time(Duration(highest_.load(std::memory_order_relaxed))); }

 private:
  /// Nothing is taken from a clock that never ran: the earliest time has no earlier one.
  static Duration kept_back(std::int64_t highest) {
    return highest < Duration::min().count() + kClockBackMax.count() ? Duration{} : kClockBackMax;
  }
  std::atomic<std::int64_t> highest_;
};

}  // namespace tollhouse::ledger
