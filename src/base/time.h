// base: two times that cannot be mixed. `Time` is UTC, what others read and tokens carry; `Tick`
// is monotonic, for deadlines only. Both count nanoseconds.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace tollhouse {

using Duration = std::chrono::nanoseconds;

struct UtcClock {
  using duration = Duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<UtcClock>;
  static constexpr bool is_steady = false;
};
struct MonotonicClock {
  using duration = Duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<MonotonicClock>;
  static constexpr bool is_steady = true;
};

using Time = UtcClock::time_point;
using Tick = MonotonicClock::time_point;

constexpr Tick kNever = Tick::max();

constexpr std::int64_t unix_seconds(Time time) {
  return std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count();
}
constexpr std::int64_t unix_milliseconds(Time time) {
  return std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch()).count();
}
/// `seconds` within what nanoseconds in 64 bits hold (year 2262); beyond it the last moment.
constexpr Time time_from_unix(std::int64_t seconds) {
  constexpr std::int64_t kLast =
      std::chrono::duration_cast<std::chrono::seconds>(Duration::max()).count();
  if (seconds >= kLast) return Time::max();
  if (seconds <= -kLast) return Time::min();
  return Time(std::chrono::seconds(seconds));
}
constexpr Time time_from_unix_milliseconds(std::int64_t milliseconds) {
  return Time(std::chrono::milliseconds(milliseconds));
}

/// "2026-02-17T12:00:00.123Z": RFC 3339, UTC, `digits` (0, 3, 6) of the second's fraction.
std::string rfc3339(Time time, int digits = 3);
/// Reads RFC 3339 with a `Z` and any fraction up to nine digits.
std::optional<Time> time_from_rfc3339(std::string_view text);

/// Clock port: one for the program, one that a test or the simulator moves.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Time now() const = 0;
  virtual Tick tick() const = 0;
};

/// The machine's clocks (CLOCK_REALTIME, CLOCK_MONOTONIC).
class SystemClock final : public Clock {
 public:
  Time now() const override;
  Tick tick() const override;
};

}  // namespace tollhouse
