// cli: starting and stopping a gate.
#include "cli/running_gate.h"

#include <algorithm>
#include <condition_variable>
#include <ranges>
#include <thread>

#include "api/handlers.h"
#include "base/format.h"
#include "cli/version.h"
#include "config/secrets.h"
#include "gate/worker.h"
#include "io/acceptor.h"
#include "io/epoll_reactor.h"
#include "io/log_sink.h"
#include "io/resolver.h"
#include "io/signals.h"
#include "store/revocations.h"
#include "store/sqlite_store.h"

namespace tollhouse::cli {
namespace {

constexpr Duration kClockKept = std::chrono::seconds(1);
constexpr Duration kSwept = std::chrono::seconds(10);
constexpr Duration kHouseLook = std::chrono::milliseconds(100);
constexpr Duration kResolveWait = std::chrono::seconds(5);
/// After the drain's time, what was cut gets this long to settle.
constexpr Duration kCutWait = std::chrono::seconds(5);

io::LogSettings log_settings(const config::LogSettings& settings) {
  io::LogSettings made;
  switch (settings.format) {
    case config::LogFormat::json:
      made.format = io::LogFormat::json;
      break;
    case config::LogFormat::text:
      made.format = io::LogFormat::text;
      break;
    default:
      made.format = io::LogFormat::automatic;
  }
  made.level = settings.level;
  return made;
}

GateFailure books_failure(ledger::Fault fault, const std::filesystem::path& folder) {
  GateFailure failure;
  failure.code = row_of(fault).token;
  failure.message = fmt::format("{}: {}", folder.string(), row_of(fault).said_to_operator);
  if (fault == ledger::Fault::damaged) failure.exit = Exit::books_damaged;
  if (fault == ledger::Fault::io_error) failure.exit = Exit::disk_error;
  if (fault == ledger::Fault::locked) failure.cure = "stop the other gate, or set another data_dir";
  if (fault == ledger::Fault::newer_schema) failure.cure = "run the newer version of tollhouse";
  if (fault == ledger::Fault::unsafe_mode) {
    failure.cure = fmt::format("chmod 700 {0} && chmod 600 {0}/*", folder.string());
  }
  return failure;
}

std::string_view to_text(io::ListenFault fault) {
  switch (fault) {
    case io::ListenFault::in_use:
      return "the address is in use";
    case io::ListenFault::not_permitted:
      return "not permitted";
    case io::ListenFault::not_local:
      return "not an address of this machine";
    case io::ListenFault::no_descriptors:
      break;
  }
  return "no descriptors left";
}

std::vector<std::string> tool_names(const gate::Policy& policy) {
  std::vector<std::string> names;
  for (const gate::Route& route : policy.routes) {
    for (const gate::ToolRow& row : route.rows) {
      if (std::find(names.begin(), names.end(), row.name) == names.end()) names.push_back(row.name);
    }
  }
  return names;
}

/// Addresses of an upstream, waited for: names are few and this is the start.
std::vector<io::Endpoint> resolve(io::Resolver& resolver, const gate::Upstream& upstream) {
  struct Shared {
    std::mutex mutex;
    std::condition_variable changed;
    std::optional<std::vector<io::Endpoint>> found;
  };
  const auto shared = std::make_shared<Shared>();
  resolver.resolve(upstream.host, upstream.port, [shared](io::Resolved resolved) {
    const std::lock_guard lock(shared->mutex);
    shared->found = resolved ? *std::move(resolved) : std::vector<io::Endpoint>{};
    shared->changed.notify_all();
  });
  std::unique_lock lock(shared->mutex);
  shared->changed.wait_for(lock, kResolveWait, [&] { return shared->found.has_value(); });
  return shared->found.value_or(std::vector<io::Endpoint>{});
}

io::Task<> run_later(io::Reactor& reactor, Tick at, std::move_only_function<void()> work) {
  co_await reactor.sleep_until(at);
  work();
}

}  // namespace

/// Everything of one process, in the order in which it is built; destroyed the other way round.
class RunningGate::Parts final : public io::ConnectionHandler {
 public:
  explicit Parts(const config::Settings& given)
      : settings(given), log(io::make_log(log_settings(given.log), clock)), curve(random) {}
  ~Parts() { stop_reactors(); }

