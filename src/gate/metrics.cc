// gate: counting, and the text a scrape gets.
#include "gate/metrics.h"

#include <algorithm>

#include "base/format.h"
#include "pow/difficulty.h"

namespace tollhouse::gate {
namespace {

constexpr std::string_view kOutcomes[] = {"admitted", "challenged", "refused", "error"};
constexpr std::string_view kRails[kRailCount] = {"l402", "x402", "mpp", "pow", "free"};
constexpr std::string_view kChecks[] = {"valid", "invalid", "expired", "spent", "unpaid"};
constexpr std::string_view kHoldEnds[] = {"commit", "release", "expiry"};
constexpr std::string_view kUpstreamResults[] = {"ok",      "tool_error", "http_error",
                                                 "timeout", "connect",    "reset"};
constexpr std::string_view kCacheResults[] = {"hit", "miss"};
constexpr std::string_view kInvoiceResults[] = {"created", "failed", "limited"};
constexpr std::string_view kWorkResults[kWorkResultCount] = {
    "accepted", "malformed", "forged", "expired", "easy", "unbound", "wrong", "replay", "limited"};

using Reactors = std::vector<std::unique_ptr<ReactorMetrics>>;

std::string label_value(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '\\' || c == '"') escaped += '\\';
    if (c == '\n') {
      escaped += "\\n";
      continue;
    }
    escaped += c;
  }
  return escaped;
}

class Page {
 public:
  explicit Page(const Reactors& reactors) : reactors_(reactors) {}

  void head(std::string_view name, std::string_view type, std::string_view help) {
    text_ +=
        fmt::format("# HELP tollhouse_{} {}\n# TYPE tollhouse_{} {}\n", name, help, name, type);
  }
  void line(std::string_view name, std::string_view labels, std::uint64_t value) {
    text_ += labels.empty() ? fmt::format("tollhouse_{} {}\n", name, value)
                            : fmt::format("tollhouse_{}{{{}}} {}\n", name, labels, value);
  }
  void number(std::string_view name, double value) {
    text_ += fmt::format("tollhouse_{} {}\n", name, value);
  }
  template <class Pick>
  std::uint64_t sum(Pick pick) const {
    std::uint64_t total = 0;
    for (const auto& reactor : reactors_) total += pick(*reactor).read();
    return total;
  }
  template <class Pick>
  void counter(std::string_view name, std::string_view help, Pick pick) {
    head(name, "counter", help);
    line(name, "", sum(pick));
  }
  template <std::size_t N, class Pick>
  void counters(std::string_view name, std::string_view help, std::string_view label,
                const std::string_view (&values)[N], Pick pick) {
    head(name, "counter", help);
    for (std::size_t i = 0; i < N; ++i) {
      line(name, fmt::format("{}=\"{}\"", label, values[i]),
           sum([&](const ReactorMetrics& m) -> const Counter& { return pick(m)[i]; }));
    }
  }
  template <class Pick>
  void histogram(std::string_view name, std::string_view help, Pick pick) {
    const auto& bounds =
        std::remove_cvref_t<decltype(pick(*reactors_.front()))>::kBoundsMicroseconds;
    head(name, "histogram", help);
    std::uint64_t running = 0;
    for (std::size_t i = 0; i <= bounds.size(); ++i) {
      for (const auto& reactor : reactors_) running += pick(*reactor).bucket(i);
      const std::string bound =
          i < bounds.size() ? fmt::format("{}", static_cast<double>(bounds[i]) / 1e6) : "+Inf";
      line(fmt::format("{}_bucket", name), fmt::format("le=\"{}\"", bound), running);
    }
    std::uint64_t microseconds = 0;
    for (const auto& reactor : reactors_) microseconds += pick(*reactor).sum_microseconds();
    text_ += fmt::format("tollhouse_{}_sum {}\n", name, static_cast<double>(microseconds) / 1e6);
    line(fmt::format("{}_count", name), "", running);
  }
  std::string take() { return std::move(text_); }

 private:
  const Reactors& reactors_;
  std::string text_;
};

