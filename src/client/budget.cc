// client: counting what was spent.
#include "client/budget.h"

#include "base/invariant.h"

namespace tollhouse::client {

bool Budget::reserve(Msat price) {
  const std::lock_guard lock(mutex_);
  const auto spent = spent_.plus(price);
  if (!spent || *spent > total_) return false;
  spent_ = *spent;
  ++payments_;
  return true;
}

void Budget::release(Msat price) {
  const std::lock_guard lock(mutex_);
  const auto spent = spent_.minus(price);
  invariant(spent.has_value() && payments_ != 0);
  spent_ = *spent;
  --payments_;
}

Budget::State Budget::state() const {
  const std::lock_guard lock(mutex_);
  return {total_, spent_, payments_};
}

}  // namespace tollhouse::client
