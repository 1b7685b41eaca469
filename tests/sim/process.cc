// sim: starting and ending a gate.
#include "sim/process.h"

namespace tollhouse::sim {
namespace {

using std::chrono::seconds;

ledger::HoldLimits hold_limits(const gate::Policy& policy) {
  ledger::HoldLimits limits;
  limits.releases_max = static_cast<std::uint8_t>(policy.limits.releases);
  return limits;
}

ledger::Opening fill(ledger::HoldTable& holds, ledger::Store& store) {
  const auto opening = store.load([&](const ledger::SpentRow& row) { holds.restore(row); });
  holds.purged_before(opening->purged_before);
  return *opening;
}

}  // namespace

GateProcess::GateProcess(const Machine& machine, std::uint64_t seed, std::uint64_t start_number)
    : machine_(machine),
      reactor_(machine.network, machine.clock),
      random_(seed + start_number * 1'000'003, "gate"),
      store_(machine.disk, reactor_),
      wallet_(machine.wallet, reactor_),
      holds_(hold_limits(machine.policy)),
      opening_(fill(holds_, store_)),
      lives_(opening_.highest_clock),
      open_challenges_(machine.policy.limits),
      mints_by_client_(machine.policy.limits.challenges_per_minute, seconds(60)),
      mints_in_all_(machine.policy.limits.challenges_per_second_in_all, seconds(1)),
      failures_by_client_(machine.policy.limits.failed_credentials_per_minute, seconds(60)),
      metrics_(1, {}) {
  house_.reset(new gate::House{machine.clock, random_, log_, machine.curve, holds_, store_, lives_,
                               wallet_, open_challenges_, mints_by_client_, mints_in_all_,
                               failures_by_client_, metrics_});
  house_->epoch = opening_.epoch;
  house_->boot = random_.next();
  house_->work.allow(machine.policy.work);
  random_.fill(house_->log_key.bytes);
  const std::vector<io::Endpoint> upstreams(machine.policy.routes.size(), machine.upstream);
  const auto rules = std::make_shared<const gate::Rules>(
      gate::Rules{machine.policy, machine.keys, machine.receipts, upstreams});
  worker_ = std::make_unique<gate::Worker>(*house_, reactor_, router_, rules);
  reactor_.nursery().start(keep_house());
}

GateProcess::~GateProcess() { reactor_.nursery().abandon(); }

void GateProcess::accept(std::shared_ptr<Line> line) {
  reactor_.post([this, stream = machine_.network.accept(reactor_, std::move(line))]() mutable {
    worker_->accept(std::move(stream));
  });
}

/// What the program does beside serving: the clock into the books, and sweeping.
io::Task<> GateProcess::keep_house() {
  int turn = 0;
  while (true) {
    const Tick at = reactor_.clock().tick() + seconds(1);
    co_await reactor_.sleep_until(at);
    const Time now = lives_.now(machine_.clock.now());
    store_.apply(ledger::KeepClock{lives_.highest()}, [](ledger::Answer) {});
    if (++turn % 10 != 0) continue;
    house_->parked.sweep(reactor_.clock().tick(), holds_);
    lapsed_ += holds_.sweep(now, reactor_.clock().tick()).lapsed;
    const auto mailbox = reactor_.mailbox();
    store_.apply(ledger::Sweep{now}, [this, mailbox](ledger::Answer answer) {
      if (!answer) return;
      if (const auto* swept = std::get_if<ledger::Swept>(&*answer)) {
        mailbox->post([this, until = swept->purged_before] { holds_.purged_before(until); });
      }
    });
  }
}

}  // namespace tollhouse::sim
