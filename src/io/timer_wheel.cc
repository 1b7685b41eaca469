// io: the wheel.
#include "io/timer_wheel.h"

#include <algorithm>
#include <bit>
#include <limits>

namespace tollhouse::io {
namespace {

constexpr std::int64_t kNoStep = std::numeric_limits<std::int64_t>::max();

/// The first step that begins at or after `at`.
std::int64_t step_not_before(Tick at) {
  const std::int64_t count = at.time_since_epoch().count();
  return count / kTimerStep.count() + (count % kTimerStep.count() > 0 ? 1 : 0);
}

}  // namespace

TimerWheel::TimerWheel(Tick start) : step_(start.time_since_epoch() / kTimerStep), next_(kNoStep) {}

void TimerWheel::set(Timer& timer, Tick at) {
  timer.unlink();
  if (at == kNever) return;
  timer.step_ = std::max(step_not_before(at), step_ + 1);
  const std::size_t slot = slot_of(timer.step_);
  slots_[slot].push_back(timer);
  occupied_[slot / 64] |= std::uint64_t{1} << (slot % 64);
  next_ = std::min(next_, timer.step_);
}

void TimerWheel::take_due(std::size_t slot, std::int64_t step, List<Timer>& due) {
  List<Timer> later;
  while (Timer* timer = slots_[slot].pop_front()) {
    (timer->step_ <= step ? due : later).push_back(*timer);
  }
  if (later.empty()) {
    occupied_[slot / 64] &= ~(std::uint64_t{1} << (slot % 64));
  } else {
    slots_[slot].take(later);
  }
}

void TimerWheel::advance(Tick now) {
  const std::int64_t to = now.time_since_epoch() / kTimerStep;
  if (to <= step_) return;
  if (to < next_) {
    step_ = to;
    return;
  }
  const std::int64_t from = std::max(step_ + 1, to - static_cast<std::int64_t>(kTimerSteps) + 1);
  step_ = to;
  List<Timer> due;
  for (std::int64_t step = from; step <= to; ++step) {
    const std::size_t slot = slot_of(step);
    if ((occupied_[slot / 64] >> (slot % 64) & 1) != 0) take_due(slot, to, due);
  }
  next_ = first_occupied().value_or(kNoStep);
  while (Timer* timer = due.pop_front()) timer->expired();
}

std::optional<Tick> TimerWheel::next() {
  if (next_ == kNoStep) return std::nullopt;
  return Tick(next_ * kTimerStep);
}

std::optional<std::int64_t> TimerWheel::first_occupied() const {
  const std::size_t start = slot_of(step_ + 1);
  for (std::size_t passed = 0; passed < kTimerSteps;) {
    const std::size_t slot = (start + passed) % kTimerSteps;
    const std::uint64_t word = occupied_[slot / 64] >> (slot % 64);
    if (word != 0) {
      passed += static_cast<std::size_t>(std::countr_zero(word));
      if (passed < kTimerSteps) return step_ + 1 + static_cast<std::int64_t>(passed);
      break;
    }
    passed += 64 - slot % 64;
  }
  return std::nullopt;
}

}  // namespace tollhouse::io
