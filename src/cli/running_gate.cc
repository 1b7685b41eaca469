// cli: starting and stopping a gate.
#include "cli/running_gate.h"

#include <algorithm>
#include <condition_variable>
#include <ranges>
#include <thread>

#include "api/admin.h"
#include "api/handlers.h"
#include "base/format.h"
#include "cli/gate_wallet.h"
#include "cli/outgoing.h"
#include "cli/rules.h"
#include "cli/version.h"
#include "config/difference.h"
#include "gate/worker.h"
#include "io/acceptor.h"
#include "io/epoll_reactor.h"
#include "io/log_sink.h"
#include "io/signals.h"
#include "store/revocations.h"
#include "store/sqlite_store.h"

namespace tollhouse::cli {
namespace {

constexpr Duration kClockKept = std::chrono::seconds(1);
constexpr Duration kSwept = std::chrono::seconds(10);
constexpr Duration kHouseLook = std::chrono::milliseconds(100);
/// A reactor takes new rules over between two events; one that does not for so long is stuck.
constexpr Duration kAdoptWait = std::chrono::seconds(10);
/// After the drain's time, what was cut gets this long to settle.
constexpr Duration kCutWait = std::chrono::seconds(5);

io::Task<> run_later(io::Reactor& reactor, Tick at, std::move_only_function<void()> work) {
  co_await reactor.sleep_until(at);
  work();
}

}  // namespace

/// Everything of one process, in the order in which it is built; destroyed the other way round.
class RunningGate::Parts final {
 public:
  explicit Parts(const config::Settings& given)
      : settings(given), log(io::make_log(log_settings(given.log), clock)), curve(random) {}
  ~Parts() {
    if (desk) desk->close();
    stop_reactors();
  }

  std::optional<GateFailure> start(io::PassedSockets passed);
  api::ReloadReport take_over(const config::Loaded& loaded);
  void record(const api::ReloadReport& report);
  void drain();
  void cut();
  std::size_t turning() const;
  void ask_whether_turning();

  /// One listener's way to the worker of the reactor that got the connection.
  struct Door final : io::ConnectionHandler {
    Door(Parts& owner, const gate::Entrance& into) : parts(owner), entrance(into) {}
    void connected(io::Reactor& reactor, std::unique_ptr<io::Stream> stream) override {
      parts.workers[reactor.index()]->accept(std::move(stream), entrance);
    }
    Parts& parts;
    gate::Entrance entrance;
  };

  config::Settings settings;
  SystemClock clock;
  SystemRandom random;
  std::unique_ptr<io::LogSink> log;
  crypto::Secp256k1 curve;
  MadeRules rules;
  std::vector<std::string> keys_made;
  std::unique_ptr<store::SqliteStore> books;
  std::optional<ledger::HoldTable> holds;
  std::optional<ledger::ClockGuard> lives;
  std::vector<PaymentHash> paid_before;  ///< of passes and counted tokens, from the books
  std::optional<GateWallet> wallet;
  std::optional<gate::OpenChallenges> open_challenges;
  std::optional<gate::RateTable> mints_by_client;
  std::optional<gate::RateTable> mints_in_all;
  std::optional<gate::RateTable> failures_by_client;
  std::optional<gate::Metrics> metrics;
  std::optional<gate::House> house;
  std::unique_ptr<store::RevocationWatch> revocations;
  gate::Router public_router;
  gate::Router admin_router;
  std::vector<std::unique_ptr<Door>> doors;
  bool upstream_answers = true;
  std::optional<io::DescriptorBudget> budget;
  std::optional<io::ConnectionCensus> census;
  std::vector<std::unique_ptr<io::EpollReactor>> reactors;
  std::vector<std::unique_ptr<gate::Worker>> workers;
  std::vector<std::thread> threads;
  std::unique_ptr<io::Acceptor> acceptor;
  std::vector<io::Endpoint> listening;
  std::optional<io::Endpoint> admin;
  std::vector<config::Entry> entries;  ///< of the configuration in force
  std::unique_ptr<ReloadDesk> desk;    ///< absent: this gate does not reload
  /// Only for another gate; ends first, as it answers all that is under way.
  std::unique_ptr<io::CurlErrands> errands;