void write_tools(Page& page, const Reactors& reactors, const std::vector<std::string>& names) {
  page.head("requests_total", "counter", "Requests by tool, rail and outcome.");
  for (std::size_t tool = 0; tool < names.size(); ++tool) {
    for (std::size_t rail = 0; rail < kRailCount; ++rail) {
      for (std::size_t outcome = 0; outcome < 4; ++outcome) {
        page.line("requests_total",
                  fmt::format("tool=\"{}\",rail=\"{}\",outcome=\"{}\"", label_value(names[tool]),
                              kRails[rail], kOutcomes[outcome]),
                  page.sum([&](const ReactorMetrics& m) -> const Counter& {
                    return m.tools[tool].requests[rail][outcome];
                  }));
      }
    }
  }
  page.head("challenges_total", "counter", "Answers 402 that offered an invoice.");
  for (std::size_t tool = 0; tool < names.size(); ++tool) {
    page.line("challenges_total", fmt::format("tool=\"{}\"", label_value(names[tool])),
              page.sum([&](const ReactorMetrics& m) -> const Counter& {
                return m.tools[tool].challenges;
              }));
  }
  const auto per_rail = [&](std::string_view name, std::string_view help,
                            std::array<Counter, kRailCount> ReactorMetrics::Tool::* member) {
    page.head(name, "counter", help);
    for (std::size_t tool = 0; tool < names.size(); ++tool) {
      for (std::size_t rail = 0; rail < static_cast<std::size_t>(Rail::free); ++rail) {
        page.line(name,
                  fmt::format("tool=\"{}\",rail=\"{}\"", label_value(names[tool]), kRails[rail]),
                  page.sum([&](const ReactorMetrics& m) -> const Counter& {
                    return (m.tools[tool].*member)[rail];
                  }));
      }
    }
  };
  per_rail("charges_total", "Committed charges.", &ReactorMetrics::Tool::charges);
  per_rail("revenue_msat_total", "Charged millisatoshi.", &ReactorMetrics::Tool::revenue_msat);
  static_cast<void>(reactors);
}

void write_work(Page& page, const std::vector<std::string>& names) {
  page.head("pow_challenges_total", "counter", "Challenges to work that were issued.");
  for (std::size_t tool = 0; tool < names.size(); ++tool) {
    page.line("pow_challenges_total", fmt::format("tool=\"{}\"", label_value(names[tool])),
              page.sum([&](const ReactorMetrics& m) -> const Counter& {
                return m.tools[tool].work_challenges;
              }));
  }
  page.head("pow_solutions_total", "counter", "Solutions that were shown, by what they were.");
  for (std::size_t tool = 0; tool < names.size(); ++tool) {
    for (std::size_t result = 0; result < kWorkResultCount; ++result) {
      page.line(
          "pow_solutions_total",
          fmt::format("tool=\"{}\",result=\"{}\"", label_value(names[tool]), kWorkResults[result]),
          page.sum([&](const ReactorMetrics& m) -> const Counter& {
            return m.tools[tool].work[result];
          }));
    }
  }
}

void write_work_now(Page& page, const std::vector<WorkGauge>& work) {
  page.head("pow_difficulty", "gauge", "Work of a first call in bits, log2 of hashes.");
  for (const WorkGauge& each : work) {
    page.number(fmt::format("pow_difficulty{{tool=\"{}\"}}", label_value(each.tool)), each.bits);
  }
  page.head("pow_attacker_cost_dollars", "gauge", "A million such solutions on rented cores.");
  for (const WorkGauge& each : work) {
    page.number(fmt::format("pow_attacker_cost_dollars{{tool=\"{}\"}}", label_value(each.tool)),
                pow::attacker_dollars_per_million(each.bits));
  }
}

void write_refusals(Page& page, const Reactors& reactors) {
  std::vector<std::pair<std::string, std::uint64_t>> totals;
  for (const auto& reactor : reactors) {
    const std::size_t used = reactor->refusals_used.load(std::memory_order_acquire);
    for (std::size_t i = 0; i < used; ++i) {
      const auto& entry = reactor->refusals[i];
      std::string labels = fmt::format("room=\"{}\",reason=\"{}\"", entry.room, entry.token);
      const auto found = std::find_if(totals.begin(), totals.end(),
                                      [&](const auto& total) { return total.first == labels; });
      if (found == totals.end()) {
        totals.emplace_back(std::move(labels), entry.count.read());
      } else {
        found->second += entry.count.read();
      }
    }
  }
  page.head("refusals_total", "counter", "Refusals by the room that gave the reason.");
  for (const auto& [labels, count] : totals) page.line("refusals_total", labels, count);
}

void write_gauge(Page& page, std::string_view name, std::string_view help, std::string_view labels,
                 std::uint64_t value) {
  page.head(name, "gauge", help);
  page.line(name, labels, value);
}

