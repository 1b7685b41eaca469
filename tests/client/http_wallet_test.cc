// tests/client/http_wallet_test.cc mirrors src/client/http_wallet.cc. Goal: one order for one
// invoice; a preimage only of a payment that was made; the key nowhere but in its header.
#include "client/http_wallet.h"

#include <fstream>

#include "base/hex.h"
#include "client/line.h"
#include "crypto/sha256.h"
#include "io/curl_errands.h"
#include "lightning/lnbits_codec.h"
#include "support/lnbits.h"
#include "support/lnd.h"
#include "support/phoenixd.h"
#include "support/precompiled.h"
#include "support/vectors.h"

namespace tollhouse::client {
namespace {

using namespace std::chrono_literals;
using test::Lnbits;
using test::LnbitsFault;
using test::PayeeInvoice;

struct PayingLnbits : ::testing::Test {
  /// An invoice of another wallet there.
  std::string invoice() {
    io::Errand errand;
    errand.method = "POST";
    errand.url = backend.url() + "/api/v1/payments";
    errand.fields = {{"X-Api-Key", Lnbits::kInvoiceKey}, {"Content-Type", "application/json"}};
    errand.body = R"({"out":false,"amount":3,"unit":"sat","memo":"x","expiry":600})";
    Witness witness;
    const Replied reply = ask(errands, std::move(errand), witness);
    const auto minted = lightning::lnbits::read_minted(reply->status, reply->body);
    hash = minted->payment_hash;
    return minted->bolt11;
  }
  HttpWallet wallet(const std::string& key = Lnbits::kPayerKey) {
    return {
        errands, witness, backend.url(), lnbits_paying(Secret(bytes_of(key))), {2s, 10ms, 200ms}};
  }
  bool proves(const Result<Preimage, Trouble>& preimage) const {
    return preimage && crypto::sha256(preimage->reveal()).bytes == hash.bytes;
  }

  SystemRandom random;
  Lnbits backend;
  io::CurlErrands errands;
  Witness witness;
  PaymentHash hash;
};

TEST_F(PayingLnbits, PaysAndPayingAgainFindsThePreimageWithoutAnotherPayment) {
  const std::string text = invoice();
  HttpWallet payer = wallet();
  EXPECT_EQ(payer.name(), "lnbits");
  EXPECT_TRUE(proves(payer.pay(text, hash)));
  EXPECT_TRUE(proves(payer.pay(text, hash))) << "already paid: looked up";
}

TEST_F(PayingLnbits, AKeyThatCannotPayAndOneThatIsNoneAreToldApart) {
  const std::string text = invoice();
  HttpWallet receiver = wallet(Lnbits::kInvoiceKey);
  const auto refused = receiver.pay(text, hash);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "forbidden");
  EXPECT_NE(refused.error().cure.find("admin key"), std::string::npos);
  EXPECT_EQ(refused.error().message.find(Lnbits::kInvoiceKey), std::string::npos);
}

TEST_F(PayingLnbits, AFailureIsNoPreimageAndAStrangersInvoiceIsRefused) {
  HttpWallet payer = wallet();
  const auto refused = payer.pay("lnbcrt1garbage", PaymentHash{});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, TroubleKind::refused);
  EXPECT_NE(refused.error().message.find("Bolt11 decoding failed."), std::string::npos);
}

TEST_F(PayingLnbits, WhatIsUnderWayIsLookedUpAndNeverOrderedAgain) {
  const std::string text = invoice();
  backend.set_fault(LnbitsFault::no_node);  // 201, pending
  HttpWallet payer = wallet();
  const auto waiting = payer.pay(text, hash);
  ASSERT_FALSE(waiting);
  EXPECT_EQ(waiting.error().code, "payment_in_flight");
  EXPECT_FALSE(waiting.error().cure.empty());
  const std::string heard = backend.heard();
  std::size_t orders = 0;
  for (std::size_t at = 0; (at = heard.find("POST", at)) != std::string::npos; ++at) ++orders;
  EXPECT_EQ(orders, 2U) << "the invoice, and one order";
  EXPECT_EQ(heard.find('?'), std::string::npos) << "no key in a URL";
}

