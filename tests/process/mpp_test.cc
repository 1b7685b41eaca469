// tests/process: the same call paid by the Payment scheme, by both carriers, beside L402 and x402:
// by the real program over real sockets. Promise: one invoice, one payment hash, one pass; each bad
// credential has its problem and spends nothing.
#include <csignal>

#include "base/base64.h"
#include "crypto/sha256.h"
#include "mpp/body_digest.h"
#include "process/late_proof.h"
#include "process/mpp_case.h"
#include "support/lnbits.h"
#include "support/precompiled.h"

namespace tollhouse::test {
namespace {

TEST_F(Mpp, ACredentialPaysOnceAndIsToldSo) {
  GateProcess gate(site);
  const Bought bought = buy(gate);
  const HttpAnswer served = show(gate, bought.authorization());
  ASSERT_EQ(served.status, 200) << served.body;
  const Json receipt = decoded(served.field("Payment-Receipt"));
  EXPECT_EQ(receipt["status"], "success");
  EXPECT_EQ(receipt["method"], "lightning");
  EXPECT_EQ(receipt["reference"], offer_of(bought.refused).payment_hash);
  EXPECT_EQ(receipt["challengeId"], bought.challenge["id"]);
  EXPECT_EQ(receipt["timestamp"].get<std::string>().size(), 20U);
  EXPECT_EQ(served.field("Cache-Control"), "private, no-store");
  EXPECT_EQ(served.field("Payment-Receipt").find(bought.token.preimage), std::string::npos);
  EXPECT_EQ(Json::parse(served.body)["result"]["_meta"]["org.paymentauth/receipt"], receipt);
  EXPECT_EQ(Json::parse(receipt_of(served))["body"]["x_rail"], "mpp");
  const auto received = upstream.received();
  EXPECT_EQ(received.back().field("Authorization"), "");
  EXPECT_NE(received.back().head.find(R"("rail":"mpp")"), std::string::npos);

  const HttpAnswer again =
      gate.call_settled(gate.request(std::string(kTool), bought.authorization()));
  EXPECT_EQ(again.status, 402);
  EXPECT_EQ(code_of(again), "invalid-challenge");
  const Json body = refusal_of(again);
  EXPECT_EQ(body["type"], kProblems + std::string("invalid-challenge"));
  EXPECT_EQ(body["alias"], kProblems + std::string("lightning/unknown-challenge"));
  EXPECT_EQ(body["challengeId"], challenge_of(again)["id"]);
  EXPECT_NE(challenge_of(again)["id"], bought.challenge["id"]) << "with a fresh challenge";
  EXPECT_TRUE(again.field("Payment-Receipt").empty());
  EXPECT_EQ(upstream.calls(kTool), 1U);
  expect_books(1);
  EXPECT_EQ(gate.sample("tollhouse_charges_total{tool=\"success.json\",rail=\"mpp\"}"), 1);
}

TEST_F(Mpp, InMetaTheRequestIsAnObjectAndTheDemandStandsInBand) {
  GateProcess gate(site);
  HttpRequest ask = gate.request(std::string(kTool));
  ask.body = call_body(std::string(kTool), "{}", R"({"org.paymentauth/hint":true})");
  const HttpAnswer refused = send_request(gate.port(), ask);
  EXPECT_EQ(refused.status, 200) << "a hint in _meta is answered in band";
  EXPECT_TRUE(refused.field("WWW-Authenticate").empty());
  const Json told = Json::parse(refused.body)["result"];
  EXPECT_EQ(told["isError"], true);
  const Json demand = told["_meta"]["org.paymentauth/payment-required"];
  EXPECT_EQ(demand["httpStatus"], 402);
  ASSERT_EQ(demand["challenges"].size(), 1U) << refused.body;
  EXPECT_EQ(demand["problem"]["type"], kProblems + std::string("payment-required"));
  EXPECT_FALSE(demand.contains("failure"));
  const Json challenge = demand["challenges"][0];
  EXPECT_EQ(challenge["request"]["methodDetails"]["invoice"], offer_of(refused).invoice);
  const auto paid = gate.pay(offer_of(refused));
  ASSERT_TRUE(paid);

  const auto shown = [&](const std::string& preimage) {
    HttpRequest request = gate.request(std::string(kTool));
    request.body = call_body(
        std::string(kTool), "{}",
        R"({"org.paymentauth/credential":)" + credential(challenge, preimage).dump() + "}");
    return send_request(gate.port(), request);
  };
  const Json failed = Json::parse(shown(std::string(64, 'a')).body)["result"]["_meta"];
  EXPECT_EQ(failed["org.paymentauth/payment-required"]["failure"]["reason"], "verification-failed");
  const HttpAnswer served = shown(paid->preimage);
  ASSERT_EQ(served.status, 200) << served.body;
  const Json receipt = Json::parse(served.body)["result"]["_meta"]["org.paymentauth/receipt"];
  EXPECT_EQ(receipt["challengeId"], challenge["id"]) << served.body;
  EXPECT_EQ(receipt["reference"], offer_of(refused).payment_hash);
  EXPECT_EQ(upstream.received().back().body.find("paymentauth"), std::string::npos);
  EXPECT_EQ(upstream.calls(kTool), 1U);
  expect_books(1);
}

TEST_F(Mpp, ACredentialMayStandBesideParamsAndOneThatDiffersThereContradicts) {
  GateProcess gate(site);
  const Bought bought = buy(gate);
  const auto shown = [&](const std::string& preimage, const std::string& in_params) {
    HttpRequest request = gate.request(std::string(kTool));
    Json body = Json::parse(call_body(std::string(kTool), "{}", in_params));
    body["_meta"]["org.paymentauth/credential"] = credential(bought.challenge, preimage);
    body["_meta"]["own"] = 1;
    request.body = body.dump();
    return send_request(gate.port(), request);
  };
  const std::string wrong = std::string(64, 'a');
  const HttpAnswer failed = shown(wrong, "{}");
  EXPECT_EQ(failed.status, 200) << "answered where it was shown: in band";
  EXPECT_EQ(code_of(failed), "verification-failed");
  const HttpAnswer two =
      shown(wrong, R"({"org.paymentauth/credential":)" +
                       credential(bought.challenge, bought.token.preimage).dump() + "}");
  EXPECT_EQ(code_of(two), "conflicting_credentials") << two.body;
  EXPECT_EQ(upstream.calls(kTool), 0U);
  expect_books(0);
  const HttpAnswer served = shown(bought.token.preimage, "{}");
  ASSERT_EQ(served.status, 200) << served.body;
  const Json receipt = Json::parse(served.body)["result"]["_meta"]["org.paymentauth/receipt"];
  EXPECT_EQ(receipt["challengeId"], bought.challenge["id"]) << served.body;
  const std::string forwarded = upstream.received().back().body;
  EXPECT_EQ(forwarded.find("paymentauth"), std::string::npos) << forwarded;
  EXPECT_EQ(Json::parse(forwarded)["_meta"], Json({{"own", 1}}));
  EXPECT_EQ(upstream.calls(kTool), 1U);
  expect_books(1);
}

TEST_F(Mpp, AStreamHasTheReceiptInItsResult) {
  GateProcess gate(site);
  const Bought bought = buy(gate, "success.sse");
  const HttpAnswer served = show(gate, bought.authorization(), "success.sse");
  ASSERT_EQ(served.status, 200) << served.body;
  EXPECT_TRUE(served.field("Payment-Receipt").empty()) << "its head left before the charge";
  EXPECT_NE(served.body.find(R"("org.paymentauth/receipt":{"challengeId":)"), std::string::npos)
      << served.body;
  expect_books(1);
}

TEST_F(Mpp, AToolThatFailedHasNoReceiptAlsoNotAForgedOne) {
  GateProcess gate(site);
  const Bought bought = buy(gate);
  upstream.answer_next("tools/call", "200 OK",
                       R"({"jsonrpc":"2.0","id":ID,"result":{"isError":true,"content":[],"_meta":)"
                       R"({"org.paymentauth/receipt":{"status":"success"},"own":1}}})",
                       1);
  const HttpAnswer failed = show(gate, bought.authorization());
  EXPECT_EQ(failed.status, 200);
  EXPECT_TRUE(failed.field("Payment-Receipt").empty());
  const Json meta = Json::parse(failed.body)["result"]["_meta"];
  EXPECT_FALSE(meta.contains("org.paymentauth/receipt")) << failed.body;
  EXPECT_EQ(meta["own"], 1);
  // Nothing was charged: the same credential works.
  upstream.answer_next("tools/call", "200 OK\r\nPayment-Receipt: Zm9yZ2Vk",
                       R"({"jsonrpc":"2.0","id":ID,"result":{"content":[],"_meta":)"
                       R"({"org.paymentauth/receipt":{"status":"forged"}}}})",
                       1);
  const HttpAnswer served = show(gate, bought.authorization());
  ASSERT_EQ(served.status, 200) << served.body;
  EXPECT_EQ(decoded(served.field("Payment-Receipt"))["challengeId"], bought.challenge["id"]);
  EXPECT_EQ(served.count("Payment-Receipt"), 1U);
  EXPECT_EQ(Json::parse(served.body)["result"]["_meta"]["org.paymentauth/receipt"]["status"],
            "success");
  expect_books(1);
}

TEST_F(Mpp, EveryBadCredentialHasItsProblemAndSpendsNothing) {
  GateProcess gate(site);
  const Bought bought = buy(gate);
  const std::string& preimage = bought.token.preimage;
  const auto with = [&](const char* name, const Json& value) {
    Json changed = bought.challenge;
    changed[name] = value;
    return payment(changed, preimage);
  };
  Json cheap = decoded(bought.challenge["request"]);
  cheap["amount"] = "1";
  Json no_preimage = credential(bought.challenge, preimage);
  no_preimage["payload"].erase("preimage");
  const struct {
    const char* what;
    std::string shown;
    const char* problem;
    const char* alias;
  } rows[] = {
      {"not base64", "Payment ***", "malformed-credential", "lightning/malformed-credential"},
      {"no preimage", authorization(no_preimage), "malformed-credential",
       "lightning/malformed-credential"},
      {"foreign id", with("id", std::string(43, 'A')), "invalid-challenge",
       "lightning/unknown-challenge"},
      {"other realm", with("realm", "other.example"), "invalid-challenge",
       "lightning/unknown-challenge"},
      {"longer life", with("expires", "2099-01-01T00:00:00Z"), "invalid-challenge",
       "lightning/unknown-challenge"},
      {"lower amount", with("request", base64url(bytes_of(cheap.dump()))), "invalid-challenge",
       "lightning/unknown-challenge"},
      {"wrong preimage", payment(bought.challenge, std::string(64, 'a')), "verification-failed",
       "lightning/invalid-preimage"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.what);
    const HttpAnswer refused = show(gate, row.shown);
    EXPECT_EQ(refused.status, 402);
    EXPECT_EQ(code_of(refused), row.problem);
    const Json body = refusal_of(refused);
    EXPECT_EQ(body["type"], std::string(kProblems) + row.problem);
    EXPECT_EQ(body["alias"], std::string(kProblems) + row.alias);
    EXPECT_EQ(body["status"], 402);
    EXPECT_TRUE(body["detail"].is_string());
    EXPECT_FALSE(challenge_of(refused).is_null()) << "with a fresh challenge";
  }
  const HttpAnswer elsewhere = show(gate, bought.authorization(), "success.sse");
  EXPECT_EQ(elsewhere.status, 402);
  EXPECT_EQ(code_of(elsewhere), "verification-failed") << "sold for another tool";
  EXPECT_EQ(upstream.calls(kTool), 0U);
  expect_books(0);
  EXPECT_EQ(show(gate, bought.authorization()).status, 200) << "nothing was spent";
  expect_books(1);
}

TEST_F(Mpp, TwoCredentialsThatDifferContradict) {
  GateProcess gate(site);
  const Bought bought = buy(gate);
  const std::string other = payment(bought.challenge, std::string(64, 'a'));
  HttpRequest two = gate.request(std::string(kTool), bought.authorization());
  two.fields.emplace_back("Authorization", other);
  const HttpAnswer conflicting = send_request(gate.port(), two);
  EXPECT_EQ(conflicting.status, 400);
  EXPECT_EQ(code_of(conflicting), "conflicting_credentials");
  EXPECT_EQ(refusal_of(conflicting)["type"], kProblems + std::string("malformed-credential"));
  EXPECT_TRUE(challenge_of(conflicting).is_null());
  // The same one twice is one; and the same payment by L402 beside it is no contradiction.
  HttpRequest same = gate.request(std::string(kTool), bought.authorization());
  same.fields.emplace_back("Authorization", bought.token.authorization());
  same.fields.emplace_back("Authorization", bought.authorization());
  const HttpAnswer served = send_request(gate.port(), same);
  EXPECT_EQ(served.status, 200) << served.body;
  expect_books(1);
  EXPECT_EQ(gate.sample("tollhouse_charges_total{tool=\"success.json\",rail=\"l402\"}"), 1);
}

TEST_F(Mpp, OnePaymentHashIsSpentOnEveryRail) {
  GateProcess gate(site);
  const Bought by_l402 = buy(gate);
  EXPECT_EQ(show(gate, by_l402.token.authorization()).status, 200);
  const HttpAnswer replayed =
      gate.call_settled(gate.request(std::string(kTool), by_l402.authorization()));
  EXPECT_EQ(replayed.status, 402);
  EXPECT_EQ(code_of(replayed), "invalid-challenge");

  const Bought by_mpp = buy(gate);
  EXPECT_EQ(show(gate, by_mpp.authorization()).status, 200);
  const HttpAnswer spent =
      gate.call_settled(gate.request(std::string(kTool), by_mpp.token.authorization()));
  EXPECT_EQ(spent.status, 409);
  EXPECT_EQ(code_of(spent), "replay");
  EXPECT_EQ(upstream.calls(kTool), 2U);
  expect_books(2);
}

TEST_F(Mpp, R_TEST_4_SixtyFourAtOnceAcrossThreeRailsAndOnePasses) {
  GateProcess gate(site);
  const Bought bought = buy(gate);
  Json by_x402;
  for (const Json& each : refusal_of(bought.refused)["accepts"]) {
    if (each["network"].get<std::string>().starts_with("bip122:")) {
      by_x402 = {{"x402Version", 2},
                 {"accepted", each},
                 {"payload", {{"invoice", each["extra"]["invoice"]}}}};
    }
  }
  auto statuses = gate.sixty_four_at_once([&](int i) {
    if (i % 3 == 0) return gate.request(std::string(kTool), bought.token.authorization());
    if (i % 3 == 1) return gate.request(std::string(kTool), bought.authorization());
    HttpRequest request = gate.request(std::string(kTool));
    request.fields.emplace_back("X-PAYMENT", base64(bytes_of(by_x402.dump())));
    return request;
  });
  EXPECT_EQ(statuses[200], 1);
  EXPECT_EQ(statuses[409] + statuses[402], 63);
  EXPECT_EQ(upstream.calls(kTool), 1U);
  expect_books(1);
}

TEST_F(Mpp, AChallengeOutlivesARestart) {
  Bought bought;
  {
    GateProcess gate(site);
    bought = buy(gate);
    EXPECT_EQ(gate.stop(), 0);
  }
  GateProcess gate(site);
  EXPECT_EQ(show(gate, bought.authorization()).status, 200);
  expect_books(1);
}

TEST_F(Mpp, AChallengeEndsWithItsInvoice) {
  // An invoice counts whole seconds: of one second's life nothing may be left when it is offered.
  Site brief(upstream.port(), "rails: { l402: { ttl: 2s }, mpp: { enabled: true } }\n");
  GateProcess gate(brief);
  const Json challenge = challenge_of(gate.call(std::string(kTool)));
  // Until its time is over a preimage that does not fit is refused as such.
  const std::string shown = payment(challenge, std::string(64, 'a'));
  const auto until = std::chrono::steady_clock::now() + kPatience;
  HttpAnswer refused = show(gate, shown);
  while (code_of(refused) == "verification-failed" && std::chrono::steady_clock::now() < until) {
    refused = show(gate, shown);
  }
  EXPECT_EQ(refused.status, 402);
  EXPECT_EQ(code_of(refused), "payment-expired");
  EXPECT_EQ(refusal_of(refused)["alias"], kProblems + std::string("lightning/expired-invoice"));
  EXPECT_NE(challenge_of(refused)["id"], challenge["id"]);
}

/// One call that is charged and whose answer is lost with the process. A machine that is too slow
/// for the challenge's life buys again.
Json charged_and_unanswered(const Site& site, std::string& preimage) {
  GateProcess gate(site, {.crashable = true, .environment = {"TOLLHOUSE_CRASH_AT=K6"}});
  Json challenge;
  const auto until = std::chrono::steady_clock::now() + kPatience;
  HttpAnswer answer;
  do {
    const HttpAnswer refused = gate.call(std::string(kTool));
    challenge = challenge_of(refused);
    const auto paid = gate.pay(offer_of(refused));
    preimage = paid ? paid->preimage : std::string(64, 'a');
    answer = gate.call(std::string(kTool), payment(challenge, preimage));
  } while (answer.status != 0 && std::chrono::steady_clock::now() < until);
  EXPECT_EQ(answer.status, 0) << answer.body;
  EXPECT_EQ(gate.child().wait(), 128 + SIGKILL) << gate.output();
  return challenge;
}

TEST_F(Mpp, AnAnswerThatWasLostIsOwedAfterTheChallengesEndAndOnce) {
  Site brief(upstream.port(), "rails: { l402: { ttl: 2s }, mpp: { enabled: true } }\n");
  std::string preimage;
  const Json challenge = charged_and_unanswered(brief, preimage);
  GateProcess gate(brief);
  ASSERT_TRUE(gate.started()) << gate.output();
  const std::string wrong = payment(challenge, std::string(64, 'a'));
  refused_at_last(gate, gate.request(std::string(kTool), wrong), "payment-expired");
  const HttpRequest own = gate.request(std::string(kTool), payment(challenge, preimage));
  HttpRequest other = own;
  other.body = call_body(std::string(kTool), R"({"other":1})");
  HttpRequest stranger = own;
  stranger.source = 9;
  const HttpRequest elsewhere = gate.request("success.sse", payment(challenge, preimage));
  for (const HttpRequest& request : {other, stranger, elsewhere}) {
    const HttpAnswer refused = send_request(gate.port(), request);
    EXPECT_EQ(refused.status, 402) << request.body;
    EXPECT_EQ(code_of(refused), "payment-expired") << request.body;
  }
  const HttpAnswer served = send_request(gate.port(), own);
  ASSERT_EQ(served.status, 200) << served.body;
  EXPECT_NE(served.body.find("answer 1"), std::string::npos) << served.body;
  const Json receipt = decoded(served.field("Payment-Receipt"));
  EXPECT_EQ(receipt["challengeId"], challenge["id"]) << served.head;
  const HttpAnswer again = gate.call_settled(own);
  EXPECT_EQ(again.status, 402);
  EXPECT_EQ(code_of(again), "payment-expired");
  EXPECT_EQ(upstream.calls(kTool), 1U);
  EXPECT_EQ(upstream.calls("success.sse"), 0U);
  const auto report = brief.check();
  EXPECT_TRUE(report["ok"].get<bool>()) << report;
  EXPECT_EQ(report["charges"], 1) << report;
}

TEST_F(Mpp, AUseThatWasGivenBackMayBeTakenAfterTheChallengesEndByItsCallerAlone) {
  Site brief(upstream.port(), "rails: { l402: { ttl: 2s }, mpp: { enabled: true } }\n");
  GateProcess gate(brief);
  upstream.answer_next("tools/call", "200 OK",
                       R"({"jsonrpc":"2.0","id":ID,"result":{"isError":true,"content":[]}})", 1);
  Bought bought;
  HttpRequest own;
  HttpAnswer failed;
  const auto until = std::chrono::steady_clock::now() + kPatience;
  do {  // a machine that is too slow for the challenge's life buys again
    bought = buy(gate);
    own = gate.request(std::string(kTool), bought.authorization());
    failed = send_request(gate.port(), own);
  } while (failed.status != 200 && std::chrono::steady_clock::now() < until);
  ASSERT_EQ(failed.status, 200) << "a tool that failed is not paid for";
  const std::string wrong = payment(bought.challenge, std::string(64, 'a'));
  refused_at_last(gate, gate.request(std::string(kTool), wrong), "payment-expired");
  EXPECT_EQ(upstream.calls(kTool), 1U);
  EXPECT_EQ(brief.check()["charges"], 0) << "nothing was spent";
  const HttpAnswer served =
      taken_by_its_caller_alone(gate, own, std::string(kTool), "payment-expired");
  EXPECT_FALSE(served.field("Payment-Receipt").empty()) << served.head;
  EXPECT_EQ(upstream.calls(kTool), 2U);
  const auto report = brief.check();
  EXPECT_TRUE(report["ok"].get<bool>()) << report;
  EXPECT_EQ(report["charges"], 1) << report;
}

TEST_F(Mpp, WhatIsNotOfferedHereIsUnsupportedByItsNameAndSpendsNothing) {
  GateProcess gate(site);
  const Bought bought = buy(gate);
  const struct {
    const char* name;
    const char* value;
  } rows[] = {{"method", "tempo"}, {"intent", "session"}};
  for (const auto& row : rows) {
    SCOPED_TRACE(row.value);
    Json challenge = bought.challenge;
    challenge[row.name] = row.value;
    const HttpAnswer changed = show(gate, payment(challenge, bought.token.preimage));
    EXPECT_EQ(code_of(changed), "invalid-challenge") << "the id covers it";
    challenge = under_the_gates_id(challenge, site);
    const HttpAnswer refused = show(gate, payment(challenge, bought.token.preimage));
    EXPECT_EQ(refused.status, 400) << refused.body;
    EXPECT_EQ(code_of(refused), "method-unsupported");
    EXPECT_EQ(refusal_of(refused)["type"], kProblems + std::string("method-unsupported"));
    EXPECT_FALSE(refusal_of(refused).contains("alias")) << "the Lightning draft has no name for it";
    EXPECT_TRUE(lines_of(refused).empty()) << "another payment would not help";
  }
  EXPECT_EQ(upstream.calls(kTool), 0U);
  expect_books(0);
  const Json same = under_the_gates_id(bought.challenge, site);
  EXPECT_EQ(same["id"], bought.challenge["id"]);
  EXPECT_EQ(show(gate, payment(same, bought.token.preimage)).status, 200) << "nothing was spent";
  expect_books(1);
}

TEST_F(Mpp, ADigestThatTheGateDidNotWriteIsNoPartOfTheChallengeAndOneThatItWroteIsKeptTo) {
  GateProcess gate(site);
  const Bought bought = buy(gate);
  HttpRequest request = gate.request(std::string(kTool));
  EXPECT_FALSE(bought.challenge.contains("digest")) << "none is sent";
  EXPECT_FALSE(bought.challenge.contains("opaque"));
  const auto shown = [&](const Json& challenge) {
    HttpRequest made = request;
    made.fields.emplace_back("Authorization", payment(challenge, bought.token.preimage));
    return send_request(gate.port(), made);
  };
  Json own = bought.challenge;
  own["digest"] = mpp::body_digest(crypto::sha256(bytes_of(request.body)));
  for (const char* name : {"digest", "opaque"}) {
    Json added = bought.challenge;
    added[name] = own["digest"];
    const HttpAnswer refused = shown(added);
    EXPECT_EQ(refused.status, 402) << name;
    EXPECT_EQ(code_of(refused), "invalid-challenge") << name;
  }
  Json other = bought.challenge;
  other["digest"] = mpp::body_digest(crypto::sha256(bytes_of("another body")));
  const HttpAnswer refused = shown(under_the_gates_id(other, site));
  EXPECT_EQ(refused.status, 402);
  EXPECT_EQ(code_of(refused), "verification-failed");
  EXPECT_EQ(upstream.calls(kTool), 0U);
  expect_books(0);
  EXPECT_EQ(shown(under_the_gates_id(own, site)).status, 200) << "the body it is bound to";
  expect_books(1);
}

TEST_F(Mpp, AWalletThatShowsPreimagesHasTheLastWord) {
  Lnbits wallet{bolt::Network::regtest, true};
  GateProcess gate(
      site,
      {.environment = {"TOLLHOUSE_LIGHTNING__DRIVER=lnbits", "TOLLHOUSE_LIGHTNING__NETWORK=regtest",
                       "WALLET_BASE_URL=" + wallet.url(),
                       std::string("WALLET_INVOICE_KEY=") + Lnbits::kInvoiceKey}});
  ASSERT_TRUE(gate.child().wait_for_line("wallet_shows_preimages")) << gate.output();
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (gate.get("/readyz").status != 200 && std::chrono::steady_clock::now() < until) {
  }
  const HttpAnswer asked = gate.call(std::string(kTool));
  const Offer offer = offer_of(asked);
  const std::string shown =
      payment(challenge_of(asked), wallet.preimage_of(offer.invoice).value_or(""));
  const HttpAnswer unpaid = show(gate, shown);
  EXPECT_EQ(unpaid.status, 402);
  EXPECT_EQ(code_of(unpaid), "invoice_not_paid");
  EXPECT_EQ(refusal_of(unpaid)["type"], kProblems + std::string("verification-failed"));
  ASSERT_TRUE(wallet.pay(offer.invoice));
  wallet.stop();
  const HttpAnswer unknown = show(gate, shown);
  EXPECT_EQ(unknown.status, 503) << unknown.body;
  EXPECT_EQ(code_of(unknown), "settlement_unknown");
  EXPECT_FALSE(unknown.field("Retry-After").empty());
  EXPECT_TRUE(unknown.field("WWW-Authenticate").empty()) << "nobody is sent a second bill";
  EXPECT_EQ(upstream.calls(kTool), 0U);
  wallet.start();
  EXPECT_EQ(gate.call_settled(gate.request(std::string(kTool), shown)).status, 200)
      << gate.output();
  EXPECT_EQ(gate.stop(), 0);
  expect_books(1);
}

}  // namespace
}  // namespace tollhouse::test