void write_counters(Page& page) {
  page.counters("credential_checks_total", "L402 credentials judged.", "result", kChecks,
                [](const ReactorMetrics& m) -> const auto& { return m.checks; });
  page.counters("invoices_total", "Invoices asked of the wallet.", "result", kInvoiceResults,
                [](const ReactorMetrics& m) -> const auto& { return m.invoices; });
  page.counters("holds_total", "Holds by how they ended.", "end", kHoldEnds,
                [](const ReactorMetrics& m) -> const auto& { return m.holds; });
  page.counters("upstream_requests_total", "Calls forwarded, by what came back.", "result",
                kUpstreamResults,
                [](const ReactorMetrics& m) -> const auto& { return m.upstream_results; });
  page.head("cache_requests_total", "counter", "Passes judged, by whether they were known.");
  for (std::size_t i = 0; i < std::size(kCacheResults); ++i) {
    page.line(
        "cache_requests_total", fmt::format("cache=\"passes\",result=\"{}\"", kCacheResults[i]),
        page.sum([i](const ReactorMetrics& m) -> const Counter& { return m.known_passes[i]; }));
  }
  page.counter("replays_total", "Spent credentials shown again.",
               [](const ReactorMetrics& m) -> const Counter& { return m.replays; });
  page.counter("redeliveries_total", "Charges answered once more because they did not arrive.",
               [](const ReactorMetrics& m) -> const Counter& { return m.redeliveries; });
  page.counter("rate_limited_total", "Requests turned away by a rate.",
               [](const ReactorMetrics& m) -> const Counter& { return m.rate_limited; });
  page.counter("request_bytes_total", "Bytes of requests read.",
               [](const ReactorMetrics& m) -> const Counter& { return m.request_bytes; });
  page.counter("response_bytes_total", "Bytes of answers written.",
               [](const ReactorMetrics& m) -> const Counter& { return m.response_bytes; });
}

void write_open(Page& page) {
  const auto open = [&](auto opened, auto closed) {
    const std::uint64_t ended = page.sum(closed);
    return page.sum(opened) - ended;
  };
  write_gauge(page, "connections", "Open connections of callers.", "side=\"caller\"",
              open([](const ReactorMetrics& m) -> const Counter& { return m.connections_opened; },
                   [](const ReactorMetrics& m) -> const Counter& { return m.connections_closed; }));
  write_gauge(page, "streams", "Open event streams.", "",
              open([](const ReactorMetrics& m) -> const Counter& { return m.streams_opened; },
                   [](const ReactorMetrics& m) -> const Counter& { return m.streams_closed; }));
}

void write_durations(Page& page) {
  page.histogram("request_duration_seconds", "From the head of a request to its answer's end.",
                 [](const ReactorMetrics& m) -> const Histogram& { return m.request_duration; });
  page.histogram("gate_duration_seconds", "The gate's own share of a request.",
                 [](const ReactorMetrics& m) -> const Histogram& { return m.gate_duration; });
  page.histogram("upstream_duration_seconds", "From the request written to the answer read.",
                 [](const ReactorMetrics& m) -> const Histogram& { return m.upstream_duration; });
  page.histogram("invoice_duration_seconds", "Minting an invoice.",
                 [](const ReactorMetrics& m) -> const Histogram& { return m.invoice_duration; });
  page.histogram("store_duration_seconds", "Writing a charge until it is durable.",
                 [](const ReactorMetrics& m) -> const Histogram& { return m.store_duration; });
  page.histogram(
      "payment_latency_seconds", "From a challenge to the first valid proof of its payment.",
      [](const ReactorMetrics& m) -> const PaymentHistogram& { return m.payment_latency; });
  page.histogram("pow_solve_seconds", "From a challenge to the good solution that was shown.",
                 [](const ReactorMetrics& m) -> const WorkHistogram& { return m.work_duration; });
}

