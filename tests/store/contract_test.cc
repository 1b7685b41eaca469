// store: one contract for every driver.
#include <random>

#include "base/switches.h"
#include "ledger/limits.h"
#include "scene.h"
#include "store/reports.h"

namespace tollhouse::store {
namespace {

using namespace std::chrono_literals;
using ledger::CancelCharge;
using ledger::CompleteCharge;
using ledger::FetchReceipt;
using ledger::FetchResult;
using ledger::KeepClock;
using ledger::MarkDelivered;
using ledger::MarkRedelivered;
using ledger::RecordCharge;
using ledger::Sweep;

/// A driver, and how its disk looks to the next process.
struct Driver {
  virtual ~Driver() = default;
  virtual ledger::Store& store() = 0;
  virtual void reopen() = 0;
  virtual std::vector<ledger::Charge> charges() = 0;
  virtual bool sound() = 0;
};

struct MemoryDriver final : Driver {
  MemoryStore memory;
  ledger::Store& store() override { return memory; }
  void reopen() override {
    memory.settle();
    memory.crash(false);
  }
  std::vector<ledger::Charge> charges() override {
    std::vector<ledger::Charge> found;
    memory.books().each_charge([&](const ledger::Charge& one) { found.push_back(one); });
    return found;
  }
  bool sound() override { return ledger::audit(memory.books()).ok(); }
};

struct SqliteDriver final : Driver {
  test::OwnFolder folder;
  std::unique_ptr<SqliteStore> opened = open();

  std::unique_ptr<SqliteStore> open() {
    return std::move(SqliteStore::open(options_in(folder)).value());
  }
  ledger::Store& store() override { return *opened; }
  void reopen() override {
    opened.reset();
    opened = open();
  }
  std::vector<ledger::Charge> charges() override {
    std::vector<ledger::Charge> found;
    const auto reports = Reports::open(options_in(folder).data_dir);
    EXPECT_TRUE((*reports)->each_charge(Time::min(),
                                        [&](const ledger::Charge& one) { found.push_back(one); }));
    return found;
  }
  bool sound() override {
    return (*Reports::open(options_in(folder).data_dir))->check().value().ok();
  }
};

class StoreContract : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (GetParam() == std::string("memory")) {
      driver_ = std::make_unique<MemoryDriver>();
    } else {
      driver_ = std::make_unique<SqliteDriver>();
    }
  }
  void TearDown() override { EXPECT_TRUE(driver_->sound()); }
  std::string asked(ledger::Operation operation) {
    return word(ask(driver_->store(), std::move(operation)));
  }
  std::unique_ptr<Driver> driver_;
};

TEST_P(StoreContract, ChargeAndReceiptComeBackWhole) {
  ledger::Charge wanted = charge(1);
  wanted.session_id = "s";
  wanted.token_id = "t";
  wanted.paying_project_id = "p";
  wanted.receipt_v2 = "{}";
  EXPECT_EQ(asked(RecordCharge{wanted}), "done");
  ledger::Charge denied = charge(2);
  denied.status = ledger::Status::denied;
  denied.payment_hash.reset();
  denied.receipt.clear();
  denied.rail = ledger::Rail::session;
  EXPECT_EQ(asked(RecordCharge{denied}), "done");
  ledger::Charge reversal = charge(3);
  reversal.status = ledger::Status::reversed;
  reversal.reverses = wanted.id;
  reversal.receipt.clear();
  EXPECT_EQ(asked(RecordCharge{reversal}), "done");
  driver_->reopen();
  EXPECT_EQ(driver_->charges(), (std::vector{wanted, denied, reversal}));

  for (const FetchReceipt& by : {FetchReceipt{wanted.request_id}, FetchReceipt{wanted.id}}) {
    const auto answer = ask(driver_->store(), by);
    ASSERT_EQ(word(answer), "receipt");
    const auto& receipt = std::get<ledger::StoredReceipt>(*answer);
    EXPECT_EQ(receipt, (ledger::StoredReceipt{wanted.id, wanted.payment_hash, wanted.caller,
                                              wanted.created, wanted.receipt, wanted.receipt_v2}));
  }
  EXPECT_EQ(asked(FetchReceipt{std::string("unknown")}), "missing");
  EXPECT_EQ(asked(FetchReceipt{denied.id}), "missing");
}

