// gate: watching the load.
#include "gate/load_watch.h"

#include <algorithm>

namespace tollhouse::gate {
namespace {

/// Seconds that are made up for; nothing is left of the load long before.
constexpr std::int64_t kSecondsAtOnceMax = 100;

std::int64_t seconds_of(Duration passed) {
  return std::chrono::duration_cast<std::chrono::seconds>(passed).count();
}

pow::Load after(pow::Load load, double use, std::int64_t seconds) {
  for (std::int64_t i = 0; i < std::min(seconds, kSecondsAtOnceMax); ++i) {
    load = pow::step(load, use);
  }
  return load;
}

double over_target(const LoadSample& sample, const LatencyTotals& before) {
  if (sample.latency_target <= Duration::zero()) return 0;
  const Duration p95 = latency_p95(before, sample.latencies);
  return std::chrono::duration<double>(p95) / std::chrono::duration<double>(sample.latency_target);
}

}  // namespace

Duration latency_p95(const LatencyTotals& before, const LatencyTotals& after) {
  std::uint64_t answers = 0;
  for (std::size_t i = 0; i < after.size(); ++i) answers += after[i] - before[i];
  std::uint64_t above = 0;
  for (std::size_t i = after.size(); answers != 0 && i-- > 0;) {
    above += after[i] - before[i];
    if (above * 20 <= answers) continue;
    const std::size_t bound = std::min(i, kLatencyBounds.size() - 1);
    return std::chrono::microseconds(kLatencyBounds[bound]);
  }
  return {};
}

void LoadWatch::look(const LoadSample& sample, Tick now) {
  if (!due(now)) return;
  const double use = std::max(sample.connections, over_target(sample, before_));
  const std::int64_t passed = seconds_of(now - looked_);
  load_ = after(load_, use, passed);
  looked_ += std::chrono::seconds(passed);
  before_ = sample.latencies;
}

double LoadWatch::bits(Tick now) const {
  return after(load_, 0, seconds_of(std::max(now, looked_) - looked_)).bits;
}

}  // namespace tollhouse::gate
