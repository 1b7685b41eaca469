// gate: how busy the server behind is, as far as the price of work goes: the larger of the share of
// its connections in use and of its 95th percentile latency over a target. Looked at once a second
// by whoever asks for work or shows some; without anybody it is forgotten. Spec: pow.md 7, layer 2.
#pragma once
#include <array>
#include <cstdint>

#include "base/time.h"
#include "gate/metrics.h"
#include "pow/difficulty.h"

namespace tollhouse::gate {

/// Answers of the server so far, by bucket of kLatencyBounds; the last is for those above.
using LatencyTotals = std::array<std::uint64_t, kLatencyBounds.size() + 1>;

struct LoadSample {
  double connections = 0;  ///< in use over those there may be, 0 to 1
  LatencyTotals latencies{};
  Duration latency_target{};  ///< zero: latency does not count
};

class LoadWatch {
 public:
  explicit LoadWatch(Tick now) : looked_(now) {}

  /// Whether a second has passed since the last look.
  bool due(Tick now) const { return now - looked_ >= std::chrono::seconds(1); }
  /// The seconds since the last look count as this one. Nothing happens where it is not due.
  void look(const LoadSample& sample, Tick now);
  /// D_load: 0 to 6 bits. Seconds in which nobody looked since count as idle.
  double bits(Tick now) const;

 private:
  pow::Load load_;
  LatencyTotals before_{};
  Tick looked_;
};

/// The bound below which 95 of 100 answers between two counts were; zero where there were none.
Duration latency_p95(const LatencyTotals& before, const LatencyTotals& after);

}  // namespace tollhouse::gate