 private:
  std::optional<GateFailure> open_books();
  std::optional<GateFailure> make_rules_from(const config::Settings& wanted);
  void make_wallet();
  void make_house(const ledger::Opening& opening);
  void fill_routers();
  std::optional<GateFailure> watch_revocations();
  using Bound = Result<std::vector<io::Endpoint>, GateFailure>;
  Bound bind(const config::Endpoint& wanted, const gate::Router& router, unsigned mode);
  Bound take_passed(const config::Endpoint& wanted, const gate::Router& router);
  io::ConnectionHandler& door_to(const gate::Router& router, bool loopback);
  std::optional<GateFailure> listen(io::PassedSockets sockets);
  void adopt_on_every_reactor();
  void allow(const gate::Policy& policy);
  void start_reactors();
  void tell_ready(std::uint64_t routes);
  void stop_reactors();
  gate::ProcessGauges gauges() const;
  io::Task<> keep_house();
  void keep_clock();
  void sweep(Tick tick);
  void probe_wallet();
  bool wait_until_idle(Duration longest);

  ledger::Opening opening_;
  io::PassedSockets passed_;
  std::shared_ptr<std::atomic<std::size_t>> turning_ =
      std::make_shared<std::atomic<std::size_t>>(0);
  std::atomic<bool> running_{false};
  std::atomic<std::uint64_t> reloads_done_{0};
  std::atomic<std::uint64_t> reloads_rejected_{0};
  std::atomic<bool> last_reload_done_{true};
  std::atomic<Time> last_configuration_{};
};

std::optional<GateFailure> RunningGate::Parts::open_books() {
  store::SqliteOptions options;
  options.data_dir = settings.data_dir;
  auto opened = store::SqliteStore::open(options);
  if (!opened) return books_failure(opened.error(), settings.data_dir);
  books = std::move(*opened);
  ledger::HoldLimits limits;
  limits.releases_max = static_cast<std::uint8_t>(std::min(settings.policy.limits.releases, 255U));
  holds.emplace(limits);
  auto loaded = books->load([this](const ledger::SpentRow& row) {
    holds->restore(row);
    // What has bought something was paid: a pass goes on working while the wallet is down.
    if (row.uses.count != 1) paid_before.push_back(row.key.payment_hash);
  });
  if (!loaded) return books_failure(loaded.error(), settings.data_dir);
  opening_ = *loaded;
  holds->purged_before(opening_.purged_before);
  lives.emplace(opening_.highest_clock);
  return std::nullopt;
}

void RunningGate::Parts::make_wallet() {
  const lightning::After after = [this](Duration delay, std::move_only_function<void()> work) {
    io::EpollReactor& reactor = *reactors.front();
    reactor.post([&reactor, delay, work = std::move(work)]() mutable {
      const Tick at = reactor.clock().tick() + delay;
      reactor.nursery().start(run_later(reactor, at, std::move(work)));
    });
  };
  wallet.emplace(settings, WalletSurroundings{clock, random, curve, *log}, after);
}

void RunningGate::Parts::make_house(const ledger::Opening& opening) {
  const gate::Limits& limits = settings.policy.limits;
  open_challenges.emplace(limits);
  mints_by_client.emplace(limits.challenges_per_minute, std::chrono::minutes(1));
  mints_in_all.emplace(limits.challenges_per_second_in_all, std::chrono::seconds(1));
  failures_by_client.emplace(limits.failed_credentials_per_minute, std::chrono::minutes(1));
  metrics.emplace(workers.capacity(), tool_names(settings.policy));
  house.emplace(clock, random, *log, curve, *holds, *books, *lives, wallet->wallet(),
                *open_challenges, *mints_by_client, *mints_in_all, *failures_by_client, *metrics);
  house->work.allow(settings.policy.work);
  house->epoch = opening.epoch;
  house->version = version();
  if (!settings.policy.l402.other_gate.url.empty()) errands = make_errands();
  house->errands = errands.get();
  for (const PaymentHash& hash : std::exchange(paid_before, {})) house->settled.add(hash);
  random.fill({reinterpret_cast<std::uint8_t*>(&house->boot), sizeof house->boot});
  random.fill(house->log_key.bytes);
}

std::optional<GateFailure> RunningGate::Parts::watch_revocations() {
  auto watch = store::RevocationWatch::open(
      settings.data_dir, [this](const PaymentHash& hash) { house->revoked.add(hash); });
  if (!watch) return books_failure(watch.error(), store::revocations_file(settings.data_dir));
  revocations = std::move(*watch);
  return std::nullopt;
}

void RunningGate::Parts::fill_routers() {
  api::add_for_callers(public_router, *house, wallet->simulated());
  admin_router.add("/healthz", api::health_handler());
  admin_router.add("/readyz", api::readiness_handler(*house));
  admin_router.add("/metrics",
                   api::for_operators(api::metrics_handler(*house, [this] { return gauges(); })));
  if (!desk) return;
  const api::AskReload ask = [this](ReloadDesk::Told told) { desk->ask(std::move(told)); };
  admin_router.add("/api/admin/reload", api::for_operators(api::reload_handler(ask)));
}

gate::ProcessGauges RunningGate::Parts::gauges() const {
  gate::ProcessGauges made;
  made.version = version();
  made.compiler = __VERSION__;
  made.holds_open = holds->holds_open();
  made.hold_entries = holds->size();
  made.wallet_driver = wallet->wallet().driver();
  const lightning::Condition condition = wallet->wallet().condition();
  made.wallet_up = condition.ready && house->wallet_up.load(std::memory_order_relaxed);
  made.wallet_circuit_open = condition.circuit_open;
  made.wallet_hints = wallet->wallet().hints();
  made.ledger_lag = books->lag();
  made.store_up = books->health() == ledger::Health::good;
  made.challenges_open = open_challenges->size();
  made.log_lines_dropped = log->dropped();
  made.reloads_done = reloads_done_.load();
  made.reloads_rejected = reloads_rejected_.load();
  made.last_reload_done = last_reload_done_.load();
  made.last_configuration = last_configuration_.load();
  return made;
}

io::ConnectionHandler& RunningGate::Parts::door_to(const gate::Router& router, bool loopback) {
  const bool serves_calls = &router == &public_router;
  doors.push_back(std::make_unique<Door>(*this, gate::Entrance{&router, loopback, serves_calls}));
  return *doors.back();
}

/// Sockets of the service manager, as it calls them. Which address they have is known only now.
RunningGate::Parts::Bound RunningGate::Parts::take_passed(const config::Endpoint& wanted,
                                                          const gate::Router& router) {
  std::vector<io::Endpoint> bound;
  for (io::Descriptor& socket : passed_.take(wanted.host)) {
    const auto at = io::Acceptor::address_of(socket);
    const bool by_address = at && at->family != io::Endpoint::Family::unix_path;
    auto taken =
        acceptor->listen_on(std::move(socket), door_to(router, by_address && at->is_loopback()));
    if (!taken) {
      return refuse(GateFailure{Exit::cannot_start, "listen",
                                fmt::format("{}: the socket does not listen", wanted.text()),
                                "write ListenStream= and Accept=no in the socket unit"});
    }
    bound.push_back(*taken);
  }
  if (!bound.empty()) return bound;
  std::string names;
  for (const std::string& name : passed_.names()) names += (names.empty() ? "" : ", ") + name;
  return refuse(GateFailure{
      Exit::cannot_start, "listen", fmt::format("no socket called {} was passed", wanted.host),
      names.empty() ? "start it by a socket unit with FileDescriptorName=" + wanted.host
                    : "passed were: " + names});
}

RunningGate::Parts::Bound RunningGate::Parts::bind(const config::Endpoint& wanted,
                                                   const gate::Router& router, unsigned mode) {
  if (wanted.kind == config::Endpoint::Kind::systemd) return take_passed(wanted, router);
  const bool is_unix = wanted.kind == config::Endpoint::Kind::unix_path;
  const auto at = is_unix ? std::optional(io::Endpoint::unix_path_at(wanted.host))
                          : io::Endpoint::parse_address(wanted.host, wanted.port);
  if (!at) return refuse(GateFailure{Exit::cannot_start, "listen", wanted.text(), {}});
  auto bound = acceptor->listen(*at, door_to(router, !is_unix && at->is_loopback()), mode);
  if (bound) return std::vector<io::Endpoint>{*bound};
  return refuse(
      GateFailure{Exit::cannot_start, "listen",
                  fmt::format("cannot listen on {}: {}", wanted.text(), to_text(bound.error())),
                  "choose another address, or stop what listens there"});
}

std::optional<GateFailure> RunningGate::Parts::listen(io::PassedSockets sockets) {
  passed_ = std::move(sockets);
  std::vector<io::EpollReactor*> targets;
  targets.reserve(reactors.size());
  for (const auto& reactor : reactors) targets.push_back(reactor.get());
  acceptor = std::make_unique<io::Acceptor>(targets, *census, &*budget);
  for (const config::Endpoint& wanted : settings.listen) {
    auto bound = bind(wanted, public_router, settings.listen_mode);
    if (!bound) return bound.error();
    listening.insert(listening.end(), bound->begin(), bound->end());
  }
  if (!settings.admin) return std::nullopt;
  auto bound = bind(*settings.admin, admin_router, 0600);
  if (!bound) return bound.error();
  admin = bound->front();
  return std::nullopt;
}

/// Once a second on the first reactor: the clock into the books, sweeping, a down wallet's probe.
/// Looks more often whether the house is closing, so that a drain need not wait for it.
io::Task<> RunningGate::Parts::keep_house() {
  io::Reactor& reactor = *reactors.front();
  Tick next_clock = reactor.clock().tick() + kClockKept;
  Tick next_sweep = reactor.clock().tick() + kSwept;
  while (!house->draining) {
    const Tick at = reactor.clock().tick() + kHouseLook;
    co_await reactor.sleep_until(at);
    const Tick now = reactor.clock().tick();
    wallet->keep(workers.front()->rules().policy);
    if (now < next_clock) continue;
    next_clock = now + kClockKept;
    keep_clock();
    if (now < next_sweep) continue;
    next_sweep = now + kSwept;
    sweep(now);
  }
}

void RunningGate::Parts::keep_clock() {
  lives->now(clock.now());
  books->apply(ledger::KeepClock{lives->highest()}, [](ledger::Answer) {});
  if (!house->wallet_up || !wallet->wallet().condition().ready) probe_wallet();
}

void RunningGate::Parts::sweep(Tick tick) {
  const Time now = lives->now(clock.now());
  house->parked.sweep(tick, *holds);
  holds->sweep(now, tick);
  books->apply(ledger::Sweep{now}, [this](ledger::Answer answer) {
    const auto* swept = answer ? std::get_if<ledger::Swept>(&*answer) : nullptr;
    if (swept != nullptr) holds->purged_before(swept->purged_before);
  });
}

void RunningGate::Parts::probe_wallet() {
  wallet->wallet().look_up(PaymentHash{}, [this](const auto& found) {
    if (found) house->wallet_up.store(true, std::memory_order_relaxed);
  });
}

void RunningGate::Parts::start_reactors() {
  running_ = true;
  for (const auto& reactor : reactors) {
    threads.emplace_back([raw = reactor.get()] { raw->run(); });
  }
  reactors.front()->post([this] { reactors.front()->nursery().start(keep_house()); });
}

std::optional<GateFailure> RunningGate::Parts::make_rules_from(const config::Settings& wanted) {
  auto made = make_rules(wanted, random, clock, "http://" + listening[0].text());
  if (!made) return made.error();
  rules = *std::move(made);
  last_configuration_ = clock.now();
  return std::nullopt;
}

std::optional<GateFailure> RunningGate::Parts::start(io::PassedSockets passed) {
  if (auto failure = open_books()) return failure;
  const std::size_t descriptors = io::raise_descriptor_limit();
  const std::size_t count =
      settings.workers != 0 ? settings.workers : std::max(1U, std::thread::hardware_concurrency());
  const gate::Limits& limits = settings.policy.limits;
  budget.emplace(descriptors);
  const std::size_t most = limits.connections != 0
                               ? limits.connections
                               : std::min<std::size_t>(descriptors * 8 / 10, io::kConnectionsMax);
  census.emplace(io::ConnectionLimits{most, limits.connections_per_client});
  for (std::uint32_t i = 0; i < count; ++i) {
    reactors.push_back(std::make_unique<io::EpollReactor>(i, clock, &*budget));
  }
  workers.reserve(count);
  make_wallet();
  make_house(opening_);
  if (auto failure = watch_revocations()) return failure;
  // Before the rules: only then is a port known that the system chose.
  if (auto failure = listen(std::move(passed))) return failure;
  if (auto failure = make_rules_from(settings)) return failure;
  keys_made = rules.keys_made;
  fill_routers();
  for (const auto& reactor : reactors) {
    workers.push_back(std::make_unique<gate::Worker>(*house, *reactor, public_router, rules.rules));
  }
  // From here on a reload may bring other rules.
  const std::uint64_t routes = rules.rules->policy.routes.size();
  start_reactors();
  acceptor->start();
  tell_ready(routes);
  return std::nullopt;
}

/// For those who read the log of a service: one line says where it serves (ux-and-ops.md 1.2).
void RunningGate::Parts::tell_ready(std::uint64_t routes) {
  std::string places;
  for (const io::Endpoint& at : listening) places += (places.empty() ? "" : " ") + at.text();
  const std::string operators = admin ? admin->text() : "off";
  log->write(LogLevel::info, "ready", "The gate takes calls.",
             {{"listen", places},
              {"admin", operators},
              {"lightning.driver", house->wallet.driver()},
              {"routes", routes}});
}

/// Waits until each reactor goes by the new rules: who is told "reloaded" gets the new prices.
void RunningGate::Parts::adopt_on_every_reactor() {
  struct Shared {
    std::mutex mutex;
    std::condition_variable changed;
    std::size_t left;
  };
  const auto shared = std::make_shared<Shared>();
  shared->left = workers.size();
  for (const auto& worker : workers) {
    gate::Worker& each = *worker;
    each.reactor.post([&each, shared, newest = rules.rules] {
      each.adopt(newest);
      const std::lock_guard lock(shared->mutex);
      --shared->left;
      shared->changed.notify_all();
    });
  }
  std::unique_lock lock(shared->mutex);
  shared->changed.wait_for(lock, kAdoptWait, [&] { return shared->left == 0; });
}

void RunningGate::Parts::allow(const gate::Policy& policy) {
  const gate::Limits& limits = policy.limits;
  open_challenges->allow(limits);
  house->work.allow(policy.work);
  mints_by_client->allow(limits.challenges_per_minute);
  mints_in_all->allow(limits.challenges_per_second_in_all);
  failures_by_client->allow(limits.failed_credentials_per_minute);
}

api::ReloadReport RunningGate::Parts::take_over(const config::Loaded& loaded) {
  api::ReloadReport report;
  report.warnings = loaded.warnings;
  report.changed = config::changed_keys(entries, loaded.entries);
  std::ranges::copy_if(report.changed, std::back_inserter(report.restart), config::needs_restart);
  if (!report.restart.empty()) {
    report.code = "restart_required";
    report.message = "These keys are read at the start only; nothing was taken over.";
    report.cure = "put them back and reload, or restart the gate";
    return report;
  }
  if (const auto failure = make_rules_from(loaded.settings)) {
    report.code = failure->code;
    report.message = failure->message;
    report.cure = failure->cure;
    return report;
  }
  settings = loaded.settings;
  entries = loaded.entries;
  log->set_level(settings.log.level);
  allow(settings.policy);
  adopt_on_every_reactor();
  wallet->take_over(settings);
  return report;
}

void RunningGate::Parts::record(const api::ReloadReport& report) {
  last_reload_done_ = report.done();
  ++(report.done() ? reloads_done_ : reloads_rejected_);
  log_reload(*log, report);
}

/// Each reactor says that it turns; turning() counts those that have since the last question.
void RunningGate::Parts::ask_whether_turning() {
  turning_->store(0);
  for (const auto& reactor : reactors) {
    reactor->post([count = turning_] { count->fetch_add(1); });
  }
}

std::size_t RunningGate::Parts::turning() const { return turning_->load(); }

/// Waits until no task runs on any reactor.
bool RunningGate::Parts::wait_until_idle(Duration longest) {
  struct Shared {
    std::mutex mutex;
    std::condition_variable changed;
    std::size_t busy;
  };
  const auto shared = std::make_shared<Shared>();
  shared->busy = reactors.size();
  for (const auto& reactor : reactors) {
    io::EpollReactor& each = *reactor;
    each.post([&each, shared] {
      each.nursery().when_empty([shared] {
        const std::lock_guard lock(shared->mutex);
        --shared->busy;
        shared->changed.notify_all();
      });
    });
  }
  std::unique_lock lock(shared->mutex);
  return shared->changed.wait_for(lock, longest, [&] { return shared->busy == 0; });
}

void RunningGate::Parts::drain() {
  if (!running_) return;
  // Not destroyed: a reactor may be asking it just now.
  if (desk) desk->close();
  house->draining = true;
  acceptor->stop();
  for (const auto& worker : workers) {
    gate::Worker& each = *worker;
    each.reactor.post([&each] { each.begin_drain(); });
  }
  if (!wait_until_idle(settings.policy.limits.drain_timeout)) {
    cut();
    wait_until_idle(kCutWait);
  }
  stop_reactors();
  books.reset();
}

void RunningGate::Parts::cut() {
  for (const auto& worker : workers) {
    gate::Worker& each = *worker;
    each.reactor.post([&each] { each.cut(); });
  }
}

void RunningGate::Parts::stop_reactors() {
  if (acceptor) acceptor->stop();
  for (const auto& reactor : reactors) reactor->stop();
  for (std::thread& thread : threads) thread.join();
  threads.clear();
  for (const auto& reactor : reactors) reactor->nursery().abandon();
  if (wallet) wallet->close();
  running_ = false;
}

RunningGate::RunningGate(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
RunningGate::~RunningGate() = default;

Result<std::unique_ptr<RunningGate>, GateFailure> RunningGate::start(
    const config::Settings& settings) {
  auto parts = std::make_unique<Parts>(settings);
  if (auto failure = parts->start({})) return refuse(*std::move(failure));
  return std::unique_ptr<RunningGate>(new RunningGate(std::move(parts)));
}

Result<std::unique_ptr<RunningGate>, GateFailure> RunningGate::start(const config::Loaded& loaded,
                                                                     io::PassedSockets passed,
                                                                     LoadAgain load_again) {
  auto parts = std::make_unique<Parts>(loaded.settings);
  Parts& gate = *parts;
  gate.entries = loaded.entries;
  gate.desk = std::make_unique<ReloadDesk>([&gate, load = std::move(load_again)] {
    const auto again = load();
    api::ReloadReport report;
    if (again) {
      report = gate.take_over(*again);
    } else {
      report.code = "config_rejected";
      report.message = "The configuration has faults; nothing was taken over.";
      report.cure = "correct them and reload; tollhouse check shows them too";
      report.faults = again.error().faults;
      report.warnings = again.error().warnings;
    }
    gate.record(report);
    return report;
  });
  if (auto failure = gate.start(std::move(passed))) return refuse(*std::move(failure));
  return std::unique_ptr<RunningGate>(new RunningGate(std::move(parts)));
}

const std::vector<io::Endpoint>& RunningGate::listening() const { return parts_->listening; }
const std::optional<io::Endpoint>& RunningGate::admin() const { return parts_->admin; }
const std::vector<std::string>& RunningGate::keys_made() const { return parts_->keys_made; }
bool RunningGate::upstream_answers() const { return parts_->upstream_answers; }
const Secret& RunningGate::receipt_key() const { return parts_->rules.receipt_key; }

void RunningGate::reload(ReloadDesk::Told told) {
  if (parts_->desk) return parts_->desk->ask(std::move(told));
  api::ReloadReport report;
  report.code = "nothing_to_reload";
  report.message = "This gate has no configuration to read again.";
  told(report);
}

bool RunningGate::all_turning() {
  const bool all = parts_->turning() == parts_->reactors.size();
  parts_->ask_whether_turning();
  return all;
}

std::optional<GateFailure> RunningGate::failed() const {
  if (auto failure = parts_->wallet->failed()) return failure;
  if (!parts_->holds->poisoned()) return std::nullopt;
  return GateFailure{Exit::disk_error, "disk_error", "the books cannot be written any more",
                     "look at the disk, then start again"};
}

void RunningGate::drain() { parts_->drain(); }
void RunningGate::cut() { parts_->cut(); }

}  // namespace tollhouse::cli
