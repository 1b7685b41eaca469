// tests/lightning/lnd_test.cc mirrors src/lightning/lnd.cc, over TLS against a double that is true
// to the protocol. Goal: a third kind of wallet behind the same interface (R-LN-5): only a macaroon
// that cannot spend, only the pinned certificate, only invoices that were asked for.
#include "lightning/lnd.h"

#include <fstream>

#include "lightning/http_wallet_test.h"
#include "lightning/pinned_certificate.h"
#include "support/lnd.h"
#include "support/vectors.h"

namespace tollhouse::lightning {
namespace {

using test::Lnd;
using test::LndFault;

struct LndDriver : HttpWalletTest {
  LndDriver() { write_certificate(backend.certificate()); }

  void write_certificate(const std::string& pem) const { std::ofstream(certificate()) << pem; }
  std::filesystem::path certificate() const { return folder.path() / "tls.cert"; }
  HttpWallet& wallet(const std::string& macaroon = Lnd::invoices_macaroon(), bool may_spend = false,
                     bolt::Network network = bolt::Network::regtest) {
    HttpWalletSettings settings;
    settings.url = backend.url();
    settings.network = network;
    settings.allow_spending_key = may_spend;
    return make(lnd_protocol(Secret(bytes_of(macaroon)), certificate()), settings);
  }
  HttpWallet& ready_wallet() {
    HttpWallet& wallet = this->wallet();
    wallet.keep();
    EXPECT_TRUE(log.wait_for("wallet_ready lnd"));
    return wallet;
  }