  std::optional<GateFailure> start();
  void drain();
  void cut();
  void connected(io::Reactor& reactor, std::unique_ptr<io::Stream> stream) override {
    workers[reactor.index()]->accept(std::move(stream), public_router);
  }

  struct AdminHandler final : io::ConnectionHandler {
    explicit AdminHandler(Parts& owner) : parts(owner) {}
    void connected(io::Reactor& reactor, std::unique_ptr<io::Stream> stream) override {
      parts.workers[reactor.index()]->accept(std::move(stream), parts.admin_router);
    }
    Parts& parts;
  };

  config::Settings settings;
  SystemClock clock;
  SystemRandom random;
  std::unique_ptr<io::LogSink> log;
  crypto::Secp256k1 curve;
  l402::RootKeys keys;
  Secret receipt_secret;
  std::optional<gate::ReceiptSettings> receipts;
  std::vector<std::string> keys_made;
  std::unique_ptr<store::SqliteStore> books;
  std::optional<ledger::HoldTable> holds;
  std::optional<ledger::ClockGuard> lives;
  std::unique_ptr<lightning::SimulatedWallet> wallet;
  std::optional<gate::OpenChallenges> open_challenges;
  std::optional<gate::RateTable> mints_by_client;
  std::optional<gate::RateTable> mints_in_all;
  std::optional<gate::RateTable> failures_by_client;
  std::optional<gate::Metrics> metrics;
  std::optional<gate::House> house;
  std::unique_ptr<store::RevocationWatch> revocations;
  gate::Router public_router;
  gate::Router admin_router;
  AdminHandler admin_handler{*this};
  std::vector<io::Endpoint> upstreams;
  bool upstream_answers = true;
  std::optional<io::DescriptorBudget> budget;
  std::optional<io::ConnectionCensus> census;
  std::vector<std::unique_ptr<io::EpollReactor>> reactors;
  std::vector<std::unique_ptr<gate::Worker>> workers;
  std::vector<std::thread> threads;
  std::unique_ptr<io::Acceptor> acceptor;
  std::vector<io::Endpoint> listening;
  std::optional<io::Endpoint> admin;

 private:
  std::optional<GateFailure> open_books();
  std::optional<GateFailure> make_keys();
  void make_wallet();
  void make_house(const ledger::Opening& opening);
  void fill_routers();
  std::optional<GateFailure> watch_revocations();
  std::optional<GateFailure> find_upstreams();
  std::optional<GateFailure> listen();
  void start_reactors();
  void stop_reactors();
  gate::ProcessGauges gauges() const;
  io::Task<> keep_house();
  void keep_clock();
  void sweep(Tick tick);
  void probe_wallet();
  bool wait_until_idle(Duration longest);