TEST_P(StoreContract, AUseIsChargedOnce) {
  EXPECT_EQ(asked(RecordCharge{charge(1)}), "done");
  EXPECT_EQ(asked(RecordCharge{charge(1)}), "conflict");  // the same event
  ledger::Charge again = charge(2);
  again.payment_hash = charge(1).payment_hash;
  EXPECT_EQ(asked(RecordCharge{again}), "conflict");  // the same use
  again.use_no = 1;
  again.uses = ledger::Uses::of(2);
  again.settled = *Msat::of(10'000);
  EXPECT_EQ(asked(RecordCharge{again}), "done");
  driver_->reopen();
  EXPECT_EQ(asked(RecordCharge{charge(1)}), "conflict");
  EXPECT_EQ(driver_->charges().size(), 2U);
}

TEST_P(StoreContract, ALostConditionFailsItsOwnOperationOnly) {
  std::vector<std::string> words(5);
  std::promise<void> all;
  std::atomic<int> left{5};
  for (int i = 0; i < 5; ++i) {
    driver_->store().apply(RecordCharge{charge(i / 2)}, [&, i](ledger::Answer answer) {
      words[i] = word(answer);
      if (--left == 0) all.set_value();
    });
  }
  if (auto* memory = dynamic_cast<MemoryStore*>(&driver_->store())) memory->settle();
  all.get_future().wait();
  EXPECT_EQ(words, (std::vector<std::string>{"done", "conflict", "done", "conflict", "done"}));
}

TEST_P(StoreContract, R_RCPT_6_NoChargeWithoutItsReceipt) {
  ledger::Charge bare = charge(1);
  bare.receipt.clear();
  EXPECT_EQ(asked(RecordCharge{bare}), "conflict");
  ledger::Charge wrong = charge(2);
  wrong.net = *Msat::of(1);
  EXPECT_EQ(asked(RecordCharge{wrong}), "conflict");
  EXPECT_EQ(asked(RecordCharge{charge(3)}), "done");
  EXPECT_EQ(asked(CompleteCharge{id_of(3), ledger::Outcome::ok, "", {}, {}}), "conflict");
  EXPECT_EQ(driver_->charges(), std::vector{charge(3)});
}

TEST_P(StoreContract, AnAttemptIsCompletedOrCancelled) {
  ledger::Charge attempt = charge(1);
  attempt.outcome = ledger::Outcome::unknown;
  EXPECT_EQ(asked(RecordCharge{attempt}), "done");
  EXPECT_EQ(
      asked(CompleteCharge{id_of(1), ledger::Outcome::tool_error, "{\"new\":1}", "{}", "body"}),
      "done");
  EXPECT_EQ(asked(CompleteCharge{id_of(9), ledger::Outcome::ok, {}, {}, {}}), "missing");
  auto result = ask(driver_->store(), FetchResult{id_of(1)});
  ASSERT_EQ(word(result), "result");
  EXPECT_EQ(std::get<ledger::StoredResult>(*result).result, "body");
  const auto kept = driver_->charges().at(0);
  EXPECT_EQ(kept.outcome, ledger::Outcome::tool_error);
  EXPECT_EQ(kept.receipt, "{\"new\":1}");
  EXPECT_EQ(kept.receipt_v2, "{}");

  EXPECT_EQ(asked(RecordCharge{charge(2)}), "done");
  EXPECT_EQ(asked(CancelCharge{id_of(2)}), "done");
  EXPECT_EQ(asked(CancelCharge{id_of(2)}), "conflict");
  EXPECT_EQ(asked(CancelCharge{id_of(9)}), "missing");
  EXPECT_EQ(asked(CompleteCharge{id_of(2), ledger::Outcome::ok, {}, {}, {}}), "conflict");
  EXPECT_EQ(asked(MarkDelivered{id_of(2), kNow}), "conflict");
  ledger::Charge again = charge(3);  // the use is free again
  again.payment_hash = charge(2).payment_hash;
  EXPECT_EQ(asked(RecordCharge{again}), "done");
  EXPECT_EQ(driver_->charges().at(1).status, ledger::Status::cancelled);
  EXPECT_EQ(asked(FetchReceipt{id_of(2)}), "missing");
}

TEST_P(StoreContract, DeliveredAndRedeliveredAreRemembered) {
  for (int n : {1, 2, 3}) asked(RecordCharge{charge(n)});
  EXPECT_EQ(asked(MarkDelivered{id_of(1), kNow + 1s}), "done");
  EXPECT_EQ(asked(MarkDelivered{id_of(1), kNow + 2s}), "done");
  EXPECT_EQ(asked(MarkDelivered{id_of(9), kNow}), "missing");
  EXPECT_EQ(asked(CancelCharge{id_of(1)}), "conflict");  // what arrived is not taken back
  EXPECT_EQ(asked(MarkRedelivered{id_of(2)}), "done");
  EXPECT_EQ(asked(MarkRedelivered{id_of(2)}), "conflict");
  EXPECT_EQ(asked(MarkRedelivered{id_of(9)}), "missing");
  driver_->reopen();
  const auto rows = spent_in(driver_->store());
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_TRUE(rows[0].delivered && !rows[0].redelivered);
  EXPECT_TRUE(!rows[1].delivered && rows[1].redelivered);
  EXPECT_TRUE(!rows[2].delivered && !rows[2].redelivered);
}

TEST_P(StoreContract, WhatAStartLearns) {
  ledger::Charge kept = charge(1);
  kept.uses = ledger::Uses::of(3);
  kept.use_no = 2;
  kept.kept_result = std::string("\0answer", 7);
  EXPECT_EQ(asked(RecordCharge{kept}), "done");
  ledger::Charge large = charge(2);
  large.kept_result = std::string(ledger::kKeptResultBytesMax + 1, 'x');
  EXPECT_EQ(asked(RecordCharge{large}), "done");
  EXPECT_EQ(asked(KeepClock{kNow + 5s}), "done");
  EXPECT_EQ(asked(KeepClock{kNow + 4s}), "done");
  driver_->reopen();
  const auto rows = spent_in(driver_->store());
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].key, kept.key());
  EXPECT_EQ(rows[0].uses, kept.uses);
  EXPECT_EQ(rows[0].expires, kept.expires);
  EXPECT_EQ(rows[0].request_digest, kept.request_digest);
  EXPECT_EQ(rows[0].caller, kept.caller);
  EXPECT_EQ(rows[0].committed, kept.created);
  EXPECT_TRUE(rows[0].result_kept);
  EXPECT_FALSE(rows[1].result_kept);  // larger than what is kept; the charge stands
  const auto result = ask(driver_->store(), FetchResult{id_of(1)});
  EXPECT_EQ(std::get<ledger::StoredResult>(*result).result, *kept.kept_result);
  EXPECT_EQ(asked(FetchResult{id_of(2)}), "missing");
  const auto opening = driver_->store().load([](const ledger::SpentRow&) {});
  EXPECT_EQ(opening->epoch, 1U);
  EXPECT_EQ(opening->highest_clock, kNow + 5s);
  EXPECT_EQ(opening->purged_before, Time::min());
}

