// tests/lightning/simulated_test.cc mirrors src/lightning/simulated.cc. Goal: real invoices that
// settle only when paid, and each fault as surface.md 5 says it.
#include "lightning/simulated.h"
#include "lightning/minted_check.h"

#include "crypto/sha256.h"
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

class Simulated : public ::testing::Test {
 protected:
  using Minted = Result<MintedInvoice, WalletFault>;

  Secret seed(std::uint8_t byte) const { return Secret(Bytes(32, byte)); }
  Minted mint(SimulatedWallet& from, std::uint64_t msat = 1500) {
    std::optional<Minted> minted;
    from.mint({*Msat::of(msat), 300s, "Tollhouse: echo"}, [&](Minted made) { minted = made; });
    return minted.value_or(refuse(WalletFault::timed_out));
  }
  Payment look_up(SimulatedWallet& from, const PaymentHash& hash) {
    Payment found;
    from.look_up(hash, [&](Result<Payment, WalletFault> answer) {
      if (answer) found = *answer;
    });
    return found;
  }
  void run_later() {
    for (auto& work : later) work();
    later.clear();
  }

  Moved clock;
  SystemRandom random;
  std::vector<std::move_only_function<void()>> later;
  After after = [this](Duration delay, std::move_only_function<void()> work) {
    EXPECT_EQ(delay, SimulatedWallet::kSlowness);
    later.push_back(std::move(work));
  };
  SimulatedWallet wallet{seed(1), clock, random, after};
};

TEST_F(Simulated, R_LN_11_R_LN_4_ARealInvoiceOnRegtestPaidByItsPreimage) {
  const auto minted = mint(wallet);
  ASSERT_TRUE(minted);
  crypto::Secp256k1 curve(random);
  bolt::DecodeOptions options;
  options.network = bolt::Network::regtest;
  const auto invoice = bolt::decode(minted->bolt11, curve, options);
  ASSERT_TRUE(invoice) << minted->bolt11;
  EXPECT_TRUE(minted->bolt11.starts_with("lnbcrt15n1"));
  EXPECT_EQ(invoice->amount->count(), 1500U);
  EXPECT_EQ(invoice->payment_hash, minted->payment_hash);
  EXPECT_EQ(minted->expires, clock.time + 300s);
  EXPECT_EQ(look_up(wallet, minted->payment_hash).state, PaymentState::unpaid);
  const auto paid = wallet.pay(minted->bolt11);
  ASSERT_TRUE(paid);
  EXPECT_EQ(crypto::sha256(paid->preimage.reveal()).bytes, minted->payment_hash.bytes);
  EXPECT_EQ(look_up(wallet, minted->payment_hash).received.count(), 1500U);
  EXPECT_TRUE(
      crypto::equal(wallet.pay(minted->bolt11)->preimage.reveal(), paid->preimage.reveal()));
  EXPECT_EQ(wallet.invoices().size(), 1U);
  EXPECT_EQ(wallet.invoices()[0].state, PaymentState::paid);
}

TEST_F(Simulated, AnInvoiceCommitsToAHashInTheDescriptionsPlace) {
  const bolt::DescriptionHash hash{{1, 2, 3}};
  const MintRequest asked{*Msat::of(1500), 300s, "Tollhouse: echo", hash};
  std::optional<Minted> minted;
  wallet.mint(asked, [&](Minted made) { minted = made; });
  ASSERT_TRUE(minted && *minted);
  crypto::Secp256k1 curve(random);
  const MintedExpectation expected{bolt::Network::regtest, clock.time};
  const auto invoice = check_minted((*minted)->bolt11, asked, expected, curve);
  ASSERT_TRUE(invoice);
  EXPECT_EQ(std::get<bolt::DescriptionHash>(invoice->description), hash);
  MintRequest other = asked;
  other.description_hash->bytes[0] = 7;
  const auto wrong = check_minted((*minted)->bolt11, other, expected, curve);
  EXPECT_EQ(wrong.error(), WalletFault::contradiction);
  const auto plain = check_minted(mint(wallet)->bolt11, asked, expected, curve);
  EXPECT_TRUE(plain) << "a wallet that cannot do so still sells";
}

TEST_F(Simulated, OneSeedGivesOneRunAndAnotherAnother) {
  SimulatedWallet same(seed(1), clock, random, after);
  SimulatedWallet other(seed(2), clock, random, after);
  const auto minted = mint(wallet);
  EXPECT_EQ(mint(same)->payment_hash, minted->payment_hash);
  EXPECT_NE(mint(other)->payment_hash, minted->payment_hash);
  EXPECT_NE(mint(wallet)->payment_hash, minted->payment_hash);
  EXPECT_EQ(other.pay(minted->bolt11).error(), SimulatedWallet::PayFault::unknown_invoice);
  EXPECT_EQ(wallet.pay("lnbcrt1nonsense").error(), SimulatedWallet::PayFault::unknown_invoice);
}

TEST_F(Simulated, AnExpiredInvoiceIsNotPaid) {
  const auto minted = mint(wallet);
  clock.time += 301s;
  EXPECT_EQ(look_up(wallet, minted->payment_hash).state, PaymentState::expired);
  EXPECT_EQ(wallet.pay(minted->bolt11).error(), SimulatedWallet::PayFault::expired);
}

TEST_F(Simulated, EachFaultByItsName) {
  for (const char* name : {"none", "down", "slow", "lie", "pending"}) {
    const auto fault = simulated_fault_from(name);
    ASSERT_TRUE(fault) << name;
    EXPECT_EQ(to_text(*fault), name);
  }
  EXPECT_FALSE(simulated_fault_from("Down"));
  const auto before = mint(wallet);

  wallet.set_fault(SimulatedFault::down);
  EXPECT_EQ(mint(wallet).error(), WalletFault::unreachable);
  EXPECT_EQ(wallet.pay(before->bolt11).error(), SimulatedWallet::PayFault::unreachable);
  EXPECT_EQ(look_up(wallet, before->payment_hash).state, PaymentState::unknown);

  wallet.set_fault(SimulatedFault::pending);
  EXPECT_EQ(wallet.pay(before->bolt11).error(), SimulatedWallet::PayFault::in_flight);
  EXPECT_EQ(look_up(wallet, before->payment_hash).state, PaymentState::in_flight);

  wallet.set_fault(SimulatedFault::slow);
  bool answered = false;
  wallet.mint({*Msat::of(1), 300s, ""}, [&](Minted made) { answered = made.has_value(); });
  EXPECT_FALSE(answered);
  run_later();
  EXPECT_TRUE(answered);

  wallet.set_fault(SimulatedFault::lie);
  const auto lie = mint(wallet);
  ASSERT_TRUE(lie);
  crypto::Secp256k1 curve(random);
  const auto invoice = bolt::decode(lie->bolt11, curve);
  EXPECT_EQ(invoice->amount->count(), 3000U);
  EXPECT_NE(invoice->payment_hash, lie->payment_hash);

  wallet.set_fault(SimulatedFault::none);
  EXPECT_TRUE(wallet.pay(before->bolt11));
}

}  // namespace
}  // namespace tollhouse::lightning
