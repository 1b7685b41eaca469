// tests/process: what a refusal says to a client of the Payment scheme, by the real program over
// real sockets. Promise: off it is not there; on, its line stands behind the others on the same
// invoice, and never where somebody may read along.
#include <fstream>
#include <sstream>

#include "process/mpp_case.h"
#include "support/precompiled.h"

namespace tollhouse::test {
namespace {

TEST_F(Mpp, OffItIsNotThereAndItsCredentialIsNone) {
  Site plain(upstream.port());
  GateProcess gate(plain);
  const HttpAnswer refused = gate.call(std::string(kTool));
  EXPECT_TRUE(challenge_of(refused).is_null()) << refused.head;
  EXPECT_LE(refused.head.size(), 3900U);
  EXPECT_FALSE(refusal_of(refused).contains("type"));
  const HttpAnswer shown = gate.call(std::string(kTool), "Payment abc");
  EXPECT_EQ(shown.status, 402);
  EXPECT_EQ(code_of(shown), "payment_required");
}

TEST_F(Mpp, OneRefusalHasThePaymentLineBehindL402AndX402OnTheSameInvoice) {
  GateProcess gate(site);
  const HttpAnswer refused = gate.call(std::string(kTool));
  EXPECT_EQ(refused.status, 402);
  const auto lines = lines_of(refused);
  ASSERT_EQ(lines.size(), 3U) << refused.head;
  EXPECT_TRUE(lines[0].starts_with("L402 macaroon=\""));
  EXPECT_TRUE(lines[1].starts_with("x402 scheme="));
  EXPECT_TRUE(lines[2].starts_with("Payment id=\""));
  const Json challenge = challenge_of(refused);
  EXPECT_EQ(challenge["realm"], "127.0.0.1");
  EXPECT_EQ(challenge["method"], "lightning");
  EXPECT_EQ(challenge["intent"], "charge");
  const Json request = decoded(challenge["request"]);
  const Offer offer = offer_of(refused);
  EXPECT_EQ(request["amount"], "3");
  EXPECT_EQ(request["currency"], "sat");
  EXPECT_EQ(request["methodDetails"]["invoice"], offer.invoice);
  EXPECT_EQ(request["methodDetails"]["paymentHash"], offer.payment_hash);
  EXPECT_EQ(request["methodDetails"]["network"], "regtest");
  const Json body = refusal_of(refused);
  EXPECT_EQ(challenge["expires"].get<std::string>().substr(0, 19),
            body["expiresAt"].get<std::string>().substr(0, 19));
  EXPECT_EQ(body["error"], "payment_required");
  EXPECT_EQ(body["code"], "payment_required");
  EXPECT_EQ(body["type"], kProblems + std::string("payment-required"));
  EXPECT_EQ(body["status"], 402);
  EXPECT_EQ(body["challengeId"], challenge["id"]);
  EXPECT_EQ(body["rails"].back()["name"], "mpp");
  EXPECT_EQ(body["rails"].back()["challenge"], lines[2]);
  EXPECT_EQ(refused.field("Content-Type"), "application/json");
  // What stands in the head leaves it in the same order; the Payment line stays.
  EXPECT_LE(refused.head.size(), 3900U + 1000U);
  RecordProperty("head_bytes", static_cast<int>(refused.head.size()));
}

TEST_F(Mpp, ThePriceIsWholeSatoshiOnEveryRail) {
  GateProcess gate(site);
  const HttpAnswer refused = gate.call("attempt.json");  // 1500 msat
  EXPECT_EQ(decoded(challenge_of(refused)["request"])["amount"], "2");
  EXPECT_EQ(offer_of(refused).price_msat, 2000U);
  for (const Json& each : refusal_of(refused)["accepts"]) EXPECT_EQ(each["amount"], "2000");
  const auto paid = gate.pay(offer_of(refused));
  ASSERT_TRUE(paid);
  const HttpAnswer served =
      show(gate, payment(challenge_of(refused), paid->preimage), "attempt.json");
  EXPECT_EQ(served.status, 200) << served.body;
  EXPECT_FALSE(served.field("Payment-Receipt").empty());
  EXPECT_EQ(refusal_of(gate.call("counted.json"))["rails"].size(), 1U) << "a bundle is of L402";
  expect_books(1);
}

TEST_F(Mpp, OnlyWhoAsksForAProblemGetsItsMediaType) {
  GateProcess gate(site);
  HttpRequest request;
  request.target = "/tools/" + std::string(kTool);
  request.body = "{}";
  request.fields = {{"Content-Type", "application/json"},
                    {"Accept", "application/problem+json, application/json"}};
  const HttpAnswer problem = send_request(gate.port(), request);
  EXPECT_EQ(problem.status, 402) << problem.body;
  EXPECT_EQ(problem.field("Content-Type"), "application/problem+json");
  EXPECT_EQ(Json::parse(problem.body)["type"], kProblems + std::string("payment-required"));
  request.fields.back().second = "*/*";
  EXPECT_EQ(send_request(gate.port(), request).field("Content-Type"), "application/json");
}

TEST_F(Mpp, ThePaymentLineIsNotShownWhereSomebodyMayReadAlong) {
  Site behind(upstream.port(), std::string(kOn) + "trusted_proxies: [127.0.0.1/32]\n");
  GateProcess gate(behind);
  const auto asked = [&](const char* name, const char* value) {
    HttpRequest request = gate.request(std::string(kTool));
    request.fields.emplace_back(name, value);
    return send_request(gate.port(), request);
  };
  const HttpAnswer plain = asked("X-Forwarded-Proto", "http");
  EXPECT_TRUE(challenge_of(plain).is_null()) << plain.head;
  EXPECT_EQ(refusal_of(plain)["rails"].back()["name"], "x402-bip122-exact");
  EXPECT_FALSE(refusal_of(plain).contains("challengeId"));
  EXPECT_FALSE(challenge_of(asked("X-Forwarded-Proto", "https")).is_null());
  EXPECT_FALSE(challenge_of(asked("Forwarded", "for=192.0.2.1;proto=https")).is_null());
  EXPECT_TRUE(challenge_of(asked("Forwarded", "for=192.0.2.1;proto=http")).is_null());
}

TEST_F(Mpp, ARowOfItsOwnOffersNothingElseAndNothingWhereSomebodyMayReadAlong) {
  Site behind(upstream.port(), std::string(kOn) + "trusted_proxies: [127.0.0.1/32]\n");
  std::ostringstream read;
  read << std::ifstream(behind.configuration()).rdbuf();
  std::string text = read.str();
  const std::string row = "\"success.json\": { price: 3 sat";
  text.insert(text.find(row) + row.size(), ", rails: [mpp]");
  std::ofstream(behind.configuration()) << text;
  GateProcess gate(behind);
  ASSERT_TRUE(gate.started()) << gate.output();
  const HttpAnswer refused = gate.call(std::string(kTool));
  ASSERT_EQ(lines_of(refused).size(), 1U) << refused.head;
  EXPECT_TRUE(refused.field("PAYMENT-REQUIRED").empty());
  const Json body = refusal_of(refused);
  EXPECT_FALSE(body.contains("macaroon"));
  Offer offer;
  offer.invoice = body["invoice"];
  const auto paid = gate.pay(offer);
  ASSERT_TRUE(paid);
  const std::string shown = payment(challenge_of(refused), paid->preimage);
  EXPECT_EQ(show(gate, shown).status, 200);
  HttpRequest plain = gate.request(std::string(kTool));
  plain.fields.emplace_back("X-Forwarded-Proto", "http");
  const HttpAnswer nothing = send_request(gate.port(), plain);
  EXPECT_EQ(nothing.status, 503) << nothing.body;
  EXPECT_EQ(code_of(nothing), "rails_unavailable");
  EXPECT_TRUE(lines_of(nothing).empty());
}

TEST_F(Mpp, AcceptPaymentChoosesTheSurfaceAndTakesNothingAway) {
  GateProcess gate(site);
  for (const char* wish :
       {"lightning/charge", "tempo/*;q=0.5", "*/session;q=0", "(((", "*/*;q=0"}) {
    HttpRequest request = gate.request(std::string(kTool));
    request.fields.emplace_back("Accept-Payment", wish);
    const HttpAnswer refused = send_request(gate.port(), request);
    EXPECT_EQ(refused.status, 402);
    EXPECT_EQ(lines_of(refused).size(), 3U) << wish;
  }
}

TEST_F(Mpp, InitializeSaysThatTheGateTakesIt) {
  GateProcess gate(site);
  HttpRequest request = gate.request(std::string(kTool));
  request.body =
      R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25",)"
      R"("capabilities":{},"clientInfo":{"name":"t","version":"1"}}})";
  const HttpAnswer answer = send_request(gate.port(), request);
  ASSERT_EQ(answer.status, 200) << answer.body;
  const Json said = Json::parse(answer.body)["result"]["capabilities"]["experimental"];
  EXPECT_EQ(said["payment"]["methods"]["lightning"]["intents"], Json::array({"charge"}));
  EXPECT_EQ(said["tollhouse/gate"]["rails"].dump().find("\"mpp\"") != std::string::npos, true);
}

}  // namespace
}  // namespace tollhouse::test