TEST_P(StoreContract, R_L402_7_SweepForgetsTheDeadAndWritesTheWatermark) {
  asked(RecordCharge{charge(1)});  // expires at kNow + 300 s
  ledger::Charge longer = charge(2);
  longer.expires = kNow + 24h;
  longer.kept_result = "body";
  asked(RecordCharge{longer});
  const auto swept = [&](Time now) {
    return std::get<ledger::Swept>(ask(driver_->store(), Sweep{now}).value());
  };
  // Dead, but its answer may still be asked for: the watermark stays below it.
  EXPECT_EQ(swept(kNow + 400s), (ledger::Swept{0, charge(1).expires - 1ms}));
  EXPECT_EQ(spent_in(driver_->store()).size(), 2U);
  asked(MarkDelivered{id_of(1), kNow + 200s});
  EXPECT_EQ(swept(kNow + 799s).uses, 0U);  // 600 s beyond delivery
  EXPECT_EQ(swept(kNow + 800s), (ledger::Swept{1, kNow + 740s}));
  EXPECT_EQ(swept(kNow), (ledger::Swept{0, kNow + 740s}));  // never back
  EXPECT_EQ(asked(FetchResult{id_of(2)}), "result");
  driver_->reopen();
  EXPECT_EQ(spent_in(driver_->store()).size(), 1U);
  const auto opening = driver_->store().load([](const ledger::SpentRow&) {});
  EXPECT_EQ(opening->purged_before, kNow + 740s);
  EXPECT_EQ(driver_->charges().size(), 2U);  // books are for ever
  // A call that outlived its credential is charged all the same.
  EXPECT_EQ(asked(RecordCharge{charge(3)}), "done");
  EXPECT_EQ(spent_in(driver_->store()).size(), 1U);
  EXPECT_EQ(asked(RecordCharge{charge(1)}), "conflict");
  swept(kNow + 2h);
  EXPECT_EQ(asked(FetchResult{id_of(2)}), "missing");
}

