// Goal: nothing is paid that would buy nothing, and each reason not to pay can be reached alone.
// Method: a good offer of a gate with real signatures, one fault per row.
#include "dialogue/offer.h"

#include <nlohmann/json.hpp>

#include "dialogue/made_offer.h"
#include "l402/credential.h"
#include "support/precompiled.h"
#include "support/vectors.h"

namespace tollhouse::dialogue {
namespace {

using test::kNow;
using test::made_challenge;
using test::OfferShape;

class OfferTest : public ::testing::Test {
 protected:
  SystemRandom random_;
  crypto::Secp256k1 curve_{random_};
};

struct Scene {
  OfferShape shape;
  l402::Challenge challenge;
  Time now = kNow;
};

struct Case {
  const char* name;
  void (*shape)(Scene&);
  void (*spoil)(Scene&);
  std::optional<Reason> want;
};

void nothing(Scene&) {}

const Case kCases[] = {
    {"as minted", nothing, nothing, std::nullopt},
    {"invoice with scheme and capitals", nothing,
     [](Scene& s) {
       std::string text = s.challenge.invoice;
       for (char& c : text) c = static_cast<char>(std::toupper(c));
       s.challenge.invoice = " lightning:" + text;
     },
     std::nullopt},
    {"last second", nothing, [](Scene& s) { s.now = kNow + std::chrono::seconds(300); },
     std::nullopt},
    {"macaroon no base64", nothing, [](Scene& s) { s.challenge.macaroon += "!"; },
     Reason::bad_macaroon},
    {"macaroon cut", nothing, [](Scene& s) { s.challenge.macaroon.resize(40); },
     Reason::bad_macaroon},
    {"macaroon too long", nothing, [](Scene& s) { s.challenge.macaroon.assign(5000, 'A'); },
     Reason::bad_macaroon},
    {"identifier of another layout", nothing,
     [](Scene& s) {
       Bytes bytes = *bytes_from_base64(s.challenge.macaroon, Base64Alphabet::standard,
                                        Base64Padding::required);
       const Bytes zeros{0, 0};
       auto at = std::search(bytes.begin(), bytes.end(), zeros.begin(), zeros.end());
       *at = 1;
       s.challenge.macaroon = base64(bytes);
     },
     Reason::bad_identifier},
    {"invoice with a letter wrong", nothing,
     [](Scene& s) {
       char& letter = s.challenge.invoice[60];
       letter = letter == 'q' ? 'p' : 'q';
     },
     Reason::bad_invoice},
    {"macaroon of another payment", [](Scene& s) { s.shape.macaroon_seed = 9; }, nothing,
     Reason::hash_mismatch},
    {"a second too late", nothing, [](Scene& s) { s.now = kNow + std::chrono::seconds(301); },
     Reason::expired},
    {"from tomorrow", nothing, [](Scene& s) { s.now = kNow - std::chrono::hours(24); },
     Reason::dated_in_future},
    {"no amount", [](Scene& s) { s.shape.sat.reset(); }, nothing, Reason::amount_missing},
};

TEST_F(OfferTest, OneReasonPerFault) {
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    Scene scene;
    c.shape(scene);
    scene.challenge = made_challenge(scene.shape, curve_);
    c.spoil(scene);
    const auto offer = read_offer(scene.challenge, scene.now, curve_);
    const auto got = offer ? std::nullopt : std::optional(offer.error());
    EXPECT_EQ(got, c.want);
    if (offer) {
      EXPECT_EQ(offer->price, *Msat::of_sat(3));
      EXPECT_TRUE(offer->invoice_text.starts_with("ln") || offer->invoice_text.starts_with("LN"));
    }
  }
}

TEST_F(OfferTest, NothingOfferedIsItsOwnReason) {
  EXPECT_EQ(choose_offer({}, kNow, curve_).error(), Reason::no_offer);
}

TEST_F(OfferTest, TheFirstSoundChallengeIsTakenAndTheFirstFaultIsTold) {
  PaymentAsked asked;
  asked.challenges.push_back(made_challenge({.seed = 7, .macaroon_seed = 8}, curve_));
  asked.challenges.push_back({"L402", "!", "!"});
  EXPECT_EQ(choose_offer(asked, kNow, curve_).error(), Reason::hash_mismatch);
  asked.challenges.push_back(made_challenge({.sat = 5}, curve_));
  const auto chosen = choose_offer(asked, kNow, curve_);
  ASSERT_TRUE(chosen);
  EXPECT_EQ(chosen->price, *Msat::of_sat(5));
}

TEST_F(OfferTest, AnotherPriceThanTheGateSaysIsNotPaid) {
  PaymentAsked asked;
  asked.challenges.push_back(made_challenge({}, curve_));
  asked.stated_price = *Msat::of_sat(2);
  EXPECT_EQ(choose_offer(asked, kNow, curve_).error(), Reason::price_mismatch);
  asked.stated_price = *Msat::of_sat(3);
  EXPECT_TRUE(choose_offer(asked, kNow, curve_));
}

TEST_F(OfferTest, TheLimitItselfMayBePaid) {
  const auto offer = read_offer(made_challenge({}, curve_), kNow, curve_);
  ASSERT_TRUE(offer);
  EXPECT_TRUE(affordable(*offer, *Msat::of_sat(3)));
  EXPECT_EQ(affordable(*offer, *Msat::of(2999)).error(), Reason::over_limit);
}

TEST_F(OfferTest, OnlyTheRightPreimageIsShown) {
  const auto offer = read_offer(made_challenge({}, curve_), kNow, curve_);
  ASSERT_TRUE(offer);
  EXPECT_TRUE(check_preimage(offer->invoice, test::made_preimage(7)));
  Preimage wrong = test::made_preimage(7);
  wrong.bytes[31] ^= 1;
  EXPECT_EQ(check_preimage(offer->invoice, wrong).error(), Reason::preimage_mismatch);
}

TEST_F(OfferTest, TheRetryIsReadByTheGateAndUsesTheWordOfTheChallenge) {
  l402::Challenge challenge = made_challenge({}, curve_);
  for (const char* scheme : {"L402", "LSAT"}) {
    challenge.scheme = scheme;
    const auto offer = read_offer(challenge, kNow, curve_);
    ASSERT_TRUE(offer);
    const std::string value = authorization_of(*offer, test::made_preimage(7));
    EXPECT_TRUE(value.starts_with(std::string(scheme) + " "));
    http::CredentialList list;
    list.add_line(value);
    l402::Credential credential;
    EXPECT_EQ(l402::read_credential({.authorization = &list}, credential), l402::Presence::found);
  }
}

/// Every spelling that is met in the wild is heard, whatever the order of the lines.
TEST(ChallengeForms, EverySpellingIsHeard) {
  const auto vectors = nlohmann::json::parse(test::vector_file("l402/challenge_forms.json"));
  for (const auto& form : vectors["forms"]) {
    SCOPED_TRACE(form["name"].get<std::string>());
    Reply reply{402, {}, ""};
    for (const auto& line : form["www_authenticate"]) {
      reply.fields.push_back({"www-authenticate", line.get<std::string>()});
    }
    const Heard heard = hear(reply, "1");
    const auto* asked = std::get_if<PaymentAsked>(&heard);
    ASSERT_NE(asked, nullptr);
    ASSERT_FALSE(asked->challenges.empty());
    EXPECT_TRUE(asked->challenges[0].invoice.starts_with("lnbc"));
  }
}

}  // namespace
}  // namespace tollhouse::dialogue
