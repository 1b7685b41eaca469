// lightning: how long to leave a peer alone that failed: 0.5 s doubling to 30 s, full jitter
// (lightning-backends.md 11). Not thread-safe.
#pragma once
#include <algorithm>
#include <cstdint>

#include "base/random.h"
#include "base/time.h"

namespace tollhouse::lightning {

class BackOff {
 public:
  static constexpr Duration kFirst = std::chrono::milliseconds(500);
  static constexpr Duration kLongest = std::chrono::seconds(30);

  /// From none at all up to the pause of this failure.
  Duration next(Random& source) {
    std::uint32_t random = 0;
    source.fill({reinterpret_cast<std::uint8_t*>(&random), sizeof random});
    const Duration pause = pause_ / 1024 * (random % 1024);
    pause_ = std::min(pause_ * 2, kLongest);
    return pause;
  }
  void reset() { pause_ = kFirst; }

 private:
  Duration pause_ = kFirst;
};

}  // namespace tollhouse::lightning
