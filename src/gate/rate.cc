// gate: GCRA.
#include "gate/rate.h"

#include <algorithm>

namespace tollhouse::gate {

void RateTable::allow(std::uint32_t count) {
  const std::lock_guard lock(mutex_);
  count_ = count;
  step_ = period_ / (count ? count : 1);
}

std::optional<Duration> RateTable::judge(Tick arrival, Tick now) const {
  const Duration burst = step_ * count_;
  const Tick earliest = arrival + step_ - burst;
  if (now >= earliest) return std::nullopt;
  return earliest - now;
}

void RateTable::drop_old(Tick now) {
  std::erase_if(arrivals_, [now](const auto& entry) { return entry.second <= now; });
}

std::optional<Duration> RateTable::wait_of(const std::string& key, Tick now) const {
  const std::lock_guard lock(mutex_);
  const auto found = arrivals_.find(key);
  if (found == arrivals_.end()) return std::nullopt;
  return judge(std::max(found->second, now), now);
}

std::optional<Duration> RateTable::take(const std::string& key, Tick now) {
  const std::lock_guard lock(mutex_);
  if (arrivals_.size() >= kKeysMax) drop_old(now);
  if (arrivals_.size() >= kKeysMax && !arrivals_.contains(key)) return step_;
  Tick& arrival = arrivals_.try_emplace(key, now).first->second;
  arrival = std::max(arrival, now);
  if (const auto wait = judge(arrival, now)) return wait;
  arrival += step_;
  return std::nullopt;
}

void RateTable::give_back(const std::string& key) {
  const std::lock_guard lock(mutex_);
  const auto found = arrivals_.find(key);
  if (found != arrivals_.end()) found->second -= step_;
}

}  // namespace tollhouse::gate
