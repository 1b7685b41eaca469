// api: health, readiness, metrics.
#include <algorithm>

#include "api/answers.h"
#include "api/handlers.h"
#include "gate/rules.h"
#include "json/writer.h"

namespace tollhouse::api {
namespace {

class Health final : public gate::Handler {
 public:
  io::Task<gate::LocalAnswer> answer(io::Reactor&, const gate::LocalRequest& request) override {
    if (!is_read(request)) co_return method_not_allowed("GET, HEAD");
    gate::LocalAnswer made;
    made.body = R"({"status":"ok"})";
    co_return made;
  }
};

class Readiness final : public gate::Handler {
 public:
  explicit Readiness(const gate::House& house) : house_(house) {}

  io::Task<gate::LocalAnswer> answer(io::Reactor&, const gate::LocalRequest& request) override {
    if (!is_read(request)) co_return method_not_allowed("GET, HEAD");
    const auto down = parts_down(house_);
    gate::LocalAnswer made;
    made.status = down.empty() ? 200 : 503;
    json::Writer writer(made.body);
    writer.begin_object().member("status", down.empty() ? "ready" : "unready");
    if (!down.empty()) {
      writer.name("down").begin_array();
      for (const std::string_view part : down) writer.string(part);
      writer.end_array();
    }
    writer.end_object();
    co_return made;
  }

 private:
  const gate::House& house_;
};

class MetricsPage final : public gate::Handler {
 public:
  MetricsPage(gate::House& house, std::function<gate::ProcessGauges()> gauges)
      : house_(house), gauges_(std::move(gauges)) {}

  io::Task<gate::LocalAnswer> answer(io::Reactor& reactor,
                                     const gate::LocalRequest& request) override {
    if (!is_read(request)) co_return method_not_allowed("GET, HEAD");
    gate::ProcessGauges gauges = gauges_();
    gauges.work = work_now(request.rules.policy, reactor.clock().tick());
    gate::LocalAnswer made;
    made.content_type = "text/plain; version=0.0.4; charset=utf-8";
    made.body = house_.metrics.text(gauges);
    co_return made;
  }

 private:
  /// What a caller is asked who has not called before: a name that no client class has. A tool of
  /// two routes is listed as the first has it.
  std::vector<gate::WorkGauge> work_now(const gate::Policy& policy, Tick now) const {
    std::vector<gate::WorkGauge> gauges;
    const auto see = [&](const gate::ToolRow& row) {
      const auto same = [&](const gate::WorkGauge& gauge) { return gauge.tool == row.name; };
      if (!row.terms.work || std::ranges::any_of(gauges, same)) return;
      gauges.push_back({row.name, house_.work.bits_for(*row.terms.work, policy.work, "", now)});
    };
    for (const gate::Route& route : policy.routes) {
      for (const gate::ToolRow& row : route.rows) see(row);
      if (route.other) see(*route.other);
    }
    return gauges;
  }

  gate::House& house_;
  std::function<gate::ProcessGauges()> gauges_;
};

}  // namespace

std::vector<std::string_view> parts_down(const gate::House& house) {
  std::vector<std::string_view> down;
  const ledger::Health books = house.store.health();
  const bool closed = books == ledger::Health::poisoned || books == ledger::Health::full;
  if (closed || house.holds.poisoned()) down.emplace_back("books");
  const bool wallet = house.wallet_up.load(std::memory_order_relaxed);
  if (!wallet || !house.wallet.condition().ready) down.emplace_back("wallet");
  if (house.draining.load(std::memory_order_relaxed)) down.emplace_back("draining");
  return down;
}

std::unique_ptr<gate::Handler> health_handler() { return std::make_unique<Health>(); }

std::unique_ptr<gate::Handler> readiness_handler(const gate::House& house) {
  return std::make_unique<Readiness>(house);
}

std::unique_ptr<gate::Handler> metrics_handler(gate::House& house,
                                               std::function<gate::ProcessGauges()> gauges) {
  return std::make_unique<MetricsPage>(house, std::move(gauges));
}

}  // namespace tollhouse::api
