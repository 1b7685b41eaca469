// gate: counters and histograms (ux-and-ops.md 2). Each reactor owns an array it alone writes;
// a scrape sums them. Labels are closed sets; tools are those of the configuration, else `other`.
#pragma once
#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/money.h"
#include "base/time.h"
#include "lightning/wallet.h"

namespace tollhouse::gate {

enum class Outcome : std::uint8_t { admitted, challenged, refused, error };
enum class Rail : std::uint8_t { l402, x402, mpp, pow, free };
inline constexpr std::size_t kRailCount = 5;
enum class CheckResult : std::uint8_t { valid, invalid, expired, spent, unpaid };
enum class HoldEnd : std::uint8_t { commit, release, expiry };
enum class UpstreamResult : std::uint8_t { ok, tool_error, http_error, timeout, connect, reset };
enum class CacheResult : std::uint8_t { hit, miss };
enum class InvoiceResult : std::uint8_t { created, failed, limited };
/// What became of work that was shown (R-POW-21).
enum class WorkResult : std::uint8_t {
  accepted,
  malformed,
  forged,  ///< not issued here
  expired,
  easy,
  unbound,  ///< for another client or tool
  wrong,    ///< the nonce
  replay,
  limited,  ///< good, and too often
};
inline constexpr std::size_t kWorkResultCount = 9;

std::string_view to_text(Outcome outcome);
std::string_view to_text(Rail rail);

/// A counter one thread writes and others read: no locked instruction on the hot path.
class Counter {
 public:
  void add(std::uint64_t amount = 1) {
    value_.store(value_.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
  }
  std::uint64_t read() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

/// 100 us to 30 s in steps of 1, 2.5, 5 (ux-and-ops.md 2.1).
inline constexpr std::array<std::int64_t, 18> kLatencyBounds = {
    100,     250,     500,     1'000,     2'500,     5'000,     10'000,     25'000,     50'000,
    100'000, 250'000, 500'000, 1'000'000, 2'500'000, 5'000'000, 10'000'000, 25'000'000, 30'000'000};
/// Of payments, which people may have a hand in: 100 ms to 10 minutes.
inline constexpr std::array<std::int64_t, 13> kPaymentBounds = {
    100'000,    250'000,    500'000,     1'000'000,   2'500'000,   5'000'000,  10'000'000,
    25'000'000, 50'000'000, 100'000'000, 250'000'000, 500'000'000, 600'000'000};

/// Of work, whose challenges are dated in seconds: 1 s to 5 minutes.
inline constexpr std::array<std::int64_t, 9> kWorkBounds = {1'000'000,  2'000'000,   5'000'000,
                                                            10'000'000, 20'000'000,  30'000'000,
                                                            60'000'000, 120'000'000, 300'000'000};

/// `Bounds`: of its buckets, in microseconds.
template <const auto& Bounds>
class HistogramOf {
 public:
  static constexpr const auto& kBoundsMicroseconds = Bounds;
  void observe(Duration value) {
    const auto microseconds = std::chrono::duration_cast<std::chrono::microseconds>(value).count();
    const auto bound = std::lower_bound(Bounds.begin(), Bounds.end(), microseconds);
    buckets_[static_cast<std::size_t>(bound - Bounds.begin())].add();
    sum_.add(static_cast<std::uint64_t>(std::max<std::int64_t>(microseconds, 0)));
  }
  std::uint64_t bucket(std::size_t i) const { return buckets_[i].read(); }
  std::uint64_t sum_microseconds() const { return sum_.read(); }

 private:
  std::array<Counter, Bounds.size() + 1> buckets_;
  Counter sum_;
};

using Histogram = HistogramOf<kLatencyBounds>;
using PaymentHistogram = HistogramOf<kPaymentBounds>;
using WorkHistogram = HistogramOf<kWorkBounds>;

/// What one reactor counts. `tool` is an index into the names given at construction.
class ReactorMetrics {
 public:
  explicit ReactorMetrics(std::size_t tools);

  void request(std::size_t tool, Rail rail, Outcome outcome, int status);
  void refusal(std::string_view room, std::string_view token);

  struct Tool {
    std::array<std::array<Counter, 4>, kRailCount> requests;  ///< [rail][outcome]
    Counter challenges;
    std::array<Counter, kRailCount> charges;
    std::array<Counter, kRailCount> revenue_msat;
    Counter work_challenges;
    std::array<Counter, kWorkResultCount> work;  ///< WorkResult
  };
  void work(std::size_t tool, WorkResult result) {
    tools[tool].work[static_cast<std::size_t>(result)].add();
  }
  std::vector<Tool> tools;
  std::array<Counter, 6> statuses;          ///< by first digit
  std::array<Counter, 5> checks;            ///< CheckResult
  std::array<Counter, 3> invoices;          ///< InvoiceResult
  std::array<Counter, 3> holds;             ///< HoldEnd
  std::array<Counter, 6> upstream_results;  ///< UpstreamResult
  Counter replays;
  Counter redeliveries;
  Counter rate_limited;
  Counter connections_opened;
  Counter connections_closed;
  Counter streams_opened;
  Counter streams_closed;
  Counter request_bytes;
  Counter response_bytes;
  Histogram request_duration;
  Histogram gate_duration;
  Histogram upstream_duration;
  Histogram invoice_duration;
  Histogram store_duration;
  PaymentHistogram payment_latency;
  WorkHistogram work_duration;
  std::array<Counter, 2> known_passes;  ///< CacheResult

  struct RefusalCount {
    std::string_view room;  ///< static text of the reason tables
    std::string_view token;
    Counter count;
  };
  /// Appended by the reactor only, at most one entry per reason token; read at scrape.
  static constexpr std::size_t kRefusalsMax = 192;
  std::array<RefusalCount, kRefusalsMax> refusals;
  std::atomic<std::size_t> refusals_used{0};
};

/// What work a tool asks of a caller who has not called before.
struct WorkGauge {
  std::string_view tool;
  double bits = 0;
};

/// What the whole process adds to a scrape.
struct ProcessGauges {
  std::string version;
  std::string compiler;
  std::uint64_t holds_open = 0;
  std::uint64_t hold_entries = 0;
  bool wallet_up = true;
  bool wallet_circuit_open = false;
  bool store_up = true;
  Duration ledger_lag{};  ///< age of the oldest change that is not durable
  std::string_view wallet_driver;
  lightning::HintCounts wallet_hints;
  std::uint64_t challenges_open = 0;
  std::uint64_t log_lines_dropped = 0;
  std::uint64_t reloads_done = 0;
  std::uint64_t reloads_rejected = 0;
  bool last_reload_done = true;  ///< true before the first: the start was one
  Time last_configuration;       ///< when the configuration in force was taken over
  std::vector<WorkGauge> work{};
};

class Metrics {
 public:
  /// One set for each of `reactors`; `tool_names` are the closed label set, `other` is added last.
  Metrics(std::size_t reactors, std::vector<std::string> tool_names);

  ReactorMetrics& of_reactor(std::size_t index) { return *reactors_[index]; }
  /// Upstream answers of all reactors so far, by bucket.
  std::array<std::uint64_t, kLatencyBounds.size() + 1> upstream_latencies() const;
  std::size_t tool_index(std::string_view name) const;
  std::size_t other_tool() const { return tool_names_.size() - 1; }
  /// Prometheus text exposition 0.0.4.
  std::string text(const ProcessGauges& gauges) const;

 private:
  std::vector<std::string> tool_names_;
  std::vector<std::unique_ptr<ReactorMetrics>> reactors_;
};

}  // namespace tollhouse::gate
