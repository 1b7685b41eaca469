// tests/lightning/phoenixd_codec_test.cc mirrors src/lightning/phoenixd_codec.cc. Goal: forms that
// no description can break out of, and no reading of a refusal as a payment.
#include "lightning/phoenixd_codec.h"

#include "base/hex.h"
#include "support/precompiled.h"

namespace tollhouse::lightning {
namespace {

const std::string kHash(64, '7');

PaymentHash asked() { return *value_from_hex<PaymentHash>(kHash); }

std::string look_up_of(const std::string& members) {
  return R"({"paymentHash":")" + kHash + R"(","preimage":")" + std::string(64, '1') + R"(",)" +
         members + "}";
}

TEST(PhoenixdCodec, ADescriptionCannotAddAFieldAndIsCutAtACharacter) {
  MintRequest request{*Msat::of(20'001), std::chrono::seconds(300), "a&amountSat=1 +%é"};
  EXPECT_EQ(phoenixd::mint_body(request),
            "amountSat=21&expirySeconds=300&description=a%26amountSat%3D1%20%2B%25%C3%A9");
  request.description = std::string(127, 'x') + "é";
  EXPECT_TRUE(phoenixd::mint_body(request).ends_with("=" + std::string(127, 'x')));
  request.description_hash.emplace();
  EXPECT_EQ(phoenixd::mint_body(request),
            "amountSat=21&expirySeconds=300&descriptionHash=" + std::string(64, '0'))
      << "one of the two";
  EXPECT_EQ(phoenixd::pay_body("lnbc1&x"), "invoice=lnbc1%26x");
}

TEST(PhoenixdCodec, R_LN_2_OnlyTheFullPasswordIsToldThatTheInvoiceIsMissing) {
  EXPECT_EQ(phoenixd::read_can_spend(400), true);
  EXPECT_EQ(phoenixd::read_can_spend(401), false);
  EXPECT_EQ(phoenixd::read_can_spend(403), false);
  EXPECT_EQ(phoenixd::read_can_spend(500).error(), WalletFault::backend_error);
  EXPECT_EQ(phoenixd::read_can_spend(200).error(), WalletFault::bad_answer);
}

TEST(PhoenixdCodec, PaidNeedsAnAmountAndTheRightPayment) {
  const auto read = [](const std::string& members) {
    return phoenixd::read_payment(200, look_up_of(members), asked());
  };
  const auto paid = read(R"("isPaid":true,"isExpired":true,"requestedSat":21,"receivedSat":0)");
  ASSERT_TRUE(paid);
  EXPECT_EQ(paid->state, PaymentState::paid);
  EXPECT_EQ(paid->received, *Msat::of_sat(21)) << "what became liquidity was paid too";
  EXPECT_EQ(read(R"("isPaid":true,"isExpired":false,"requestedSat":21,"receivedSat":42)")->received,
            *Msat::of_sat(42))
      << "paid more than asked";
  EXPECT_EQ(read(R"("isPaid":false,"isExpired":false,"receivedSat":0)")->state,
            PaymentState::unpaid);
  EXPECT_EQ(read(R"("isPaid":false,"isExpired":true,"receivedSat":0)")->state,
            PaymentState::expired);
  EXPECT_EQ(read(R"("isPaid":true,"requestedSat":null,"receivedSat":0)").error(),
            WalletFault::bad_answer);
  EXPECT_EQ(read(R"("isPaid":"true","requestedSat":1,"receivedSat":1)").error(),
            WalletFault::bad_answer);
  EXPECT_EQ(phoenixd::read_payment(200, look_up_of(R"("isPaid":true)"), PaymentHash{}).error(),
            WalletFault::contradiction);
  EXPECT_EQ(phoenixd::read_payment(404, "Not found", asked())->state, PaymentState::unknown);
  EXPECT_EQ(phoenixd::read_payment(401, "Invalid", asked()).error(), WalletFault::unauthenticated);
}

TEST(PhoenixdCodec, APaymentIsMadeWhereThereIsAPreimageWhateverTheStatus) {
  const std::string preimage(64, '5');
  const auto paid = phoenixd::read_paid(200, R"({"paymentPreimage":")" + preimage + R"("})");
  ASSERT_TRUE(paid && paid->preimage);
  EXPECT_EQ(paid->state, Outgoing::State::paid);
  const auto failed = phoenixd::read_paid(200, R"({"reason":"recipient is offline"})");
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->state, Outgoing::State::failed);
  EXPECT_EQ(failed->said, "recipient is offline");
  EXPECT_TRUE(phoenixd::read_paid(200, R"({"reason":"this invoice has already been paid"})")
                  .error()
                  .maybe_paid);
  EXPECT_TRUE(phoenixd::read_paid(200, "{}").error().maybe_paid);
  EXPECT_TRUE(phoenixd::read_paid(200, "ok").error().maybe_paid);
  EXPECT_TRUE(phoenixd::read_paid(500, "oops").error().maybe_paid);
  const auto turned_away = phoenixd::read_paid(401, "Invalid authentication");
  EXPECT_EQ(turned_away.error().fault, WalletFault::unauthenticated);
  EXPECT_FALSE(turned_away.error().maybe_paid);
}

TEST(PhoenixdCodec, ALookUpOfAPaymentSaysPaidFailedOrNothingYet) {
  const auto state = [](const std::string& body) { return phoenixd::read_outgoing(200, body); };
  EXPECT_EQ(state(R"({"isPaid":true,"preimage":")" + std::string(64, '5') + R"("})")->state,
            Outgoing::State::paid);
  EXPECT_EQ(state(R"({"isPaid":false,"completedAt":1795247187000})")->state,
            Outgoing::State::failed);
  EXPECT_EQ(state(R"({"isPaid":false,"completedAt":null})")->state, Outgoing::State::pending);
  EXPECT_FALSE(state("[]"));
  EXPECT_TRUE(phoenixd::read_outgoing(404, "Not found").error().maybe_paid);
}

}  // namespace
}  // namespace tollhouse::lightning
