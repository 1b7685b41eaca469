// Goal: a caller finds what x402 gates ask, on every surface, takes the offer that is sound for the
// call it means, and shows its payment so that the gate's own verifier takes it.
#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "base/hex.h"
#include "dialogue/made_offer.h"
#include "dialogue/meant_call.h"
#include "dialogue/offer.h"
#include "support/precompiled.h"
#include "support/vectors.h"
#include "x402/payment_payload.h"
#include "x402/verify_lnbtc.h"

namespace tollhouse::dialogue {
namespace {

using Json = nlohmann::json;

constexpr x402::McpCall kCall{
    "https://gate.example/mcp", {}, "fetch_market_metrics", R"({"pair":"BTC-USD","depth":5})", {}};

class X402OfferTest : public ::testing::Test {
 protected:
  SystemRandom random_;
  crypto::Secp256k1 curve_{random_};
  Json lnbtc_ =
      Json::parse(test::vector_file("x402/lnbtc-settle.json"))["base"]["payload"]["accepted"];
  Json bip122_ =
      Json::parse(test::vector_file("x402/bip122-exact.json"))["challenge"]["body"]["accepts"][0];
  Time now_ = time_from_unix(1'700'000'010);

  static std::string demand(const Json& accepts) {
    const Json object{{"x402Version", 2},
                      {"error", "payment_required"},
                      {"resource", {{"url", "mcp://tool/x"}}},
                      {"accepts", accepts}};
    return object.dump();
  }
  std::string both() const { return demand(Json::array({lnbtc_, bip122_})); }
  std::string chosen(const PaymentAsked& asked, const Purchase& purchase) const {
    const auto offer = choose_offer(asked, purchase, curve_);
    if (!offer) return std::string(to_text(offer.error()));
    const bool lnbtc = offer->x402.offer.profile == x402::Profile::lnbtc;
    return offer->rail == Rail::l402 ? "l402" : lnbtc ? "lnbtc" : "bip122";
  }
};

TEST_F(X402OfferTest, ADemandIsHeardOnEverySurface) {
  const std::string required = both();
  const std::string error =
      R"({"jsonrpc":"2.0","id":1,"error":{"code":402,"message":"m","data":)" + required + "}}";
  const std::string other_error =
      R"({"jsonrpc":"2.0","id":1,"error":{"code":-32042,"message":"m","data":{"x402":)" + required +
      "}}}";
  const Json text{{"type", "text"}, {"text", required}};
  const std::string result =
      R"({"jsonrpc":"2.0","id":1,"result":{"isError":true,"content":[)" + text.dump() + "]}}";
  const Reply replies[] = {
      {402, {{"PAYMENT-REQUIRED", base64(bytes_of(required))}}, ""},
      {402, {{"Content-Type", "application/json"}}, required},
      {402, {{"Content-Type", "application/json"}}, error},
      {200, {{"Content-Type", "application/json"}}, error},
      {200, {{"Content-Type", "application/json"}}, other_error},
      {200, {{"Content-Type", "application/json"}}, result},
  };
  for (const Reply& reply : replies) {
    SCOPED_TRACE(reply.body);
    const Heard heard = hear(reply, "1");
    const auto* asked = std::get_if<PaymentAsked>(&heard);
    ASSERT_NE(asked, nullptr);
    EXPECT_EQ(asked->x402, required);
  }
}

TEST_F(X402OfferTest, AnErrorThatAsksForNothingStaysARefusal) {
  const Reply reply{200,
                    {{"Content-Type", "application/json"}},
                    R"({"jsonrpc":"2.0","id":1,"error":{"code":-32042,"message":"m",)"
                    R"("data":{"x402Version":1,"accepts":[]}}})"};
  EXPECT_TRUE(std::holds_alternative<Refused>(hear(reply, "1")));
}

TEST_F(X402OfferTest, TheRailOfTheCallerDecides) {
  PaymentAsked asked;
  asked.x402 = both();
  EXPECT_EQ(chosen(asked, {now_, std::nullopt, &kCall}), "lnbtc");
  EXPECT_EQ(chosen(asked, {now_, Rail::x402, &kCall}), "lnbtc");
  EXPECT_EQ(chosen(asked, {now_, Rail::x402, nullptr}), "bip122");
  EXPECT_EQ(chosen(asked, {now_, Rail::l402, &kCall}), "no_offer");
}

TEST_F(X402OfferTest, L402IsTakenFirstAndX402WhereItIsUnsound) {
  PaymentAsked asked;
  asked.x402 = both();
  asked.challenges = {{"L402", "!", "lnbc1"}};
  EXPECT_EQ(chosen(asked, {now_, std::nullopt, &kCall}), "lnbtc");
  EXPECT_EQ(chosen(asked, {now_, Rail::l402, &kCall}), "bad_macaroon");
  test::OfferShape shape;
  shape.minted = now_;
  asked.challenges = {test::made_challenge(shape, curve_)};
  EXPECT_EQ(chosen(asked, {now_, std::nullopt, &kCall}), "l402");
  EXPECT_EQ(chosen(asked, {now_, Rail::x402, &kCall}), "lnbtc");
}

TEST_F(X402OfferTest, WhyNothingIsTaken) {
  PaymentAsked asked;
  EXPECT_EQ(chosen(asked, {now_, Rail::x402, &kCall}), "no_offer");
  asked.x402 = "not JSON";
  EXPECT_EQ(chosen(asked, {now_, Rail::x402, &kCall}), "no_offer");
  asked.x402 = both();
  EXPECT_EQ(chosen(asked, {time_from_unix(1'800'000'000), Rail::x402, &kCall}), "expired");
  x402::McpCall other = kCall;
  other.name = "another_tool";
  asked.x402 = demand(Json::array({lnbtc_}));
  EXPECT_EQ(chosen(asked, {now_, Rail::x402, &other}), "no_offer");
  lnbtc_["amount"] = "24000";
  asked.x402 = demand(Json::array({lnbtc_}));
  EXPECT_EQ(chosen(asked, {now_, Rail::x402, &kCall}), "price_mismatch");
  asked.x402 = both();
  asked.stated_price = Msat::of(1).value();
  EXPECT_EQ(chosen(asked, {now_, Rail::x402, nullptr}), "price_mismatch");
  bip122_["extra"]["invoice"] = "lnbc1";
  asked.x402 = demand(Json::array({bip122_}));
  EXPECT_EQ(chosen(asked, {now_, Rail::x402, &kCall}), "bad_invoice");
}

TEST_F(X402OfferTest, ThePaymentThatIsShownPasses) {
  PaymentAsked asked;
  asked.x402 = both();
  const auto offer = choose_offer(asked, {now_, Rail::x402, &kCall}, curve_);
  ASSERT_TRUE(offer);
  EXPECT_EQ(offer->price.count(), 25'000u);
  const auto preimage =
      value_from_hex<Preimage>("0001020304050607080900010203040506070809000102030405060708090102");
  ASSERT_TRUE(check_preimage(offer->invoice, *preimage));
  const FieldLine field = credential_field(authorization_of(*offer, *preimage));
  EXPECT_EQ(field.name, "PAYMENT-SIGNATURE");
  x402::Payment payment;
  ASSERT_TRUE(payment.read({x402::PaymentText::Form::base64, field.value}));
  EXPECT_TRUE(x402::verify_lnbtc(payment, {&offer->x402.offer}, nullptr, curve_, now_));
  const Json shown = Json::parse(payment.text());
  EXPECT_EQ(shown["accepted"], lnbtc_);
  EXPECT_EQ(shown["resource"]["url"], "mcp://tool/x");
}

TEST_F(X402OfferTest, AnL402CredentialIsAnAuthorization) {
  const auto offer = read_offer(test::made_challenge({}, curve_), test::kNow, curve_);
  ASSERT_TRUE(offer);
  const std::string line = authorization_of(*offer, test::made_preimage(7));
  const FieldLine field = credential_field(line);
  EXPECT_EQ(field.name, "Authorization");
  EXPECT_EQ(field.value, line);
}

TEST_F(X402OfferTest, TheCallIsReadOutOfWhatWasSent) {
  const auto meant = meant_call(
      R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a\u0062","arguments":)"
      R"({"x": 1},"_meta":{"k":2}}})");
  ASSERT_TRUE(meant);
  EXPECT_EQ(meant->name, "ab");
  EXPECT_EQ(meant->arguments, R"({"x": 1})");
  EXPECT_EQ(meant->meta, R"({"k":2})");
  EXPECT_EQ(meant->on("https://gate.example/").server, "https://gate.example/");
  EXPECT_TRUE(meant_call(R"({"method":"tools/call","params":{"name":"t"}})")->arguments.empty());
  for (const char* const none : {"", "[]", R"({"method":"ping"})", R"({"method":"tools/call"})",
                                 R"({"method":"tools/list","params":{"name":"t"}})",
                                 R"({"method":"tools/call","params":{"name":7}})"}) {
    EXPECT_FALSE(meant_call(none)) << none;
  }
}

}  // namespace
}  // namespace tollhouse::dialogue
