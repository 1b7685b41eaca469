// tests/client/lnbits_wallet_test.cc mirrors src/client/lnbits_wallet.cc. Goal: one order for one
// invoice; a preimage only of a payment that was made; the key nowhere but in its header.
#include "client/lnbits_wallet.h"

#include "client/line.h"
#include "crypto/sha256.h"
#include "io/curl_errands.h"
#include "support/lnbits.h"
#include "support/precompiled.h"

namespace tollhouse::client {
namespace {

using namespace std::chrono_literals;
using test::Lnbits;
using test::LnbitsFault;

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
  LnbitsWallet wallet(const std::string& key = Lnbits::kPayerKey) {
    return {errands, witness, backend.url(), Secret(bytes_of(key)), {2s, 10ms, 200ms}};
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
  LnbitsWallet payer = wallet();
  EXPECT_EQ(payer.name(), "lnbits");
  EXPECT_TRUE(proves(payer.pay(text, hash)));
  EXPECT_TRUE(proves(payer.pay(text, hash))) << "already paid: looked up";
}

TEST_F(PayingLnbits, AKeyThatCannotPayAndOneThatIsNoneAreToldApart) {
  const std::string text = invoice();
  LnbitsWallet receiver = wallet(Lnbits::kInvoiceKey);
  const auto refused = receiver.pay(text, hash);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "forbidden");
  EXPECT_NE(refused.error().cure.find("admin key"), std::string::npos);
  EXPECT_EQ(refused.error().message.find(Lnbits::kInvoiceKey), std::string::npos);
}

TEST_F(PayingLnbits, AFailureIsNoPreimageAndAStrangersInvoiceIsRefused) {
  LnbitsWallet payer = wallet();
  const auto refused = payer.pay("lnbcrt1garbage", PaymentHash{});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, TroubleKind::refused);
  EXPECT_NE(refused.error().message.find("Bolt11 decoding failed."), std::string::npos);
}

TEST_F(PayingLnbits, WhatIsUnderWayIsLookedUpAndNeverOrderedAgain) {
  const std::string text = invoice();
  backend.set_fault(LnbitsFault::no_node);  // 201, pending
  LnbitsWallet payer = wallet();
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
  LnbitsWallet payer = wallet();
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

}  // namespace
}  // namespace tollhouse::client
