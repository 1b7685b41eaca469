// tests/store/revocations_test.cc mirrors revocations.cc. Goal: what one process takes back,
// another knows: whole lines only, each once, and a list that cannot be read denies nothing by
// guess.
#include <condition_variable>
#include <fstream>
#include <mutex>

#include "base/hex.h"
#include "ledger/deny_list.h"
#include "store/revocations.h"
#include "support/precompiled.h"
#include "support/vectors.h"

namespace tollhouse::store {
namespace {

namespace fs = std::filesystem;

PaymentHash hash_of(std::uint8_t number) {
  PaymentHash hash;
  hash.bytes.fill(number);
  return hash;
}

/// What a watch has told.
class Told {
 public:
  RevocationWatch::Revoked sink() {
    return [this](const PaymentHash& hash) {
      const std::lock_guard lock(mutex_);
      hashes_.push_back(hash);
      changed_.notify_all();
    };
  }
  bool wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(20),
                             [&] { return hashes_.size() >= count; });
  }
  std::vector<PaymentHash> hashes() {
    const std::lock_guard lock(mutex_);
    return hashes_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<PaymentHash> hashes_;
};

class Revocations : public ::testing::Test {
 protected:
  Revocations() { fs::permissions(own.path(), fs::perms::owner_all); }
  void append(std::string_view text) {
    std::ofstream(revocations_file(own.path()), std::ios::app | std::ios::binary) << text;
  }
  test::OwnFolder own;
  Told told;
};

TEST_F(Revocations, AreReadAtStartAndSeenWhileItRuns) {
  EXPECT_TRUE(*revoke(own.path(), hash_of(1)));
  EXPECT_FALSE(*revoke(own.path(), hash_of(1)));
  EXPECT_EQ(fs::status(revocations_file(own.path())).permissions(),
            fs::perms::owner_read | fs::perms::owner_write);
  const auto watch = RevocationWatch::open(own.path(), told.sink());
  ASSERT_TRUE(watch);
  EXPECT_EQ(told.hashes(), std::vector{hash_of(1)});
  EXPECT_TRUE(*revoke(own.path(), hash_of(2)));
  ASSERT_TRUE(told.wait_for(2));
  EXPECT_EQ(told.hashes().back(), hash_of(2));
}

TEST_F(Revocations, AHalfLineWaitsAndTheNextWriterClearsIt) {
  EXPECT_TRUE(*revoke(own.path(), hash_of(1)));
  append("0202");
  {
    const auto watch = RevocationWatch::open(own.path(), told.sink());
    ASSERT_TRUE(watch);
    EXPECT_EQ(told.hashes().size(), 1U);
    EXPECT_TRUE(*revoke(own.path(), hash_of(3)));
    ASSERT_TRUE(told.wait_for(2));
  }
  EXPECT_EQ(told.hashes().back(), hash_of(3));
}

TEST_F(Revocations, ManyAreReadPieceByPiece) {
  std::string text;
  for (int i = 0; i < 3000; ++i) text += hex(hash_of(static_cast<std::uint8_t>(i)).view()) + "\n";
  append(text);
  fs::permissions(revocations_file(own.path()), fs::perms(0600));
  const auto watch = RevocationWatch::open(own.path(), told.sink());
  ASSERT_TRUE(watch);
  EXPECT_EQ(told.hashes().size(), 3000U);
}

TEST_F(Revocations, WhatIsNoListIsRefused) {
  EXPECT_EQ(RevocationWatch::open(own.path() / "none", told.sink()).error(),
            ledger::Fault::unreachable);
  EXPECT_TRUE(*revoke(own.path(), hash_of(1)));
  const fs::path file = revocations_file(own.path());
  fs::permissions(file, fs::perms(0644));
  EXPECT_EQ(revoke(own.path(), hash_of(2)).error(), ledger::Fault::unsafe_mode);
  EXPECT_EQ(RevocationWatch::open(own.path(), told.sink()).error(), ledger::Fault::unsafe_mode);
  fs::permissions(file, fs::perms(0600));
  append(std::string(64, 'x') + "\n");
  EXPECT_EQ(revoke(own.path(), hash_of(2)).error(), ledger::Fault::damaged);
  EXPECT_EQ(RevocationWatch::open(own.path(), told.sink()).error(), ledger::Fault::damaged);
}

TEST(DenyList, KnowsWhatWasAdded) {
  ledger::DenyList list;
  EXPECT_FALSE(list.contains(hash_of(1)));
  EXPECT_TRUE(list.add(hash_of(1)));
  EXPECT_FALSE(list.add(hash_of(1)));
  EXPECT_TRUE(list.contains(hash_of(1)));
  EXPECT_FALSE(list.contains(hash_of(2)));
  EXPECT_EQ(list.size(), 1U);
}

}  // namespace
}  // namespace tollhouse::store
