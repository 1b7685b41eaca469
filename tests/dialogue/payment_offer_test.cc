// Goal: a caller finds what gates ask by the Payment scheme, on every surface, pays only what the
// invoice itself says, and shows it byte for byte as the reference payers do.
#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "base/hex.h"
#include "dialogue/made_offer.h"
#include "dialogue/offer.h"
#include "support/precompiled.h"
#include "support/vectors.h"

namespace tollhouse::dialogue {
namespace {

using Json = nlohmann::json;

class PaymentOfferTest : public ::testing::Test {
 protected:
  SystemRandom random_;
  crypto::Secp256k1 curve_{random_};
  Json vectors_ = Json::parse(test::vector_file("mpp/lightning-charge.json"));
  Json plain_ = vectors_["challenges"][0];
  Time now_ = time_from_unix(1'700'000'060);

  /// The challenge that a reply asks for by this line.
  PaymentAsked asked_by(const std::string& line) const {
    const Heard heard = hear({402, {{"WWW-Authenticate", line}}, ""}, "1");
    return std::get<PaymentAsked>(heard);
  }
  PaymentAsked plain() const { return asked_by(plain_["header"]); }
  std::string chosen(const PaymentAsked& asked, std::optional<Rail> rail) const {
    const auto offer = choose_offer(asked, {now_, rail, nullptr}, curve_);
    return std::string(offer ? to_text(offer->rail) : to_text(offer.error()));
  }
  /// What comes of the plain challenge with another request.
  std::string with_request(const char* pointer, const Json& value) const {
    Json request = Json::parse(plain_["request_text"].get<std::string>());
    request[Json::json_pointer(pointer)] = value;
    PaymentAsked asked = plain();
    asked.payments[0].request = base64url(bytes_of(request.dump()));
    return chosen(asked, Rail::mpp);
  }
};

TEST_F(PaymentOfferTest, ADemandIsHeardOnEverySurface) {
  const std::string line = plain_["header"];
  const Json data = vectors_["jsonrpc"]["challenge"]["error"]["data"];
  const Json own{{"error", "payment_required"},
                 {"rails", Json::array({{{"name", "mpp"}, {"challenge", line}}})}};
  const auto error = [](int code, const Json& with) {
    return Json{{"jsonrpc", "2.0"},
                {"id", 1},
                {"error", {{"code", code}, {"message", "m"}, {"data", with}}}}
        .dump();
  };
  const Json result{
      {"jsonrpc", "2.0"},
      {"id", 1},
      {"result", {{"isError", true}, {"_meta", {{"org.paymentauth/payment-required", data}}}}}};
  const std::vector<FieldLine> json{{"Content-Type", "application/json"}};
  const Reply replies[] = {
      {402,
       {{"WWW-Authenticate", "L402 macaroon=\"!\", invoice=\"!\""}, {"WWW-Authenticate", line}},
       ""},
      {402, json, own.dump()},
      {200, json, error(402, own)},
      {200, json, error(-32042, data)},
      {200, json, error(-32043, data)},
      {200, json, result.dump()},
  };
  for (const Reply& reply : replies) {
    SCOPED_TRACE(reply.body);
    const Heard heard = hear(reply, "1");
    const auto* asked = std::get_if<PaymentAsked>(&heard);
    ASSERT_NE(asked, nullptr);
    EXPECT_TRUE(asked->payable());
    EXPECT_EQ(chosen(*asked, Rail::mpp), "mpp");
  }
  const Reply other{200, json, error(-32042, Json{{"elicitations", Json::array()}})};
  EXPECT_TRUE(std::holds_alternative<Refused>(hear(other, "1")));
}

TEST_F(PaymentOfferTest, ThePaymentIsShownAsTheReferencePayersDo) {
  const auto offer = choose_offer(plain(), {now_, Rail::mpp, nullptr}, curve_);
  ASSERT_TRUE(offer);
  EXPECT_EQ(offer->price, *Msat::of_sat(3));
  const auto preimage = value_from_hex<Preimage>(
      vectors_["preimages"][plain_["payment_hash"].get<std::string>()].get<std::string>());
  ASSERT_TRUE(check_preimage(offer->invoice, *preimage));
  const FieldLine field = credential_field(authorization_of(*offer, *preimage));
  EXPECT_EQ(field.name, "Authorization");
  EXPECT_EQ(Json(field.value), vectors_["credentials"][0]["authorization"]);
}

TEST_F(PaymentOfferTest, TheOtherRailsAreTakenFirst) {
  PaymentAsked asked = plain();
  EXPECT_EQ(chosen(asked, std::nullopt), "mpp") << "where nothing else is offered";
  EXPECT_EQ(chosen(asked, Rail::l402), "no_offer");
  EXPECT_EQ(chosen(asked, Rail::x402), "no_offer");
  asked.challenges = {{"L402", "!", "lnbc1"}};
  EXPECT_EQ(chosen(asked, std::nullopt), "mpp") << "where the others are unsound";
  EXPECT_EQ(chosen(asked, Rail::l402), "bad_macaroon");
  test::OfferShape shape;
  shape.minted = now_;
  asked.challenges = {test::made_challenge(shape, curve_)};
  EXPECT_EQ(chosen(asked, std::nullopt), "l402");
  EXPECT_EQ(chosen(asked, Rail::mpp), "mpp");
  asked.payments.clear();
  EXPECT_EQ(chosen(asked, Rail::mpp), "no_offer");
}

TEST_F(PaymentOfferTest, WhyNothingIsTaken) {
  EXPECT_EQ(with_request("/amount", "3"), "mpp");
  EXPECT_EQ(with_request("/amount", "2"), "price_mismatch");
  EXPECT_EQ(with_request("/amount", "4"), "price_mismatch");
  EXPECT_EQ(with_request("/currency", "usd"), "no_offer");
  EXPECT_EQ(with_request("/methodDetails/paymentHash", std::string(64, 'a')), "hash_mismatch");
  EXPECT_EQ(with_request("/methodDetails/network", "regtest"), "bad_invoice");
  EXPECT_EQ(with_request("/methodDetails/invoice", "lnbc1"), "bad_invoice");
  PaymentAsked asked = plain();
  asked.stated_price = Msat::of_sat(2);
  EXPECT_EQ(chosen(asked, Rail::mpp), "price_mismatch");
  asked = plain();
  asked.payments[0].method = "tempo";
  EXPECT_EQ(chosen(asked, Rail::mpp), "no_offer");
  asked.payments.push_back(plain().payments[0]);
  EXPECT_EQ(chosen(asked, Rail::mpp), "mpp") << "several are alternatives";
  asked = plain();
  asked.payments[0].expires = "2023-11-14T22:14:19Z";
  EXPECT_EQ(chosen(asked, Rail::mpp), "expired");
  asked.payments[0].expires.clear();
  EXPECT_EQ(chosen(asked, Rail::mpp), "mpp");
  now_ = time_from_unix(1'800'000'000);
  EXPECT_EQ(chosen(asked, Rail::mpp), "expired");
}

}  // namespace
}  // namespace tollhouse::dialogue
