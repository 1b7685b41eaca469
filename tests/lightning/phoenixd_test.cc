// tests/lightning/phoenixd_test.cc mirrors src/lightning/phoenixd.cc, over sockets against a double
// that is true to the protocol. Goal: the second kind of wallet behind the same interface (R-LN-5):
// only the password that cannot pay, only invoices that were asked for.
#include "lightning/phoenixd.h"

#include "lightning/http_wallet_test.h"
#include "support/phoenixd.h"

namespace tollhouse::lightning {
namespace {

using test::Phoenixd;
using test::PhoenixdFault;

struct PhoenixdDriver : HttpWalletTest {
  HttpWallet& wallet(const std::string& password = Phoenixd::kLimited, bool may_spend = false,
                     bolt::Network network = bolt::Network::regtest) {
    HttpWalletSettings settings;
    settings.url = backend.url();
    settings.network = network;
    settings.allow_spending_key = may_spend;
    return make(phoenixd_protocol(Secret(bytes_of(password))), settings);
  }
  HttpWallet& ready_wallet() {
    HttpWallet& wallet = this->wallet();
    wallet.keep();
    EXPECT_TRUE(log.wait_for("wallet_ready phoenixd"));
    return wallet;
  }

  Phoenixd backend;
};

TEST_F(PhoenixdDriver, R_LN_5_R_LN_4_MintsWholeSatoshiAndSeesThemPaid) {
  HttpWallet& wallet = ready_wallet();
  EXPECT_TRUE(wallet.condition().ready);
  EXPECT_FALSE(wallet.unpaid_preimage_public()) << "a preimage proves the payment by itself";
  const auto minted = mint(wallet, 1500);
  ASSERT_TRUE(minted);
  EXPECT_EQ(minted->amount, *Msat::of(2000)) << "and the gate quotes what the invoice says";
  EXPECT_EQ(look_up(wallet, minted->payment_hash)->state, PaymentState::unpaid);
  ASSERT_TRUE(backend.pay(minted->bolt11));
  const auto paid = look_up(wallet, minted->payment_hash);
  ASSERT_TRUE(paid);
  EXPECT_EQ(paid->state, PaymentState::paid);
  EXPECT_EQ(paid->received, *Msat::of(2000));
  EXPECT_EQ(look_up(wallet, PaymentHash{})->state, PaymentState::unknown);
  EXPECT_EQ(backend.heard().find(Phoenixd::kLimited), std::string::npos) << "no password in a URL";
}

TEST_F(PhoenixdDriver, R_LN_5_WhatAChannelCostWasPaidByThePayer) {
  HttpWallet& wallet = ready_wallet();
  const auto minted = mint(wallet);
  ASSERT_TRUE(minted);
  backend.pay(minted->bolt11);
  backend.set_fault(PhoenixdFault::taken_for_channel);
  const auto paid = look_up(wallet, minted->payment_hash);
  ASSERT_TRUE(paid);
  EXPECT_EQ(paid->state, PaymentState::paid);
  EXPECT_EQ(paid->received, *Msat::of(3000));
}

TEST_F(PhoenixdDriver, R_LN_5_ALatePaymentIsPaidAllTheSame) {
  HttpWallet& wallet = ready_wallet();
  const auto minted = mint(wallet);
  ASSERT_TRUE(minted);
  backend.expire(minted->bolt11);
  EXPECT_EQ(look_up(wallet, minted->payment_hash)->state, PaymentState::expired);
  backend.pay(minted->bolt11);
  EXPECT_EQ(look_up(wallet, minted->payment_hash)->state, PaymentState::paid);
}

TEST_F(PhoenixdDriver, R_LN_2_ThePasswordThatCanPayMintsNothing) {
  HttpWallet& wallet = this->wallet(Phoenixd::kFull);
  EXPECT_EQ(mint(wallet).error(), WalletFault::not_ready) << "nothing before the check";
  wallet.keep();
  ASSERT_TRUE(log.wait_for("wallet_check_failed phoenixd overpowered_credential"));
  EXPECT_TRUE(wallet.overpowered());
  EXPECT_EQ(mint(wallet).error(), WalletFault::overpowered);
  EXPECT_EQ(backend.minted(), 0U);
  EXPECT_EQ(backend.orders(), 0U) << "it was found out without an order";
}

TEST_F(PhoenixdDriver, R_LN_2_UnlessTheOperatorAllowsIt) {
  HttpWallet& wallet = this->wallet(Phoenixd::kFull, true);
  wallet.keep();
  ASSERT_TRUE(log.wait_for("wallet_ready"));
  EXPECT_TRUE(log.has("wallet_key_can_spend"));
  EXPECT_TRUE(mint(wallet));
}

TEST_F(PhoenixdDriver, AWrongPasswordAndAnotherNetworkKeepItFromMinting) {
  HttpWallet& unknown = this->wallet("guessed");
  unknown.keep();
  EXPECT_TRUE(log.wait_for("wallet_check_failed phoenixd unauthenticated"));
  EXPECT_EQ(mint(unknown).error(), WalletFault::unauthenticated) << "and not: cannot spend";

  HttpWallet& elsewhere = this->wallet(Phoenixd::kLimited, false, bolt::Network::mainnet);
  elsewhere.keep();
  EXPECT_TRUE(log.wait_for("wallet_check_failed phoenixd wrong_network"));
  EXPECT_EQ(mint(elsewhere).error(), WalletFault::wrong_network);
}

TEST_F(PhoenixdDriver, AnInvoiceThatWasNotAskedForIsNotUsedAndOpensTheCircuit) {
  for (const PhoenixdFault lie :
       {PhoenixdFault::wrong_amount, PhoenixdFault::wrong_hash, PhoenixdFault::same_invoice,
        PhoenixdFault::endless, PhoenixdFault::cut_invoice}) {
    backend.set_fault(PhoenixdFault::none);
    clock.advance(31s);
    log.forget();
    HttpWallet& wallet = ready_wallet();
    ASSERT_TRUE(mint(wallet));
    backend.set_fault(lie);
    EXPECT_EQ(mint(wallet).error(), WalletFault::contradiction) << static_cast<int>(lie);
    EXPECT_TRUE(wallet.condition().circuit_open);
    EXPECT_EQ(mint(wallet).error(), WalletFault::resting);
  }
}

TEST_F(PhoenixdDriver, ALookUpOfAnotherPaymentIsAContradiction) {
  HttpWallet& wallet = ready_wallet();
  const auto minted = mint(wallet);
  ASSERT_TRUE(minted);
  backend.pay(minted->bolt11);
  backend.set_fault(PhoenixdFault::other_payment);
  EXPECT_EQ(look_up(wallet, minted->payment_hash).error(), WalletFault::contradiction);
}

TEST_F(PhoenixdDriver, FaultsAreToldApart) {
  const std::pair<PhoenixdFault, WalletFault> faults[] = {
      {PhoenixdFault::error, WalletFault::backend_error},
      {PhoenixdFault::garbage, WalletFault::bad_answer},
      {PhoenixdFault::drop, WalletFault::unreachable},
      {PhoenixdFault::stall, WalletFault::timed_out}};
  HttpWallet& wallet = ready_wallet();
  for (const auto& [fault, seen] : faults) {
    backend.set_fault(fault);
    EXPECT_EQ(mint(wallet).error(), seen) << static_cast<int>(fault);
    backend.set_fault(PhoenixdFault::none);
    clock.advance(5s);
    EXPECT_TRUE(mint(wallet));
  }
}

TEST_F(PhoenixdDriver, RestartedItKnowsItsPayments) {
  HttpWallet& wallet = ready_wallet();
  const auto minted = mint(wallet);
  ASSERT_TRUE(minted);
  backend.stop();
  EXPECT_EQ(look_up(wallet, minted->payment_hash).error(), WalletFault::unreachable);
  backend.start();
  backend.pay(minted->bolt11);
  EXPECT_EQ(look_up(wallet, minted->payment_hash)->state, PaymentState::paid);
}

}  // namespace
}  // namespace tollhouse::lightning
