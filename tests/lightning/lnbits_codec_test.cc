// tests/lightning/lnbits_codec_test.cc mirrors src/lightning/lnbits_codec.cc. Goal: what real
// servers answered is read as it was meant, and an unpaid invoice's preimage is never taken.
#include "lightning/lnbits_codec.h"

#include <nlohmann/json.hpp>

#include "base/hex.h"
#include "support/precompiled.h"
#include "support/vectors.h"

namespace tollhouse::lightning {
namespace {

using nlohmann::json;

class LnbitsCodec : public ::testing::TestWithParam<const char*> {
 protected:
  /// The recorded answer of this release.
  json recorded(const std::string& name) const {
    static const json all = json::parse(test::vector_file("lnbits/answers.json"));
    for (const json& row : all["answers"]) {
      if (row["release"] == GetParam() && row["case"] == name) return row;
    }
    ADD_FAILURE() << name;
    return {};
  }
  static std::string body_of(const json& row) { return row["answer"].dump(); }
  static PaymentHash asked_in(const json& row) {
    const std::string path = row["path"];
    return value_from_hex<PaymentHash>(path.substr(path.rfind('/') + 1)).value_or(PaymentHash{});
  }
  Result<Payment, WalletFault> look_up(const std::string& name, Time now = while_good) const {
    const json row = recorded(name);
    return lnbits::read_payment(row["status"], body_of(row), asked_in(row), now);
  }
  static constexpr Time while_good = time_from_unix(1'795'247'263);
};

TEST_P(LnbitsCodec, R_LN_2_OnlyAnAdminKeyHasAnId) {
  const auto power = [this](const std::string& name) {
    const json row = recorded(name);
    return lnbits::read_key_can_spend(row["status"], body_of(row));
  };
  EXPECT_EQ(power("wallet, invoice key"), false);
  EXPECT_EQ(power("wallet, admin key"), true);
  EXPECT_EQ(power("wallet, no key").error(), WalletFault::unauthenticated);
  EXPECT_EQ(power("wallet, well-formed unknown key").error(), WalletFault::unauthenticated);
}

TEST_P(LnbitsCodec, R_LN_1_AMintedInvoiceAndItsHash) {
  const json row = recorded("mint");
  const auto minted = lnbits::read_minted(row["status"], body_of(row));
  ASSERT_TRUE(minted);
  EXPECT_EQ(minted->bolt11, row["answer"]["bolt11"].get<std::string>());
  EXPECT_EQ(hex(minted->payment_hash.view()), row["answer"]["payment_hash"].get<std::string>());
  const json old = {{"payment_hash", row["answer"]["payment_hash"]}, {"payment_request", "lnbc1"}};
  EXPECT_EQ(lnbits::read_minted(201, old.dump())->bolt11, "lnbc1") << "release 0.12";
}

TEST_P(LnbitsCodec, R_LN_1_LookUpsAreReadByTheirAmountAndDetails) {
  const auto unpaid = look_up("look up unpaid, invoice key");
  ASSERT_TRUE(unpaid);
  EXPECT_EQ(unpaid->state, PaymentState::unpaid);
  const auto paid = look_up("look up paid, invoice key");
  ASSERT_TRUE(paid);
  EXPECT_EQ(paid->state, PaymentState::paid);
  EXPECT_EQ(paid->received, *Msat::of(21'000));
  EXPECT_EQ(look_up("look up unpaid, invoice key", while_good + std::chrono::hours(1))->state,
            PaymentState::expired);
  EXPECT_EQ(look_up("look up after expiry (expiry 2 s, asked after 4 s)",
                    while_good + std::chrono::hours(1))
                ->state,
            PaymentState::expired);
  // What this wallet paid itself was not received.
  EXPECT_EQ(look_up("look up paid, key of the payer")->state, PaymentState::unknown);
  EXPECT_EQ(look_up("look up unknown hash, invoice key")->state, PaymentState::unknown);
  EXPECT_EQ(look_up("look up unpaid, hash in upper case")->state, PaymentState::unknown);
  // Answered 200 as without a key: the key is none of its keys.
  EXPECT_EQ(look_up("look up unpaid, unknown key").error(), WalletFault::unauthenticated);
  EXPECT_EQ(look_up("look up paid, no key").error(), WalletFault::unauthenticated);
  const json row = recorded("look up paid, invoice key");
  EXPECT_EQ(lnbits::read_payment(200, body_of(row), PaymentHash{}, while_good).error(),
            WalletFault::contradiction)
      << "another payment than asked";
}

TEST_P(LnbitsCodec, ALatePaymentIsPaidWhereTheWalletStillTakesIt) {
  const auto late = look_up("look up after the late payment", while_good + std::chrono::hours(1));
  ASSERT_TRUE(late);
  const bool takes_it = std::string(GetParam()) == "1.5.6";
  EXPECT_EQ(late->state, takes_it ? PaymentState::paid : PaymentState::expired);
}

TEST_P(LnbitsCodec, ReadablePreimagesAreSeen) {
  EXPECT_EQ(lnbits::shows_preimage(body_of(recorded("look up unpaid, no key"))),
            std::string(GetParam()) == "1.5.6");
}

TEST_P(LnbitsCodec, PayingGivesThePreimageOnlyOfASuccess) {
  const auto pay = [this](const std::string& name) {
    const json row = recorded(name);
    return lnbits::read_paid(row["status"], body_of(row));
  };
  using State = Outgoing::State;
  const auto paid = pay("pay");
  ASSERT_TRUE(paid);
  EXPECT_EQ(paid->state, State::paid);
  ASSERT_TRUE(paid->preimage);
  EXPECT_EQ(hex(paid->preimage->reveal()),
            recorded("pay")["answer"]["preimage"].get<std::string>());
  EXPECT_EQ(pay("pay a foreign invoice")->state, State::failed) << "201 all the same";
  // 1.6 gives the preimage of an expired invoice away and takes no money: that is no payment.
  const auto expired = pay("pay after expiry");
  ASSERT_TRUE(expired);
  const bool given_away = std::string(GetParam()) == "1.6.2";
  EXPECT_EQ(expired->state, given_away ? State::failed : State::paid);
  EXPECT_EQ(expired->preimage.has_value(), !given_away);
  EXPECT_TRUE(pay("pay again").error().maybe_paid);
  EXPECT_FALSE(pay("pay more than the balance").error().maybe_paid);
  EXPECT_EQ(pay("pay more than the balance").error().said, "Insufficient balance.");
  EXPECT_EQ(pay("pay with an invoice key").error().fault, WalletFault::forbidden);
}

INSTANTIATE_TEST_SUITE_P(Recorded, LnbitsCodec, ::testing::Values("1.5.6", "1.6.2"),
                         [](const auto& release) {
                           std::string name = release.param;
                           std::replace(name.begin(), name.end(), '.', '_');
                           return "of_" + name;
                         });

TEST(LnbitsRequests, R_LN_4_WholeSatoshiRoundedUpAndAMemoThatFits) {
  MintRequest request{*Msat::of(1500), std::chrono::milliseconds(299'500), "Tollhouse: echo"};
  EXPECT_EQ(json::parse(lnbits::mint_body(request)), json({{"out", false},
                                                           {"amount", 2},
                                                           {"unit", "sat"},
                                                           {"memo", "Tollhouse: echo"},
                                                           {"expiry", 300}}));
  request.description = std::string(638, 'a') + "\xc3\xa4";
  const json cut = json::parse(lnbits::mint_body(request));
  EXPECT_EQ(cut["memo"].get<std::string>(), std::string(638, 'a')) << "never half a character";
  request.amount = *Msat::of(1);
  EXPECT_EQ(json::parse(lnbits::mint_body(request))["amount"].get<int>(), 1);
}

TEST(LnbitsRequests, AHashOfTheDescriptionIsHex) {
  MintRequest request{*Msat::of_sat(1), std::chrono::seconds(300), "Tollhouse: echo"};
  EXPECT_FALSE(json::parse(lnbits::mint_body(request)).contains("description_hash"));
  request.description_hash = bolt::DescriptionHash{};
  request.description_hash->bytes.back() = 0x1f;
  EXPECT_EQ(json::parse(lnbits::mint_body(request))["description_hash"].get<std::string>(),
            std::string(62, '0') + "1f");
}

TEST(LnbitsAnswers, StatusesAreTheClassesOfFaults) {
  const std::pair<int, WalletFault> rows[] = {
      {400, WalletFault::bad_request},   {401, WalletFault::unauthenticated},
      {403, WalletFault::forbidden},     {429, WalletFault::rate_limited},
      {500, WalletFault::backend_error}, {520, WalletFault::backend_error},
      {404, WalletFault::bad_answer},    {204, WalletFault::bad_answer}};
  for (const auto& [status, fault] : rows) {
    EXPECT_EQ(lnbits::read_minted(status, R"({"detail":"x"})").error(), fault) << status;
    EXPECT_EQ(lnbits::read_key_can_spend(status, "no json").error(), fault) << status;
  }
  const std::string high = R"({"detail":"Invoice amount 9 sats is too high.","status":"failed"})";
  EXPECT_EQ(lnbits::read_minted(520, high).error(), WalletFault::amount_unsupported);
  for (const char* body : {"", "[]", "{}", R"({"bolt11":"x"})", R"({"balance":"1"})",
                           R"({"paid":true,"details":[]})", R"({"paid":1,"details":{}})"}) {
    EXPECT_FALSE(lnbits::read_minted(201, body)) << body;
    EXPECT_FALSE(lnbits::read_key_can_spend(200, body)) << body;
    EXPECT_FALSE(lnbits::read_payment(200, body, PaymentHash{}, Time{})) << body;
  }
}

}  // namespace
}  // namespace tollhouse::lightning