void write_state(Page& page, const ProcessGauges& gauges) {
  write_gauge(page, "holds_open", "Holds whose call still runs.", "", gauges.holds_open);
  write_gauge(page, "hold_entries", "Entries of the hold table.", "", gauges.hold_entries);
  write_gauge(page, "challenges_open", "Unpaid invoices that are offered again.", "",
              gauges.challenges_open);
  write_gauge(page, "wallet_up", "1 while the wallet answers.",
              fmt::format("driver=\"{}\"", gauges.wallet_driver), gauges.wallet_up ? 1 : 0);
  write_gauge(page, "wallet_circuit_open", "1 while a failing wallet is left in peace.",
              fmt::format("driver=\"{}\"", gauges.wallet_driver),
              gauges.wallet_circuit_open ? 1 : 0);
  page.head("wallet_hints_total", "counter", "Payments looked up because the wallet told of them.");
  page.line("wallet_hints_total", "result=\"paid\"", gauges.wallet_hints.paid);
  page.line("wallet_hints_total", "result=\"not_paid\"", gauges.wallet_hints.not_paid);
  page.head("wallet_watch_failures_total", "counter", "Tries to listen to the wallet that failed.");
  page.line("wallet_watch_failures_total", "", gauges.wallet_hints.channel_failures);
  write_gauge(page, "store_up", "1 while the books can be written.", "", gauges.store_up ? 1 : 0);
  page.head("ledger_lag_seconds", "gauge", "Age of the oldest change that is not durable.");
  page.number("ledger_lag_seconds", std::chrono::duration<double>(gauges.ledger_lag).count());
}

void write_reloads(Page& page, const ProcessGauges& gauges) {
  page.head("config_reload_total", "counter", "Reloads of the configuration.");
  page.line("config_reload_total", "result=\"done\"", gauges.reloads_done);
  page.line("config_reload_total", "result=\"rejected\"", gauges.reloads_rejected);
  write_gauge(page, "config_last_reload_successful", "0 after a rejected reload.", "",
              gauges.last_reload_done ? 1 : 0);
  write_gauge(page, "config_last_reload_success_timestamp_seconds",
              "When the configuration in force was taken over.", "",
              static_cast<std::uint64_t>(unix_seconds(gauges.last_configuration)));
}

}  // namespace

std::string_view to_text(Outcome outcome) { return kOutcomes[static_cast<std::size_t>(outcome)]; }
std::string_view to_text(Rail rail) { return kRails[static_cast<std::size_t>(rail)]; }

ReactorMetrics::ReactorMetrics(std::size_t tool_count) : tools(tool_count) {}

void ReactorMetrics::request(std::size_t tool, Rail rail, Outcome outcome, int status) {
  tools[tool].requests[static_cast<std::size_t>(rail)][static_cast<std::size_t>(outcome)].add();
  statuses[static_cast<std::size_t>(status / 100 % 6)].add();
}

void ReactorMetrics::refusal(std::string_view room, std::string_view token) {
  const std::size_t used = refusals_used.load(std::memory_order_relaxed);
  for (std::size_t i = 0; i < used; ++i) {
    if (refusals[i].token == token && refusals[i].room == room) return refusals[i].count.add();
  }
  if (used == kRefusalsMax) return;
  refusals[used].room = room;
  refusals[used].token = token;
  refusals[used].count.add();
  refusals_used.store(used + 1, std::memory_order_release);
}

Metrics::Metrics(std::size_t reactors, std::vector<std::string> tool_names)
    : tool_names_(std::move(tool_names)) {
  tool_names_.emplace_back("other");
  for (std::size_t i = 0; i < reactors; ++i) {
    reactors_.push_back(std::make_unique<ReactorMetrics>(tool_names_.size()));
  }
}

std::array<std::uint64_t, kLatencyBounds.size() + 1> Metrics::upstream_latencies() const {
  std::array<std::uint64_t, kLatencyBounds.size() + 1> totals{};
  for (const auto& reactor : reactors_) {
    for (std::size_t i = 0; i < totals.size(); ++i)
      totals[i] += reactor->upstream_duration.bucket(i);
  }
  return totals;
}

std::size_t Metrics::tool_index(std::string_view name) const {
  for (std::size_t i = 0; i + 1 < tool_names_.size(); ++i) {
    if (tool_names_[i] == name) return i;
  }
  return other_tool();
}

std::string Metrics::text(const ProcessGauges& gauges) const {
  Page page(reactors_);
  write_gauge(page, "build_info", "Always 1; what this program is in its labels.",
              fmt::format("version=\"{}\",compiler=\"{}\"", label_value(gauges.version),
                          label_value(gauges.compiler)),
              1);
  write_tools(page, reactors_, tool_names_);
  write_work(page, tool_names_);
  write_work_now(page, gauges.work);
  write_refusals(page, reactors_);
  write_counters(page);
  write_open(page);
  write_durations(page);
  write_state(page, gauges);
  write_reloads(page, gauges);
  page.head("log_lines_dropped_total", "counter", "Log lines dropped because the queue was full.");
  page.line("log_lines_dropped_total", "", gauges.log_lines_dropped);
  return page.take();
}

}  // namespace tollhouse::gate
