// lightning: leaving a wallet in peace that fails: open after five failures in thirty seconds, then
// one trial each five seconds until one goes well (lightning-backends.md 11). Not thread-safe.
#pragma once
#include <array>
#include <cstddef>

#include "base/time.h"

namespace tollhouse::lightning {

class CircuitBreaker {
 public:
  static constexpr std::size_t kFailures = 5;
  static constexpr Duration kWindow = std::chrono::seconds(30);
  static constexpr Duration kTrialEach = std::chrono::seconds(5);

  /// Whether to ask now. Open: true once in `kTrialEach`, and that one is the trial.
  bool allows(Tick now);
  void succeeded();
  void failed(Tick now);
  /// At once, for what more trying does not cure: a lie, a wrong key.
  void open(Tick now);
  bool is_open() const { return open_; }

 private:
  std::array<Tick, kFailures> failures_{};  ///< the last ones, the oldest at `next_`
  std::size_t next_ = 0;
  std::size_t count_ = 0;
  bool open_ = false;
  Tick next_trial_{};
};

}  // namespace tollhouse::lightning
