// sim: one process of the gate: everything `serve` builds around a worker, over simulated ports.
// Dies as by SIGKILL: frames are abandoned where they stand, memory is gone, the store's disk
// stays.
#pragma once
#include <memory>
#include <optional>

#include "gate/worker.h"
#include "lightning/simulated.h"
#include "sim/network.h"
#include "store/memory_store.h"

namespace tollhouse::sim {

/// The store as one process sees it: what a dying process asks is never heard.
class ProcessStore final : public ledger::Store {
 public:
  ProcessStore(store::MemoryStore& disk, const SimReactor& reactor)
      : disk_(disk), reactor_(reactor) {}
  void apply(ledger::Operation operation, ledger::AnswerTo answer) override {
    if (!reactor_.dying) disk_.apply(std::move(operation), std::move(answer));
  }
  Result<ledger::Opening, ledger::Fault> load(
      const std::function<void(const ledger::SpentRow&)>& each) override {
    return disk_.load(each);
  }
  ledger::Health health() const override { return disk_.health(); }

 private:
  store::MemoryStore& disk_;
  const SimReactor& reactor_;
};

class ProcessWallet final : public lightning::Wallet {
 public:
  ProcessWallet(lightning::Wallet& outside, const SimReactor& reactor)
      : outside_(outside), reactor_(reactor) {}
  std::string_view driver() const override { return outside_.driver(); }
  bolt::Network network() const override { return outside_.network(); }
  bool unpaid_preimage_public() const override { return outside_.unpaid_preimage_public(); }
  void mint(const lightning::MintRequest& request, Minted answer) override {
    if (!reactor_.dying) outside_.mint(request, std::move(answer));
  }
  void look_up(const PaymentHash& hash, LookedUp answer) override {
    if (!reactor_.dying) outside_.look_up(hash, std::move(answer));
  }

 private:
  lightning::Wallet& outside_;
  const SimReactor& reactor_;
};

/// What outlives a process.
struct Machine {
  const SimClock& clock;
  Network& network;
  store::MemoryStore& disk;
  lightning::Wallet& wallet;
  const gate::Policy& policy;
  const l402::RootKeys& keys;
  const crypto::Secp256k1& curve;
  const gate::ReceiptSettings& receipts;
  const io::Endpoint& upstream;
};

class GateProcess {
 public:
  GateProcess(const Machine& machine, std::uint64_t seed, std::uint64_t start_number);
  ~GateProcess();

  void accept(std::shared_ptr<Line> line);
  SimReactor& reactor() { return reactor_; }
  const ledger::HoldTable& holds() const { return holds_; }
  ledger::ClockGuard& lives() { return lives_; }
  /// Holds that only the sweeper ended.
  std::size_t lapsed() const { return lapsed_; }
  /// Tasks apart from the housekeeping.
  std::size_t calls_and_connections() { return reactor_.nursery().running() - 1; }
  void drain() { worker_->begin_drain(); }

 private:
  io::Task<> keep_house();

  const Machine machine_;
  SimReactor reactor_;
  Dice random_;
  SilentLog log_;
  ProcessStore store_;
  ProcessWallet wallet_;
  ledger::HoldTable holds_;
  ledger::Opening opening_;
  ledger::ClockGuard lives_;
  gate::OpenChallenges open_challenges_;
  gate::RateTable mints_by_client_;
  gate::RateTable mints_in_all_;
  gate::RateTable failures_by_client_;
  gate::Metrics metrics_;
  std::unique_ptr<gate::House> house_;
  gate::Router router_;
  std::unique_ptr<gate::Worker> worker_;
  std::size_t lapsed_ = 0;
};

}  // namespace tollhouse::sim
