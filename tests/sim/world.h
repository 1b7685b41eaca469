// sim: one whole world in one thread: a machine with its gate, callers, an upstream, a wallet, and
// what goes wrong. Runs to its end or to the first broken promise.
#pragma once
#include <memory>
#include <string>

#include "base/switches.h"
#include "sim/caller.h"
#include "sim/process.h"
#include "sim/upstream.h"

namespace tollhouse::sim {

struct Report {
  std::uint64_t seed = 0;
  std::string violation;  ///< empty: all promises were kept
  std::string faults;
  std::string last_lines;
  std::uint64_t trace_hash = 0;
  std::uint64_t events = 0;
  std::uint64_t paid_answers = 0;
  std::uint64_t worked_answers = 0;
  std::array<std::uint64_t, kRails> answers_by{};  ///< paid ones, by Rail
  std::uint64_t redeliveries = 0;
  std::uint64_t kills = 0;
  std::uint64_t charges = 0;
  std::array<std::uint64_t, 11> kills_at{};  ///< by CrashPoint; K10 is `power_cuts`
  std::uint64_t power_cuts = 0;
};

class World final : public Town, public CallerWorld {
 public:
  World(std::uint64_t seed, bool print);
  ~World();
  Report run();

  void upstream_dialled(std::shared_ptr<Line> line) override;
  void gate_writes(const Line& line, std::string_view bytes) override;
  std::shared_ptr<Line> dial_gate(const io::Endpoint& caller, Peer& peer) override;
  DoubtfulWallet& wallet() override { return doubtful_; }
  bool takes_echo() const override { return policy_.x402.bip122 && !policy_.x402.require_preimage; }
  void offer_seen(const Credential& offered) override;
  void attempt_done(const Attempt& attempt) override;
  void result_seen(const Attempt& attempt) override;
  void bad_answer(const Attempt& attempt, std::string_view bytes) override;
  Time wall() const override { return clock_.now(); }

 private:
  // Time.
  void step();
  void run_until(const std::function<bool()>& enough, Duration longest);
  void run_for(Duration time);
  void gate_step();
  void schedule_store();
  void plan_trouble();
  void trouble();
  // Processes.
  void start_gate();
  void kill_gate(bool power);
  static void crash_hook(CrashPoint point);
  void crash_point_reached(CrashPoint point);
  // Promises.
  void violated(std::string what);
  void after_event();
  void check_books();
  void check_sent(const std::string& request_id, const Sent& sent, std::uint64_t attempt);
  void check_payment(const std::string& request_id, const Sent& sent, const Attempt* attempt);
  bool may_be_given_back(const Sent& sent, const Attempt& late) const;
  void check_time(const Sent& sent, const Attempt& attempt);
  const Attempt* attempt_of(std::uint64_t number, const Sent& sent) const;
  // Promises of the rails, promises_rails.cc.
  void check_work(const std::string& request_id, const Attempt& attempt);
  void check_word(const Sent& sent, const Attempt& attempt);
  void check_binding(const Sent& sent, const Attempt& attempt);
  void check_charges();
  void check_refusal(const Attempt& attempt);
  void check_mismatch(const Attempt& attempt, const std::string& code);
  void check_replay(const Attempt& attempt);
  void check_called_spent(const Attempt& attempt);
  void check_charge(const Attempt& attempt, const ledger::Charge& charge);
  void check_payment_receipt(const Attempt& attempt);
  void check_receipt_left_out(const Attempt& attempt);
  std::optional<Rail> rail_to_claim(const Caller& caller, const Credential& credential);
  bool usable(const Credential& credential, Rail rail, Time now) const;
  bool redelivery_stands(const ledger::Charge& charge, const Sent& sent) const;
  std::vector<ledger::Charge> charges_of(const PaymentHash& hash) const;
  void finale();
  void claim_all();
  void claim(Caller& caller, std::size_t number);
  void judge_claim(const Credential& credential, const Attempt& attempt, bool owed);
  bool owed(const Credential& credential, Rail rail);

  const std::uint64_t seed_;
  SimClock clock_;
  Trace trace_;
  Scheduler scheduler_;
  Faults faults_;
  Dice dice_;
  Dice schedule_;
  Dice store_dice_;
  Dice kill_dice_;
  Records records_;
  Network network_;
  gate::Policy policy_;
  l402::RootKeys keys_;
  crypto::Secp256k1 curve_;
  gate::ReceiptSettings receipts_;
  ledger::ReceiptCheck receipt_check_;
  io::Endpoint upstream_at_;
  store::MemoryStore disk_;
  lightning::SimulatedWallet wallet_;
  DoubtfulWallet doubtful_;
  Upstream upstream_;
  std::vector<std::unique_ptr<Caller>> callers_;
  std::unique_ptr<GateProcess> gate_;
  std::uint64_t starts_ = 0;
  bool store_scheduled_ = false;
  bool store_faulted_ = false;
  bool kill_pending_ = false;
  bool finale_ = false;
  bool books_changed_ = false;
  std::uint64_t steps_to_kill_ = 0;
  std::uint64_t points_to_kill_ = 0;
  int kills_left_ = 0;
  Report report_;
};

Report run_world(std::uint64_t seed, bool print = false);

}  // namespace tollhouse::sim
