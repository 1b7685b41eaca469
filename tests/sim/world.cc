// sim: time, processes and trouble.
#include "sim/world.h"

#include "base/hex.h"
#include "ledger/receipt_check.h"

namespace tollhouse::sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::uint64_t kEventsMax = 400'000;
constexpr std::string_view kPointNames[] = {"K0",  "K1", "K2", "K3", "K4", "K5a",
                                            "K5b", "K6", "K7", "K8", "K9"};
World* running_world = nullptr;

struct Priced {
  std::string_view name;
  std::uint64_t msat;
  std::uint32_t uses;
  gate::ChargeOn charge_on;
  bool bind_body;
  bool work = false;
};
/// Prices that stay different in whole satoshi: a wallet that hands out an older invoice sells for
/// another tool what nobody can tell apart.
constexpr Priced kPriced[] = {
    {"free", 0, 1, gate::ChargeOn::success, false},
    {"single", 5000, 1, gate::ChargeOn::success, false},
    {"counted", 10'001, 3, gate::ChargeOn::success, false},
    {"pass", 20'000, 0, gate::ChargeOn::success, false},
    {"attempt", 8000, 1, gate::ChargeOn::attempt, false},
    {"bound", 3000, 1, gate::ChargeOn::success, true},
    {"newer", 4000, 1, gate::ChargeOn::success, false},  // by x402 alone
    {"either", 6001, 1, gate::ChargeOn::success, false, true},
    {"both", 9000, 1, gate::ChargeOn::success, false, true},
    {"work", 0, 1, gate::ChargeOn::success, false, true},
    {"charge", 1500, 1, gate::ChargeOn::success, false},  // by the Payment scheme alone
};
constexpr std::uint8_t kBits = 4;

void choose_rails(gate::Policy& policy, Dice& dice) {
  gate::X402Settings& x402 = policy.x402;
  x402.lnbtc = !dice.one_in(4);
  x402.bip122 = !x402.lnbtc || !dice.one_in(6);
  x402.max_timeout = seconds(dice.between(10, 60));
  x402.require_preimage = dice.one_in(5);
  x402.receiver_exclusive = dice.one_in(3);
  policy.mpp.enabled = !dice.one_in(3);
  gate::WorkSettings& work = policy.work;
  work.bits = work.bits_min = kBits;
  work.ttl = seconds(dice.between(5, 60));
  work.challenges_per_minute = 100'000;
  work.per_minute = dice.one_in(6) ? 3 : 100'000;
  work.per_day = 100'000;
}

gate::Policy policy_of(std::uint64_t seed) {
  Dice dice(seed, "policy");
  gate::Route route;
  route.path = "/mcp";
  route.unknown_tools = gate::UnknownTools::deny;
  route.receipt_in_meta = dice.one_in(2);
  route.upstream.host = "10.9.9.9";
  route.upstream.authority = "10.9.9.9";
  route.upstream.path = "/up";
  route.upstream.connect_timeout = seconds(1);
  route.upstream.first_byte_timeout = seconds(5);
  route.upstream.between_bytes_timeout = seconds(5);
  for (const Priced& priced : kPriced) {
    gate::ToolRow row;
    row.name = std::string(priced.name);
    row.id = "tool-" + row.name;
    row.terms.price = *Msat::of(priced.msat);
    row.terms.uses = priced.uses;
    row.terms.charge_on = priced.charge_on;
    row.terms.bind_body = priced.bind_body;
    row.terms.valid_for = seconds(dice.between(15, 90));
    if (row.name == "newer") row.terms.rails = {.l402 = false, .mpp = false};
    if (priced.work) row.terms.work = gate::WorkTerms{kBits, false, row.name == "both"};
    route.rows.push_back(row);
  }
  gate::Policy policy;
  policy.routes.push_back(route);
  policy.limits.settle_buffer_bytes = 4096;
  policy.limits.call_age_max = seconds(15);
  if (dice.one_in(3)) policy.limits.kept_result_bytes_max = 0;
  policy.limits.failed_credentials_per_minute = 100'000;
  policy.limits.challenges_per_minute = 1000;
  choose_rails(policy, dice);
  // Where the scheme is off its tool is sold by L402.
  if (policy.mpp.enabled) {
    for (gate::ToolRow& row : policy.routes.front().rows) {
      if (row.name == "charge") row.terms.rails = {.l402 = false, .x402 = false};
    }
  }
  return policy;
}

l402::RootKeys keys_of() {
  l402::RootKeys keys;
  const std::array<std::uint8_t, 32> master{1, 2, 3};
  keys.add(1, master);
  return keys;
}

receipt::Key receipt_key() { return receipt::Key(bytes_of("receipts of a simulated world 32")); }

/// A receipt that was found good once is good, as long as its row says the same.
ledger::ReceiptCheck receipt_check() {
  auto good = std::make_shared<std::set<std::string>>();
  return [good, check = ledger::receipt_check({receipt_key()})](const ledger::Charge& charge) {
    const std::string row =
        fmt::format("{} {} {} {} {} {} {}", charge.receipt, charge.receipt_id, to_text(charge.id),
                    int(charge.status), charge.gross.count(), charge.fee.count(),
                    charge.payment_hash ? hex(charge.payment_hash->view()) : "");
    if (good->contains(row)) return std::optional<std::string>();
    auto fault = check(charge);
    if (!fault) good->insert(row);
    return fault;
  };
}

Secret wallet_seed(std::uint64_t seed) {
  Bytes bytes(32);
  Dice(seed, "wallet").fill(bytes);
  return Secret(std::move(bytes));
}

}  // namespace

World::World(std::uint64_t seed, bool print)
    : seed_(seed),
      trace_(clock_, print),
      scheduler_(clock_),
      faults_(Faults::of(seed)),
      dice_(seed, "world"),
      schedule_(seed, "schedule"),
      store_dice_(seed, "store"),
      kill_dice_(seed, "kills"),
      network_(seed, scheduler_, trace_, *this),
      policy_(policy_of(seed)),
      keys_(keys_of()),
      curve_(dice_),
      receipts_{receipt_key(), "http://localhost", {}},
      receipt_check_(receipt_check()),
      upstream_at_(io::Endpoint::ipv4({10, 9, 9, 9}, 80)),
      wallet_(wallet_seed(seed), clock_, dice_,
              [this](Duration delay, std::move_only_function<void()> work) {
                scheduler_.after(delay, std::move(work));
              }),
      doubtful_(wallet_, clock_, trace_, seed, Dice(seed, "wallet kind").one_in(4),
                [this](std::string what) { violated(std::move(what)); }),
      upstream_(seed, scheduler_, trace_) {
  for (gate::Route& route : policy_.routes) route.index_rows();
  network_.faults = upstream_.faults = doubtful_.faults = faults_;
  if (faults_.coarse_clock)
    clock_.set_grain(dice_.one_in(2) ? Duration(seconds(1)) : milliseconds(100));
  report_.seed = seed;
  report_.faults = faults_.text();
  trace_.say("seed {} faults: {}", seed, report_.faults);
  running_world = this;
  hook_crash_points(&World::crash_hook);
  start_gate();
  const std::uint64_t count = dice_.between(1, 6);
  for (std::uint64_t i = 0; i < count; ++i) {
    CallerSettings settings;
    settings.number = i;
    const bool neighbour = i > 0 && dice_.one_in(3);
    settings.address =
        io::Endpoint::ipv4({127, 0, 0, static_cast<std::uint8_t>(neighbour ? 1 : 1 + i)}, 5000);
    settings.actions = static_cast<int>(dice_.between(5, 16));
    settings.stubborn = dice_.one_in(4);
    if (settings.stubborn) settings.actions += 8;
    callers_.push_back(
        std::make_unique<Caller>(settings, seed, *this, scheduler_, trace_, records_, clock_));
    callers_.back()->faults = faults_;
    callers_.back()->begin();
  }
  plan_trouble();
}

World::~World() {
  gate_.reset();
  hook_crash_points(nullptr);
  running_world = nullptr;
}

// ---- time
// ----------------------------------------------------------------------------------------

/// The next thing that happens anywhere.
void World::step() {
  ++report_.events;
  schedule_store();
  const bool gate_can = gate_ && gate_->reactor().has_work();
  const bool event_due = scheduler_.next() <= clock_.tick();
  if (gate_can && (!event_due || schedule_.percent(60))) {
    gate_step();
    return after_event();
  }
  const std::optional<Tick> wakes = gate_ ? gate_->reactor().wakes_at() : std::nullopt;
  if (!event_due && wakes && *wakes <= scheduler_.next()) {
    clock_.advance_to(*wakes);
    gate_->reactor().wake();
    return after_event();
  }
  if (scheduler_.empty()) return;
  clock_.advance_to(scheduler_.next());
  if (gate_ && wakes && *wakes <= clock_.tick()) gate_->reactor().wake();
  scheduler_.run_next();
  after_event();
}

void World::gate_step() {
  clock_.advance_to(clock_.tick() +
                    schedule_.duration(Duration(500), std::chrono::microseconds(60)));
  gate_->reactor().step(schedule_);
  if (finale_ || kills_left_ == 0 || !gate_) return;
  if (--steps_to_kill_ == 0) kill_pending_ = true;
}

void World::run_until(const std::function<bool()>& enough, Duration longest) {
  const Tick end = clock_.tick() + longest;
  while (report_.violation.empty() && !enough() && clock_.tick() < end) {
    step();
    if (report_.events > kEventsMax) violated("events_without_end");
  }
}

void World::run_for(Duration time) {
  bool over = false;
  scheduler_.after(time, [&over] { over = true; });
  run_until([&over] { return over; }, time + seconds(1));
}

void World::schedule_store() {
  if (store_scheduled_ || disk_.waiting() == 0) return;
  store_scheduled_ = true;
  Duration wait = store_dice_.duration(std::chrono::microseconds(20), milliseconds(4));
  if (faults_.store && !finale_ && store_dice_.one_in(10)) {
    wait = store_dice_.duration(Duration{}, seconds(3));
    // Longer than the gate waits: the outcome of the write is unknown to the call.
    if (store_dice_.one_in(8)) wait = store_dice_.duration(seconds(25), seconds(110));
  }
  scheduler_.after(wait, [this] {
    store_scheduled_ = false;
    if (disk_.step()) books_changed_ = true;
  });
}

void World::plan_trouble() {
  if (faults_.kills) kills_left_ = static_cast<int>(dice_.between(1, 4));
  steps_to_kill_ = kill_dice_.between(20, 900);
  points_to_kill_ = kill_dice_.between(1, 40);
  scheduler_.after(seconds(1), [this] { trouble(); });
}

/// Now and then something changes for the worse, or the better.
void World::trouble() {
  if (finale_) return;
  using lightning::SimulatedFault;
  if (faults_.wallet && dice_.one_in(3)) {
    static constexpr SimulatedFault kAll[] = {SimulatedFault::none, SimulatedFault::none,
                                              SimulatedFault::down, SimulatedFault::slow,
                                              SimulatedFault::lie,  SimulatedFault::pending};
    wallet_.set_fault(dice_.pick(kAll));
  }
  if (faults_.clock && dice_.one_in(8)) {
    static constexpr Duration kSteps[] = {milliseconds(700), seconds(1), seconds(5), seconds(30),
                                          std::chrono::hours(1)};
    const Duration by = dice_.pick(kSteps);
    const bool back = dice_.one_in(2);
    trace_.say("wall clock steps {} by {} ms", back ? "back" : "forward",
               std::chrono::duration_cast<milliseconds>(by).count());
    clock_.step_wall(back ? -by : by);
  }
  if (faults_.store && store_dice_.one_in(4)) {
    const auto fault = store_dice_.one_in(4) ? ledger::Fault::io_error : ledger::Fault::disk_full;
    const std::size_t nth = store_dice_.below(3);
    trace_.say("store will fail: {}", row_of(fault).token);
    store_faulted_ = true;
    disk_.fail_sync(fault, nth);
  }
  scheduler_.after(dice_.duration(milliseconds(300), seconds(3)), [this] { trouble(); });
}

// ---- processes
// -----------------------------------------------------------------------------------

void World::start_gate() {
  trace_.say("gate starts");
  doubtful_.gate_starts();
  const Machine machine{clock_, network_, disk_,     doubtful_,   policy_,
                        keys_,  curve_,   receipts_, upstream_at_};
  gate_ = std::make_unique<GateProcess>(machine, seed_, ++starts_);
}

void World::kill_gate(bool power) {
  ++report_.kills;
  report_.power_cuts += power;
  kill_pending_ = false;
  const bool survives = !power && kill_dice_.one_in(2);
  trace_.say("gate dies{}{}", power ? ", power cut" : "", survives ? ", unsynced stays" : "");
  if (power) network_.power_cut();
  gate_.reset();
  disk_.crash(survives);
  books_changed_ = true;
  if (kills_left_ > 0) --kills_left_;
  steps_to_kill_ = kill_dice_.between(20, 900);
  points_to_kill_ = kill_dice_.between(1, 40);
  const Duration pause =
      finale_ ? Duration(milliseconds(1)) : kill_dice_.duration(milliseconds(10), seconds(4));
  scheduler_.after(pause, [this] { start_gate(); });
}

void World::crash_hook(CrashPoint point) {
  if (running_world != nullptr) running_world->crash_point_reached(point);
}

void World::crash_point_reached(CrashPoint point) {
  if (!gate_ || gate_->reactor().dying || finale_ || kills_left_ == 0) return;
  if (--points_to_kill_ != 0) return;
  trace_.say("killed at {}", kPointNames[static_cast<std::size_t>(point)]);
  ++report_.kills_at[static_cast<std::size_t>(point)];
  gate_->reactor().dying = true;
  kill_pending_ = true;
}

void World::upstream_dialled(std::shared_ptr<Line> line) { upstream_.dialled(std::move(line)); }

std::shared_ptr<Line> World::dial_gate(const io::Endpoint& caller, Peer& peer) {
  auto line = network_.dial(caller, peer);
  scheduler_.after(network_.delay(), [this, line] {
    if (gate_) return gate_->accept(line);
    network_.refuse_dial(line);
  });
  return line;
}

// ---- the run
// -------------------------------------------------------------------------------------

void World::after_event() {
  if (kill_pending_) kill_gate(faults_.power && kill_dice_.one_in(2));
  // What is poisoned stays so until somebody looks and starts again.
  if (gate_ && gate_->holds().poisoned() && schedule_.one_in(40)) kill_gate(false);
  if (std::exchange(books_changed_, false)) check_books();
}

Report World::run() {
  const auto all_rest = [this] {
    return std::ranges::all_of(callers_, [](const auto& caller) { return caller->resting(); });
  };
  run_until(all_rest, seconds(240));
  if (report_.violation.empty()) finale();
  report_.last_lines = trace_.last_lines();
  report_.trace_hash = trace_.hash();
  disk_.books().each_charge([this](const ledger::Charge&) { ++report_.charges; });
  return report_;
}

Report run_world(std::uint64_t seed, bool print) {
  World world(seed, print);
  return world.run();
}

}  // namespace tollhouse::sim
