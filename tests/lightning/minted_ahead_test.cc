// tests/lightning/minted_ahead_test.cc mirrors src/lightning/minted_ahead.cc. Goal: R-LN-6, and
// that no invoice goes to two callers or to one whose wallet is down.
#include "lightning/minted_ahead.h"

#include <set>

#include "support/precompiled.h"

namespace tollhouse::lightning {
namespace {

using namespace std::chrono_literals;

class Moved final : public Clock {
 public:
  Time now() const override { return time; }
  Tick tick() const override { return {}; }
  Time time = time_from_unix(1'771'329'600);
};

/// Mints texts, at once or when told.
class Mint final : public Wallet {
 public:
  std::string_view driver() const override { return "mint"; }
  bolt::Network network() const override { return bolt::Network::regtest; }
  bool unpaid_preimage_public() const override { return true; }
  Condition condition() const override { return {.ready = up}; }
  void mint(const MintRequest& request, Minted answer) override {
    ++asked;
    if (later) return waiting.push_back(std::move(answer));
    if (!up) return answer(refuse(WalletFault::unreachable));
    answer(MintedInvoice{"invoice " + std::to_string(asked), {}, request.amount, {}});
  }
  void look_up(const PaymentHash&, LookedUp answer) override { answer(Payment{}); }

  bool up = true;
  bool later = false;
  int asked = 0;
  std::vector<Minted> waiting;
};

struct Ahead : ::testing::Test {
  MintRequest request(std::uint64_t sat, const std::string& what = "echo") {
    return {*Msat::of_sat(sat), 400s, what};
  }
  std::string take(const MintRequest& wanted) {
    std::string got = "nothing yet";
    ahead.mint(wanted, [&](Result<MintedInvoice, WalletFault> minted) {
      got = minted ? minted->bolt11 : std::string(to_text(minted.error()));
    });
    return got;
  }
  Moved clock;
  Mint mint;
  MintedAhead ahead{mint, clock};
};

TEST_F(Ahead, R_LN_6_TheFirstNeedNotWaitAndTheNextIsMintedBehindIt) {
  ahead.prepare(request(3));
  ahead.prepare(request(3));
  EXPECT_EQ(mint.asked, 1) << "one is enough for the start";
  mint.later = true;
  EXPECT_EQ(take(request(3)), "invoice 1") << "while the node is slow";
  EXPECT_EQ(mint.waiting.size(), MintedAhead::kEachMax) << "not more than that ahead";
  EXPECT_EQ(take(request(3)), "nothing yet") << "waits as without a shelf";
  EXPECT_EQ(mint.waiting.size(), MintedAhead::kEachMax + 1);
}

TEST_F(Ahead, R_LN_6_EachGoesToOneCallerAndOfItsOwnPriceToolAndLife) {
  std::set<std::string> seen;
  for (int i = 0; i < 50; ++i) EXPECT_TRUE(seen.insert(take(request(3))).second);
  EXPECT_LE(ahead.ready(), MintedAhead::kEachMax);
  MintRequest longer = request(3);
  longer.expiry = 500s;
  for (const MintRequest& other : {request(4), request(3, "other"), longer}) {
    EXPECT_TRUE(seen.insert(take(other)).second);
  }
}

TEST_F(Ahead, R_LN_6_BoundedInKindsAndInTime) {
  for (std::uint64_t sat = 1; sat <= 3 * MintedAhead::kKindsMax; ++sat) take(request(sat));
  EXPECT_EQ(ahead.ready(), MintedAhead::kKindsMax * MintedAhead::kEachMax);
  const MintRequest last = request(3 * MintedAhead::kKindsMax);
  const int asked = mint.asked;
  clock.time += 100s;  // a quarter of its life
  EXPECT_EQ(take(last), "invoice " + std::to_string(asked + 1)) << "fresh, not from the shelf";
}

TEST_F(Ahead, R_LN_6_WhatCommitsToOneRequestIsNeitherTakenNorMintedAhead) {
  ahead.prepare(request(3));
  MintRequest committed = request(3);
  committed.description_hash = bolt::DescriptionHash{};
  EXPECT_EQ(take(committed), "invoice 2") << "not the one on the shelf";
  EXPECT_EQ(mint.asked, 2) << "and none behind it";
  EXPECT_EQ(ahead.ready(), 1U);
}

TEST_F(Ahead, R_LN_6_TheStartAsksForFewAtOnceAndForNoneOfAFailingWallet) {
  mint.later = true;
  for (std::uint64_t sat = 1; sat <= 20; ++sat) ahead.prepare(request(sat));
  EXPECT_EQ(mint.asked, static_cast<int>(MintedAhead::kPreparedAtOnce));
  for (std::size_t i = 0; i < 10; ++i) mint.waiting.at(i)(MintedInvoice{"invoice", {}, {}, {}});
  EXPECT_EQ(mint.asked, 10 + static_cast<int>(MintedAhead::kPreparedAtOnce))
      << "one goes, one comes";
  EXPECT_EQ(ahead.ready(), 10U);
  for (std::size_t i = 10; i < 14; ++i) mint.waiting.at(i)(refuse(WalletFault::timed_out));
  EXPECT_EQ(mint.asked, 14) << "the others wait for somebody to ask";
}

TEST_F(Ahead, R_LN_10_WhileTheWalletIsDownNothingIsHandedOut) {
  ahead.prepare(request(3));
  mint.up = false;
  EXPECT_EQ(take(request(3)), "unreachable");
  EXPECT_EQ(mint.asked, 2) << "and it is not asked to mint ahead";
  mint.up = true;
  EXPECT_EQ(take(request(3)), "invoice 1");
}

}  // namespace
}  // namespace tollhouse::lightning
