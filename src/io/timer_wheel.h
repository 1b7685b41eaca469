// io: deadlines of one loop: a hashed wheel of 10 ms steps with intrusive nodes. Setting and
// clearing cost O(1); a timer never fires early and at most a step late. Pure: time is an argument.
#pragma once
#include <array>
#include <cstdint>
#include <optional>

#include "base/time.h"
#include "io/intrusive.h"
#include "io/limits.h"

namespace tollhouse::io {

/// Something that happens at a time. Clears itself when destroyed.
class Timer : public Link<Timer> {
 public:
  /// Called from the loop. Resumes no coroutine itself: it makes one ready.
  virtual void expired() = 0;
  bool set() const { return linked(); }
  void clear() { unlink(); }

 protected:
  ~Timer() = default;

 private:
  friend class TimerWheel;
  std::int64_t step_ = 0;
};

class TimerWheel {
 public:
  explicit TimerWheel(Tick start);

  /// Sets `timer`, moving it if it was set; `kNever` clears it. A time already past fires on the
  /// next advance.
  void set(Timer& timer, Tick at);
  /// Fires all that is due at `now`; `now` never goes back.
  void advance(Tick now);
  /// When to advance next: no later than the first timer, sometimes earlier (a timer that was
  /// cleared leaves its time behind once). Nothing when no timer is set.
  std::optional<Tick> next();

 private:
  static constexpr std::size_t kWords = kTimerSteps / 64;
  std::size_t slot_of(std::int64_t step) const {
    return static_cast<std::size_t>(step) % kTimerSteps;
  }
  void take_due(std::size_t slot, std::int64_t step, List<Timer>& due);
  std::optional<std::int64_t> first_occupied() const;

  std::array<List<Timer>, kTimerSteps> slots_;
  std::array<std::uint64_t, kWords> occupied_{};  // a set bit may stand for an empty slot, once
  std::int64_t step_;                             // all steps up to this one have been fired
  std::int64_t next_;                             // no timer is due before this step
};

}  // namespace tollhouse::io