INSTANTIATE_TEST_SUITE_P(Drivers, StoreContract, testing::Values("memory", "sqlite"),
                         [](const auto& info) { return std::string(info.param); });

/// One random write; ids, uses and payments belong together as the gate makes them.
ledger::Operation random_write(std::mt19937_64& random) {
  const auto a = static_cast<int>(random() % 4);
  const auto b = static_cast<int>(random() % 256);
  ledger::Charge made = charge(a);
  made.use_no = b % 2;
  made.uses = ledger::Uses::of(2);
  made.id = id_of(a * 4 + static_cast<int>(random() % 4));
  made.settled = *Msat::of(10'000);
  made.idempotency_key.reset();
  made.receipt_id = to_text(made.id);
  if (b % 3 == 0) made.kept_result = "kept";
  made.expires = kNow + std::chrono::seconds(b);
  const Time now = kNow + std::chrono::seconds(b * 10);
  const std::array<ledger::Operation, 8> all = {RecordCharge{made},
                                                RecordCharge{made},
                                                CompleteCharge{made.id, {}, {}, {}, "done"},
                                                CancelCharge{made.id},
                                                MarkDelivered{made.id, now},
                                                MarkRedelivered{made.id},
                                                Sweep{now},
                                                KeepClock{now}};
  return all[random() % all.size()];
}

TEST(StoreProperty, SqliteAnswersLikeTheModel) {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    MemoryDriver model;
    SqliteDriver real;
    std::vector<ledger::Answer> said;
    std::vector<ledger::Answer> found;
    for (int i = 0; i < 100; ++i) {
      const ledger::Operation operation = random_write(random);
      model.store().apply(operation, [&](ledger::Answer one) { said.push_back(std::move(one)); });
      real.store().apply(operation, [&](ledger::Answer one) { found.push_back(std::move(one)); });
    }
    model.reopen();
    real.reopen();  // waits for the answers
    ASSERT_EQ(said, found);
    EXPECT_EQ(model.charges(), real.charges());
    EXPECT_EQ(spent_in(model.store()), spent_in(real.store()));
    EXPECT_TRUE(model.sound());
    EXPECT_TRUE(real.sound());
    for (int n = 0; n < 16; ++n) {
      EXPECT_EQ(ask(model.store(), FetchReceipt{id_of(n)}),
                ask(real.store(), FetchReceipt{id_of(n)}));
      EXPECT_EQ(ask(model.store(), FetchResult{id_of(n)}),
                ask(real.store(), FetchResult{id_of(n)}));
    }
  }
}

