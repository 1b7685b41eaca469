// tests/lightning/payment_watch_test.cc mirrors src/lightning/payment_watch.h. Goal: whatever a
// channel says, what is listened for and looked up stays bounded.
#include "lightning/payment_watch.h"

#include "support/precompiled.h"

namespace tollhouse::lightning {
namespace {

using namespace std::chrono_literals;

PaymentHash hash_of(std::uint8_t number) {
  PaymentHash hash{};
  hash.bytes[0] = number;
  return hash;
}

struct PaymentWatching : ::testing::Test {
  PaymentWatch watch;
  SystemRandom random;
  Tick now{1h};
};

TEST_F(PaymentWatching, OnlySoManyAreListenedForAndNotForLong) {
  for (std::uint8_t i = 0; i <= PaymentWatch::kInvoicesMax; ++i) watch.add(hash_of(i), now);
  const auto due = watch.take_due(now);
  EXPECT_EQ(due.size(), PaymentWatch::kInvoicesMax);
  EXPECT_EQ(due.front().longest, PaymentWatch::kInvoiceTime);
  EXPECT_TRUE(watch.take_due(now).empty()) << "each once";
  now += PaymentWatch::kInvoiceTime;
  for (const auto& one : due) watch.listened(one.hash, now);
  EXPECT_TRUE(watch.take_due(now).empty());
  watch.add(hash_of(100), now);
  EXPECT_EQ(watch.take_due(now).size(), 1U) << "their places are free";
}

TEST_F(PaymentWatching, ListensAgainAfterASecondForTheTimeThatIsLeft) {
  watch.add(hash_of(1), now);
  ASSERT_EQ(watch.take_due(now).size(), 1U);
  watch.listened(hash_of(1), now);
  EXPECT_TRUE(watch.take_due(now + PaymentWatch::kListenEach - 1ms).empty());
  const auto due = watch.take_due(now + PaymentWatch::kListenEach);
  ASSERT_EQ(due.size(), 1U);
  EXPECT_EQ(due[0].longest, PaymentWatch::kInvoiceTime - PaymentWatch::kListenEach);
}

TEST_F(PaymentWatching, AFailingChannelIsTriedByOneAlone) {
  for (std::uint8_t i = 0; i < 3; ++i) watch.add(hash_of(i), now);
  ASSERT_EQ(watch.take_due(now).size(), 3U);
  EXPECT_TRUE(watch.failed(hash_of(0), now, random)) << "news";
  EXPECT_FALSE(watch.failed(hash_of(1), now, random));
  EXPECT_FALSE(watch.failed(hash_of(2), now, random));
  EXPECT_EQ(watch.counts().channel_failures, 3U);
  now += BackOff::kLongest;
  ASSERT_EQ(watch.take_due(now).size(), 1U);
  EXPECT_TRUE(watch.take_due(now).empty()) << "while it tries";
  EXPECT_TRUE(watch.works()) << "news";
  EXPECT_FALSE(watch.works());
  EXPECT_EQ(watch.take_due(now).size(), 2U);
}

TEST_F(PaymentWatching, RemembersOnlyWhatALookUpCalledPaid) {
  watch.add(hash_of(1), now);
  watch.found(hash_of(1), {PaymentState::unpaid, {}}, now);
  watch.found(hash_of(2), {PaymentState::in_flight, {}}, now);
  EXPECT_FALSE(watch.paid(hash_of(1)));
  EXPECT_FALSE(watch.paid(hash_of(2)));
  watch.found(hash_of(1), {PaymentState::paid, *Msat::of(7)}, now);
  ASSERT_TRUE(watch.paid(hash_of(1)));
  EXPECT_EQ(watch.paid(hash_of(1))->received, *Msat::of(7));
  EXPECT_TRUE(watch.take_due(now + 10s).empty()) << "nobody waits for it any more";
  for (std::size_t i = 0; i < PaymentWatch::kPaidMax; ++i) {
    PaymentHash hash = hash_of(9);
    hash.bytes[1] = static_cast<std::uint8_t>(i);
    hash.bytes[2] = static_cast<std::uint8_t>(i >> 8U);
    watch.found(hash, {PaymentState::paid, *Msat::of(1)}, now);
  }
  EXPECT_FALSE(watch.paid(hash_of(1))) << "the oldest goes first; it is asked for when shown";
}

}  // namespace
}  // namespace tollhouse::lightning
