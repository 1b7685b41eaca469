// gate: rates as GCRA (one time stamp per key): `count` events a `period`, with a burst of `count`.
#pragma once
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/time.h"

namespace tollhouse::gate {

/// A table of rates by client class, shared by the reactors; refusals only, never on a pass.
class RateTable {
 public:
  /// Keys kept at most: above it, keys whose time has passed are dropped, then new keys are
  /// refused.
  static constexpr std::size_t kKeysMax = 100'000;

  RateTable(std::uint32_t count, Duration period)
      : period_(period), count_(count), step_(period / (count ? count : 1)) {}

  /// Another rate for the same period, from now on.
  void allow(std::uint32_t count);
  /// Nothing when the event fits; else how long to wait.
  std::optional<Duration> take(const std::string& key, Tick now);
  /// What was taken did not happen.
  void give_back(const std::string& key);
  /// What take() would say, and nothing is taken.
  std::optional<Duration> wait_of(const std::string& key, Tick now) const;

 private:
  std::optional<Duration> judge(Tick arrival, Tick now) const;
  void drop_old(Tick now);

  const Duration period_;
  mutable std::mutex mutex_;
  std::uint32_t count_;
  Duration step_;
  std::unordered_map<std::string, Tick> arrivals_;  ///< theoretical arrival time
};

}  // namespace tollhouse::gate