// ---- what only the simulator's store can do --------------------------------------------------

struct Planted {
  explicit Planted(PlantedBug bug) { plant(bug); }
  ~Planted() { plant(PlantedBug::none); }
};

TEST(MemoryStore, NothingIsAnsweredBeforeItsSync) {
  MemoryStore store;
  bool answered = false;
  store.apply(RecordCharge{charge(1)}, [&](ledger::Answer) { answered = true; });
  EXPECT_TRUE(store.step());  // written
  EXPECT_FALSE(answered);
  EXPECT_TRUE(store.step());  // synced
  EXPECT_TRUE(answered);
  EXPECT_FALSE(store.step());
}

TEST(MemoryStore, ACrashLosesWhatWasNotSynced) {
  for (const bool survives : {false, true}) {
    MemoryStore store;
    bool answered = false;
    store.apply(RecordCharge{charge(1)}, [&](ledger::Answer) { answered = true; });
    store.step();
    store.apply(RecordCharge{charge(2)}, [&](ledger::Answer) { answered = true; });
    store.crash(survives);
    EXPECT_FALSE(answered);
    EXPECT_EQ(spent_in(store).size(), survives ? 1U : 0U);
    EXPECT_EQ(store.waiting(), 0U);
  }
}

TEST(MemoryStore, FaultsAsPlanned) {
  MemoryStore store;
  store.fail_sync(ledger::Fault::disk_full, 1);
  EXPECT_EQ(word(ask(store, RecordCharge{charge(1)})), "done");
  EXPECT_EQ(word(ask(store, RecordCharge{charge(2)})), "disk_full");
  EXPECT_EQ(store.health(), ledger::Health::full);
  EXPECT_EQ(word(ask(store, RecordCharge{charge(2)})), "done");  // nothing was consumed
  EXPECT_EQ(store.health(), ledger::Health::good);
  store.fail_sync(ledger::Fault::io_error);
  EXPECT_EQ(word(ask(store, RecordCharge{charge(3)})), "io_error");
  EXPECT_EQ(word(ask(store, RecordCharge{charge(3)})), "io_error");
  EXPECT_EQ(store.health(), ledger::Health::poisoned);
  store.crash(true);
  EXPECT_EQ(spent_in(store).size(), 2U);
}

TEST(MemoryStore, PlantedBugsShow) {
  {
    const Planted bug(PlantedBug::answer_before_sync);
    MemoryStore store;
    std::string answered;
    store.apply(RecordCharge{charge(1)}, [&](ledger::Answer answer) { answered = word(answer); });
    store.step();
    EXPECT_EQ(answered, "done");
    store.crash(false);
    EXPECT_TRUE(spent_in(store).empty());
  }
  {
    const Planted bug(PlantedBug::receipt_outside_charge);
    MemoryStore store;
    EXPECT_EQ(word(ask(store, RecordCharge{charge(1)})), "done");
    EXPECT_FALSE(ledger::audit(store.books()).ok());
    ask(store, RecordCharge{charge(2)});
    EXPECT_EQ(ledger::audit(store.books()).violations.size(), 1U);
  }
  {
    MemoryStore store;
    ask(store, RecordCharge{charge(1)});
    const Planted bug(PlantedBug::spent_forgotten_on_start);
    EXPECT_TRUE(spent_in(store).empty());
  }
}

}  // namespace
}  // namespace tollhouse::store