  test::OwnFolder folder;
  Lnd backend;
};

TEST_F(LndDriver, R_LN_5_MintsToTheMillisatoshiAndSeesItPaid) {
  HttpWallet& wallet = ready_wallet();
  EXPECT_TRUE(wallet.condition().ready);
  EXPECT_FALSE(wallet.unpaid_preimage_public()) << "a preimage proves the payment by itself";
  EXPECT_FALSE(log.has("wallet_key")) << "nothing to say about this macaroon";
  const auto minted = mint(wallet, 1500);
  ASSERT_TRUE(minted);
  EXPECT_EQ(minted->amount, *Msat::of(1500)) << "not rounded";
  EXPECT_EQ(look_up(wallet, minted->payment_hash)->state, PaymentState::unpaid);
  ASSERT_TRUE(backend.pay(minted->bolt11));
  const auto paid = look_up(wallet, minted->payment_hash);
  ASSERT_TRUE(paid);
  EXPECT_EQ(paid->state, PaymentState::paid);
  EXPECT_EQ(paid->received, *Msat::of(1500));
  backend.set_fault(LndFault::overpaid);
  EXPECT_EQ(look_up(wallet, minted->payment_hash)->received, *Msat::of(4500));
  EXPECT_EQ(look_up(wallet, PaymentHash{})->state, PaymentState::unknown);
}

TEST_F(LndDriver, R_LN_5_WhatIsHeldIsInFlightAndWhatWentBackIsNotPaid) {
  HttpWallet& wallet = ready_wallet();
  const auto minted = mint(wallet);
  ASSERT_TRUE(minted);
  backend.set_fault(LndFault::held);
  EXPECT_EQ(look_up(wallet, minted->payment_hash)->state, PaymentState::in_flight);
  backend.set_fault(LndFault::partial);
  EXPECT_EQ(look_up(wallet, minted->payment_hash)->state, PaymentState::in_flight);
  backend.set_fault(LndFault::held_back);
  const auto back = look_up(wallet, minted->payment_hash);
  EXPECT_EQ(back->state, PaymentState::failed);
  EXPECT_EQ(back->received, Msat{}) << "its amount stands there all the same";
}

TEST_F(LndDriver, R_LN_2_AMacaroonThatCanSpendMintsNothing) {
  HttpWallet& wallet = this->wallet(Lnd::admin_macaroon());
  wallet.keep();
  ASSERT_TRUE(log.wait_for("wallet_check_failed lnd overpowered_credential"));
  EXPECT_TRUE(wallet.overpowered());
  EXPECT_EQ(mint(wallet).error(), WalletFault::overpowered);
  EXPECT_EQ(backend.heard(), "") << "LND was not even asked";

  HttpWallet& allowed = this->wallet(Lnd::admin_macaroon(), true);
  allowed.keep();
  ASSERT_TRUE(log.wait_for("wallet_ready"));
  EXPECT_TRUE(log.has("wallet_key_can_spend"));
  EXPECT_TRUE(log.has("wallet_key_sees_more"));
  EXPECT_TRUE(mint(allowed));
}

TEST_F(LndDriver, AnotherNodesMacaroonNoneALockedWalletAndAnotherNetworkKeepItFromMinting) {
  const std::string other = test::lnd_macaroon_hex({{"invoices", {"read"}}});
  HttpWallet& unknown = this->wallet(other);
  unknown.keep();
  EXPECT_TRUE(log.wait_for("wallet_check_failed lnd unauthenticated"));
  EXPECT_EQ(mint(unknown).error(), WalletFault::unauthenticated);

  log.forget();
  HttpWallet& garbage = this->wallet("no macaroon");
  garbage.keep();
  EXPECT_TRUE(log.wait_for("wallet_check_failed lnd unauthenticated"));

  for (const LndFault fault : {LndFault::locked, LndFault::starting}) {
    log.forget();
    backend.set_fault(fault);
    HttpWallet& waiting = this->wallet();
    waiting.keep();
    EXPECT_TRUE(log.wait_for("wallet_check_failed lnd not_ready"));
    backend.set_fault(LndFault::none);
    clock.advance(31s);
    waiting.keep();
    EXPECT_TRUE(log.wait_for("wallet_ready")) << "unlocked in the meantime";
  }
  HttpWallet& elsewhere = this->wallet(Lnd::invoices_macaroon(), false, bolt::Network::mainnet);
  elsewhere.keep();
  EXPECT_TRUE(log.wait_for("wallet_check_failed lnd wrong_network"));
}

TEST_F(LndDriver, OnlyThePinnedCertificateIsTrusted) {
  const test::OwnCertificate stranger;
  for (const std::string& pem : {stranger.pem(), std::string("no certificate"), std::string()}) {
    write_certificate(pem);
    log.forget();
    HttpWallet& wallet = this->wallet();
    wallet.keep();
    EXPECT_TRUE(log.wait_for("wallet_check_failed lnd")) << pem;
    EXPECT_TRUE(log.has("tls_untrusted")) << pem;
  }
  std::filesystem::remove(certificate());
  log.forget();
  HttpWallet& wallet = this->wallet();
  wallet.keep();
  EXPECT_TRUE(log.wait_for("wallet_check_failed lnd tls_untrusted"));
  EXPECT_EQ(backend.heard(), "") << "and the macaroon was shown to nobody";
}

TEST_F(LndDriver, ARenewedCertificateIsReadFromItsFile) {
  HttpWallet& wallet = ready_wallet();
  backend.renew_certificate();
  EXPECT_EQ(mint(wallet).error(), WalletFault::tls_untrusted) << "the file still has the old one";
  write_certificate(backend.certificate());
  EXPECT_TRUE(mint(wallet));
}

TEST_F(LndDriver, AnInvoiceThatWasNotAskedForIsNotUsedAndOpensTheCircuit) {
  for (const LndFault lie : {LndFault::wrong_amount, LndFault::wrong_hash, LndFault::same_invoice,
                             LndFault::endless, LndFault::cut_invoice}) {
    backend.set_fault(LndFault::none);
    clock.advance(31s);
    log.forget();
    HttpWallet& wallet = ready_wallet();
    ASSERT_TRUE(mint(wallet));
    backend.set_fault(lie);
    EXPECT_EQ(mint(wallet).error(), WalletFault::contradiction) << static_cast<int>(lie);
    EXPECT_TRUE(wallet.condition().circuit_open);
  }
}

TEST_F(LndDriver, FaultsAreToldApart) {
  const std::pair<LndFault, WalletFault> faults[] = {{LndFault::error, WalletFault::backend_error},
                                                     {LndFault::garbage, WalletFault::bad_answer},
                                                     {LndFault::drop, WalletFault::unreachable},
                                                     {LndFault::locked, WalletFault::not_ready},
                                                     {LndFault::stall, WalletFault::timed_out}};
  HttpWallet& wallet = ready_wallet();
  const auto minted = mint(wallet);
  ASSERT_TRUE(minted);
  for (const auto& [fault, seen] : faults) {
    backend.set_fault(fault);
    EXPECT_EQ(look_up(wallet, minted->payment_hash).error(), seen) << static_cast<int>(fault);
    backend.set_fault(LndFault::none);
    clock.advance(5s);
    EXPECT_TRUE(look_up(wallet, minted->payment_hash));
  }
  backend.set_fault(LndFault::other_payment);
  EXPECT_EQ(look_up(wallet, minted->payment_hash).error(), WalletFault::contradiction);
}

}  // namespace
}  // namespace tollhouse::lightning