TEST_F(PayingLnbits, AnOrderThatBrokeOffIsLookedUp) {
  const std::string text = invoice();
  backend.set_fault(LnbitsFault::drop);
  HttpWallet payer = wallet();
  const auto unclear = payer.pay(text, hash);
  ASSERT_FALSE(unclear);
  EXPECT_EQ(unclear.error().code, "payment_in_flight");
  backend.set_fault(LnbitsFault::none);
  EXPECT_TRUE(proves(payer.pay(text, hash)));
  backend.stop();
  const auto gone = payer.pay(text, hash);
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().kind, TroubleKind::unreachable);
}

/// phoenixd and LND: each double holds an invoice of somebody else.
template <class Backend>
struct Paying : ::testing::Test {
  PayeeInvoice fresh() {
    auto made = backend.foreign_invoice(*Msat::of_sat(3));
    hash = *value_from_hex<PaymentHash>(made.hash);
    return made;
  }
  HttpWallet made_of(std::unique_ptr<PayingProtocol> protocol) {
    return {errands, witness, backend.url(), std::move(protocol), {2s, 10ms, 200ms}};
  }
  bool proves(const Result<Preimage, Trouble>& preimage) const {
    return preimage && crypto::sha256(preimage->reveal()).bytes == hash.bytes;
  }

  Backend backend;
  io::CurlErrands errands;
  Witness witness;
  PaymentHash hash;
};

struct PayingPhoenixd : Paying<test::Phoenixd> {
  HttpWallet wallet(const std::string& password = test::Phoenixd::kFull) {
    return made_of(phoenixd_paying(Secret(bytes_of(password))));
  }
};

TEST_F(PayingPhoenixd, R_LN_5_PaysOnceAndPayingAgainFindsThePreimage) {
  const PayeeInvoice invoice = fresh();
  HttpWallet payer = wallet();
  EXPECT_EQ(payer.name(), "phoenixd");
  EXPECT_TRUE(proves(payer.pay(invoice.bolt11, hash)));
  EXPECT_TRUE(proves(payer.pay(invoice.bolt11, hash))) << "already paid: looked up";
}

TEST_F(PayingPhoenixd, R_LN_5_AFailureWithStatus200IsNoPayment) {
  const PayeeInvoice invoice = fresh();
  backend.set_fault(test::PhoenixdFault::pay_fails);
  const auto failed = wallet().pay(invoice.bolt11, hash);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, "payment_failed");
  EXPECT_NE(failed.error().message.find("recipient is offline"), std::string::npos);
  EXPECT_EQ(backend.orders(), 1U);
}

TEST_F(PayingPhoenixd, R_LN_5_AnOrderWithoutAnAnswerIsLookedUpAndNeverGivenAgain) {
  const PayeeInvoice invoice = fresh();
  backend.set_fault(test::PhoenixdFault::pay_is_slow);
  HttpWallet payer = wallet();
  EXPECT_TRUE(proves(payer.pay(invoice.bolt11, hash)));
  EXPECT_EQ(backend.orders(), 1U);
}

TEST_F(PayingPhoenixd, R_LN_5_ThePasswordThatCannotPayIsTold) {
  const PayeeInvoice invoice = fresh();
  const auto refused = wallet(test::Phoenixd::kLimited).pay(invoice.bolt11, hash);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "unauthenticated");
  EXPECT_NE(refused.error().cure.find("http-password"), std::string::npos);
  EXPECT_EQ(refused.error().message.find(test::Phoenixd::kLimited), std::string::npos);
}

struct PayingLnd : Paying<test::Lnd> {
  PayingLnd() { std::ofstream(certificate()) << backend.certificate(); }
  std::filesystem::path certificate() const { return folder.path() / "tls.cert"; }
  HttpWallet wallet(const std::string& macaroon = test::Lnd::admin_macaroon()) {
    return made_of(lnd_paying(Secret(*bytes_from_hex(macaroon)), certificate()));
  }
  test::OwnFolder folder;
};

