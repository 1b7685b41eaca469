// lightning: counting failures.
#include "lightning/circuit_breaker.h"

namespace tollhouse::lightning {

bool CircuitBreaker::allows(Tick now) {
  if (!open_) return true;
  if (now < next_trial_) return false;
  next_trial_ = now + kTrialEach;
  return true;
}

void CircuitBreaker::succeeded() {
  open_ = false;
  count_ = 0;
}

void CircuitBreaker::failed(Tick now) {
  failures_[next_] = now;
  next_ = (next_ + 1) % kFailures;
  ++count_;
  if (open_ || count_ < kFailures) return;
  const Tick oldest = failures_[next_];  // of the last five
  if (now - oldest <= kWindow) open(now);
}

void CircuitBreaker::open(Tick now) {
  open_ = true;
  next_trial_ = now + kTrialEach;
}

}  // namespace tollhouse::lightning
