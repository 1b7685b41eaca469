// tests/gate/parked_test.cc mirrors src/gate/parked.cc.
// Goal: what waits is one request's at a time, its principal's alone, and given back when nobody
// comes for it.
#include "gate/parked.h"

#include "support/precompiled.h"

namespace tollhouse::gate {
namespace {

using Found = ParkedCalls::Found;

struct Bench {
  ledger::HoldTable holds;
  ParkedCalls parked;
  Digest payer;
  Digest other;
  Tick now{std::chrono::hours(1)};

  Bench() { other.bytes[0] = 1; }

  ledger::HoldRequest request() const {
    ledger::HoldRequest made;
    made.uses = ledger::Uses::of(1);
    made.caller = payer;
    made.now = time_from_unix(1'800'000'000);
    made.until = now + std::chrono::minutes(11);
    return made;
  }
  Parked held(Tick until) {
    Parked call;
    call.principal = payer;
    call.standing.hold = std::get<ledger::Hold>(*holds.take(request()));
    call.until = until;
    return call;
  }
};

TEST(ParkedCalls, OneRequestAtATimeAndItsPrincipalsAlone) {
  Bench bench;
  EXPECT_EQ(bench.parked.take("k", bench.payer).found, Found::none);
  ASSERT_TRUE(bench.parked.place("k", bench.payer));
  EXPECT_FALSE(bench.parked.place("k", bench.payer));
  EXPECT_EQ(bench.parked.take("k", bench.payer).found, Found::busy);
  bench.parked.put_back("k", bench.held(bench.now));
  EXPECT_EQ(bench.parked.take("k", bench.other).found, Found::foreign);
  auto taken = bench.parked.take("k", bench.payer);
  ASSERT_EQ(taken.found, Found::taken);
  EXPECT_TRUE(taken.call.open());
  EXPECT_EQ(bench.parked.take("k", bench.payer).found, Found::busy);
  // What a request has is not swept away under it.
  bench.parked.sweep(bench.now + std::chrono::hours(1), bench.holds);
  EXPECT_EQ(bench.parked.size(), 1U);
  EXPECT_EQ(bench.holds.holds_open(), 1U);
  bench.parked.end("k");
  EXPECT_EQ(bench.parked.take("k", bench.payer).found, Found::none);
  bench.parked.put_back("k", std::move(taken.call));  // ended: nothing comes back
  EXPECT_EQ(bench.parked.size(), 0U);
}

TEST(ParkedCalls, WhatNobodyComesForIsGivenBackOnceTheTimeIsOver) {
  Bench bench;
  const Tick until = bench.now + std::chrono::minutes(10);
  bench.parked.place("k", bench.payer);
  Parked call = bench.held(until);
  bench.holds.prolong(*call.standing.hold, until + kParkedSlack);
  bench.parked.put_back("k", std::move(call));
  bench.parked.sweep(until - std::chrono::seconds(1), bench.holds);
  EXPECT_EQ(bench.holds.take(bench.request()).error(), ledger::Reason::call_in_progress);
  bench.parked.sweep(until, bench.holds);
  EXPECT_EQ(bench.parked.size(), 0U);
  // Released, and not lapsed in the books.
  EXPECT_EQ(bench.holds.sweep(bench.request().now, until + std::chrono::hours(1)).lapsed, 0U);
  EXPECT_TRUE(bench.holds.take(bench.request()));
}

TEST(ParkedCalls, AChargeThatWaitedInVainIsOwed) {
  Bench bench;
  bench.parked.place("k", bench.payer);
  Parked call = bench.held(bench.now);
  call.standing.charged_ahead = true;
  EXPECT_TRUE(bench.holds.commit(*call.standing.hold, {{}, bench.request().now, false}));
  bench.parked.put_back("k", std::move(call));
  bench.parked.sweep(bench.now, bench.holds);
  const auto again = bench.holds.take(bench.request());
  ASSERT_TRUE(again);
  EXPECT_TRUE(std::holds_alternative<ledger::Redelivery>(*again));
}

}  // namespace
}  // namespace tollhouse::gate