TEST_F(PayingLnd, R_LN_5_PaysOnceWithAFeeLimitAndPayingAgainFindsThePreimage) {
  const PayeeInvoice invoice = fresh();
  HttpWallet payer = wallet();
  EXPECT_EQ(payer.name(), "lnd");
  EXPECT_TRUE(proves(payer.pay(invoice.bolt11, hash)));
  EXPECT_TRUE(proves(payer.pay(invoice.bolt11, hash))) << "already paid: tracked";
  EXPECT_NE(backend.heard().find(R"("fee_limit_msat":"5000")"), std::string::npos)
      << "the least for a small invoice";
  const auto large = backend.foreign_invoice(*Msat::of_sat(10'000));
  ASSERT_TRUE(payer.pay(large.bolt11, *value_from_hex<PaymentHash>(large.hash)));
  EXPECT_NE(backend.heard().find(R"("fee_limit_msat":"100000")"), std::string::npos) << "1 %";
}

TEST_F(PayingLnd, R_LN_5_AFailureWithStatus200AndAProofOfZerosAreNoPayment) {
  const PayeeInvoice invoice = fresh();
  backend.set_fault(test::LndFault::pay_fails);
  const auto failed = wallet().pay(invoice.bolt11, hash);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, "payment_failed");
  EXPECT_NE(failed.error().message.find("NO_ROUTE"), std::string::npos);
  backend.set_fault(test::LndFault::pay_no_proof);
  const auto unproven = wallet().pay(invoice.bolt11, hash);
  ASSERT_FALSE(unproven);
  EXPECT_EQ(unproven.error().code, "payment_in_flight");
}

TEST_F(PayingLnd, R_LN_5_AnOrderWithoutAnAnswerIsTrackedAndNeverGivenAgain) {
  const PayeeInvoice invoice = fresh();
  backend.set_fault(test::LndFault::pay_is_slow);
  HttpWallet payer = wallet();
  EXPECT_TRUE(proves(payer.pay(invoice.bolt11, hash)));
  EXPECT_EQ(backend.orders(), 1U);
}

TEST_F(PayingLnd, R_LN_5_AMacaroonThatCannotPayALockedNodeAndAnotherCertificateAreTold) {
  const PayeeInvoice invoice = fresh();
  const auto refused = wallet(test::Lnd::invoices_macaroon()).pay(invoice.bolt11, hash);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "forbidden");
  EXPECT_NE(refused.error().cure.find("offchain:write"), std::string::npos);
  backend.set_fault(test::LndFault::locked);
  EXPECT_EQ(wallet().pay(invoice.bolt11, hash).error().code, "not_ready");
  backend.set_fault(test::LndFault::none);
  std::ofstream(certificate()) << test::OwnCertificate().pem();
  const auto stranger = wallet().pay(invoice.bolt11, hash);
  ASSERT_FALSE(stranger);
  EXPECT_EQ(stranger.error().kind, TroubleKind::unreachable);
  EXPECT_EQ(backend.orders(), 0U);
}

TEST_F(PayingLnd, R_LN_5_WalletsAreNamedWithAddressAndKey) {
  const auto named = [&](const std::string& name, std::optional<std::string> key) {
    return wallet_named(name, {std::move(key), certificate()}, std::nullopt, errands, witness);
  };
  const auto lnd = named("lnd:" + backend.url(), test::Lnd::admin_macaroon());
  ASSERT_TRUE(lnd);
  const PayeeInvoice invoice = fresh();
  EXPECT_TRUE(proves((*lnd)->pay(invoice.bolt11, hash)));
  const auto phoenixd = named("phoenixd:http://127.0.0.1:9740", "canary");
  ASSERT_TRUE(phoenixd);
  EXPECT_EQ((*phoenixd)->name(), "phoenixd");
  EXPECT_EQ(named("lnd:" + backend.url(), "canary").error().code, "bad_wallet_key");
  EXPECT_EQ(named("lnd:" + backend.url(), {}).error().code, "no_wallet_key");
  EXPECT_EQ(named("phoenixd:http://wallet.example", "canary").error().code, "plain_http");
  EXPECT_EQ(named("phoenixd", "canary").error().code, "bad_url");
}

}  // namespace
}  // namespace tollhouse::client