  ledger::Opening opening_;
  std::atomic<bool> running_{false};
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
  auto loaded = books->load([this](const ledger::SpentRow& row) { holds->restore(row); });
  if (!loaded) return books_failure(loaded.error(), settings.data_dir);
  opening_ = *loaded;
  holds->purged_before(opening_.purged_before);
  lives.emplace(opening_.highest_clock);
  return std::nullopt;
}

std::optional<GateFailure> RunningGate::Parts::make_keys() {
  if (settings.root_keys.empty()) {
    auto made = config::ensure_root_key(settings.data_dir, random);
    if (!made) return GateFailure{Exit::cannot_start, "root_key", made.error(), {}};
    if (made->made) keys_made.push_back(made->path.string());
    settings.root_keys.push_back(config::root_key_from(made->secret));
    const auto previous = config::previous_root_key(made->path);
    if (!previous) return GateFailure{Exit::cannot_start, "root_key", previous.error(), {}};
    if (*previous) settings.root_keys.push_back(config::root_key_from(**previous));
  }
  // The newest stands first in the settings and last in the ring.
  for (const auto& key : settings.root_keys | std::views::reverse) {
    keys.add(key.number, key.secret);
  }
  receipt_secret = settings.receipts.hmac_key;
  if (receipt_secret.empty()) {
    auto made = config::ensure_receipt_key(settings.data_dir, random);
    if (!made) return GateFailure{Exit::cannot_start, "receipt_key", made.error(), {}};
    if (made->made) keys_made.push_back(made->path.string());
    receipt_secret = made->secret;
  }
  return std::nullopt;
}

void RunningGate::Parts::make_wallet() {
  Secret seed = settings.lightning.seed;
  if (seed.empty()) {
    Bytes fresh(32);
    random.fill(fresh);
    seed = Secret(std::move(fresh));
  }
  const lightning::After after = [this](Duration delay, std::move_only_function<void()> work) {
    io::EpollReactor& reactor = *reactors.front();
    reactor.post([&reactor, delay, work = std::move(work)]() mutable {
      const Tick at = reactor.clock().tick() + delay;
      reactor.nursery().start(run_later(reactor, at, std::move(work)));
    });
  };
  wallet = std::make_unique<lightning::SimulatedWallet>(seed, clock, random, after);
}

void RunningGate::Parts::make_house(const ledger::Opening& opening) {
  const gate::Limits& limits = settings.policy.limits;
  const std::string issuer = settings.policy.public_origin;
  receipt::FeeTerms fees{settings.fees.basis_points, settings.fees.minimum};
  const std::string_view key_id = settings.receipts.key_id.empty()
                                      ? receipt::kDefaultKeyId
                                      : std::string_view(settings.receipts.key_id);
  receipts.emplace(
      gate::ReceiptSettings{receipt::Key(receipt_secret.reveal(), key_id), issuer, fees});
  open_challenges.emplace(limits);
  mints_by_client.emplace(limits.challenges_per_minute, std::chrono::minutes(1));
  mints_in_all.emplace(limits.challenges_per_second_in_all, std::chrono::seconds(1));
  failures_by_client.emplace(limits.failed_credentials_per_minute, std::chrono::minutes(1));
  metrics.emplace(workers.capacity(), tool_names(settings.policy));
  house.emplace(settings.policy, clock, random, *log, keys, curve, *receipts, *holds, *books,
                *lives, *wallet, *open_challenges, *mints_by_client, *mints_in_all,
                *failures_by_client, *metrics);
  house->epoch = opening.epoch;
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
  public_router.add("/healthz", api::health_handler());
  public_router.add("/readyz", api::readiness_handler(*house));
  public_router.add("/api/receipts/", api::receipts_handler(*house));
  public_router.add("/v1/verify", api::verify_handler(*house));
  api::add_simulated_wallet(public_router, *wallet);
  admin_router.add("/healthz", api::health_handler());
  admin_router.add("/readyz", api::readiness_handler(*house));
  admin_router.add("/metrics", api::metrics_handler(*house, [this] { return gauges(); }));
}

gate::ProcessGauges RunningGate::Parts::gauges() const {
  gate::ProcessGauges made;
  made.version = version();
  made.compiler = __VERSION__;
  made.holds_open = holds->holds_open();
  made.hold_entries = holds->size();
  made.wallet_driver = wallet->driver();
  made.wallet_up = house->wallet_up.load(std::memory_order_relaxed);
  made.store_up = books->health() == ledger::Health::good;
  made.challenges_open = open_challenges->size();
  made.log_lines_dropped = log->dropped();
  return made;
}

std::optional<GateFailure> RunningGate::Parts::find_upstreams() {
  io::ThreadResolver resolver(clock);
  for (const gate::Route& route : settings.policy.routes) {
    const auto found = resolve(resolver, route.upstream);
    if (found.empty()) {
      return GateFailure{Exit::unreachable, "upstream_unknown",
                         fmt::format("no address for the upstream host {}", route.upstream.host),
                         "correct routes[].upstream, or the machine's name service"};
    }
    upstreams.push_back(found.front());
  }
  return std::nullopt;
}

std::optional<GateFailure> RunningGate::Parts::listen() {
  std::vector<io::EpollReactor*> targets;
  targets.reserve(reactors.size());
  for (const auto& reactor : reactors) targets.push_back(reactor.get());
  acceptor = std::make_unique<io::Acceptor>(targets, *census, &*budget);
  const auto bind = [this](const config::Endpoint& wanted,
                           io::ConnectionHandler& handler) -> Result<io::Endpoint, GateFailure> {
    const auto at = io::Endpoint::parse_address(wanted.host, wanted.port);
    if (!at) return refuse(GateFailure{Exit::cannot_start, "listen", wanted.text(), {}});
    auto bound = acceptor->listen(*at, handler);
    if (bound) return *bound;
    return refuse(
        GateFailure{Exit::cannot_start, "listen",
                    fmt::format("cannot listen on {}: {}", wanted.text(), to_text(bound.error())),
                    "choose another address, or stop what listens there"});
  };
  for (const config::Endpoint& wanted : settings.listen) {
    auto bound = bind(wanted, *this);
    if (!bound) return bound.error();
    listening.push_back(*bound);
  }
  if (settings.admin) {
    auto bound = bind(*settings.admin, admin_handler);
    if (!bound) return bound.error();
    admin = *bound;
  }
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
  if (!house->wallet_up) probe_wallet();
}

void RunningGate::Parts::sweep(Tick tick) {
  const Time now = lives->now(clock.now());
  holds->sweep(now, tick);
  books->apply(ledger::Sweep{now}, [this](ledger::Answer answer) {
    if (!answer) return;
    if (const auto* swept = std::get_if<ledger::Swept>(&*answer)) {
      holds->purged_before(swept->purged_before);
    }
  });
}

void RunningGate::Parts::probe_wallet() {
  wallet->look_up(PaymentHash{}, [this](Result<lightning::Payment, lightning::WalletFault> found) {
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

std::optional<GateFailure> RunningGate::Parts::start() {
  if (auto failure = open_books()) return failure;
  if (auto failure = make_keys()) return failure;
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
  fill_routers();
  if (auto failure = find_upstreams()) return failure;
  for (const auto& reactor : reactors) {
    workers.push_back(std::make_unique<gate::Worker>(*house, *reactor, public_router, upstreams));
  }
  if (auto failure = listen()) return failure;
  // Only now is a port known that the system chose.
  if (settings.policy.public_origin.empty()) receipts->issuer = "http://" + listening[0].text();
  start_reactors();
  acceptor->start();
  return std::nullopt;
}

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
  running_ = false;
}

RunningGate::RunningGate(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
RunningGate::~RunningGate() = default;

Result<std::unique_ptr<RunningGate>, GateFailure> RunningGate::start(
    const config::Settings& settings) {
  auto parts = std::make_unique<Parts>(settings);
  if (auto failure = parts->start()) return refuse(*std::move(failure));
  return std::unique_ptr<RunningGate>(new RunningGate(std::move(parts)));
}

const std::vector<io::Endpoint>& RunningGate::listening() const { return parts_->listening; }
const std::optional<io::Endpoint>& RunningGate::admin() const { return parts_->admin; }
const std::vector<std::string>& RunningGate::keys_made() const { return parts_->keys_made; }
bool RunningGate::upstream_answers() const { return parts_->upstream_answers; }
lightning::SimulatedWallet& RunningGate::wallet() { return *parts_->wallet; }
const Secret& RunningGate::receipt_key() const { return parts_->receipt_secret; }

std::optional<GateFailure> RunningGate::failed() const {
  if (!parts_->holds->poisoned()) return std::nullopt;
  return GateFailure{Exit::disk_error, "disk_error", "the books cannot be written any more",
                     "look at the disk, then start again"};
}

void RunningGate::drain() { parts_->drain(); }
void RunningGate::cut() { parts_->cut(); }

}  // namespace tollhouse::cli
