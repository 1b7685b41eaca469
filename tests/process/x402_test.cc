// tests/process: the same call paid by x402, in both profiles and by every carrier, beside L402: by
// the real program over real sockets. Promise: one invoice, one payment hash, one pass.
#include <array>
#include <barrier>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "base/base64.h"
#include "base/hex.h"
#include "crypto/sha256.h"
#include "process/gate_process.h"
#include "process/late_proof.h"
#include "store/sqlite.h"
#include "support/precompiled.h"
#include "x402/binding.h"

namespace tollhouse::test {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kTool = "success.json";

std::string base64_of(const std::string& text) { return base64(bytes_of(text)); }
Json decoded(const std::string& header) {
  const auto bytes = bytes_from_any_base64(header);
  return bytes ? Json::parse(text_of(*bytes)) : Json();
}

std::vector<std::string> values(const HttpAnswer& answer, std::string_view name) {
  std::vector<std::string> found;
  for (const auto& [field, value] : answer.fields) {
    if (field == name) found.push_back(value);
  }
  return found;
}

class X402 : public ::testing::Test {
 protected:
  Upstream upstream;
  Site site{upstream.port()};

  /// The offer of a namespace in `accepts`.
  static Json offer(const HttpAnswer& refused, std::string_view network) {
    for (const Json& each : refusal_of(refused)["accepts"]) {
      if (each["network"].get<std::string>().starts_with(network)) return each;
    }
    ADD_FAILURE() << "no offer on " << network << ": " << refused.body;
    return {};
  }
  static Json p1(const Json& accepted) {
    return {{"x402Version", 2},
            {"accepted", accepted},
            {"payload", {{"invoice", accepted["extra"]["invoice"]}}}};
  }
  static Json p2(const Json& accepted, const std::string& preimage) {
    return {{"x402Version", 2}, {"accepted", accepted}, {"payload", {{"preimage", preimage}}}};
  }
  static HttpRequest carried(const GateProcess& gate, const std::string& tool, const Json& payment,
                             const std::string& field = "PAYMENT-SIGNATURE") {
    HttpRequest request = gate.request(tool);
    request.fields.emplace_back(field, base64_of(payment.dump()));
    return request;
  }
  HttpAnswer show(const GateProcess& gate, const Json& payment,
                  const std::string& tool = std::string(kTool)) const {
    return send_request(gate.port(), carried(gate, tool, payment));
  }
  void expect_books(std::size_t charges) {
    const auto report = site.check();
    EXPECT_TRUE(report["ok"].get<bool>()) << report;
    EXPECT_EQ(report.value("charges", 999U), charges) << report;
    EXPECT_EQ(report.value("receipts", 999U), charges) << report;
  }
};

TEST_F(X402, R_X402_1_R_X402_2_R_X402_3_OneRefusalHasEveryOfferOnOneInvoice) {
  GateProcess gate(site);
  const HttpAnswer refused = gate.call(std::string(kTool));
  EXPECT_EQ(refused.status, 402);
  EXPECT_LE(refused.head.size(), 3900U);
  const auto lines = values(refused, "WWW-Authenticate");
  ASSERT_EQ(lines.size(), 2U) << refused.head;
  EXPECT_TRUE(lines[0].starts_with("L402 macaroon=\""));
  EXPECT_TRUE(lines[1].starts_with(
      R"(x402 scheme="exact", network="bip122:0f9188f13cb7b2c71f2a335e3a4fc328", amount="3000")"))
      << lines[1];
  const Json body = refusal_of(refused);
  EXPECT_EQ(body["error"], "payment_required");
  EXPECT_EQ(body["x402Version"], 2);
  ASSERT_EQ(body["accepts"].size(), 2U) << body;
  EXPECT_EQ(body["accepts"][0]["network"], "lnbtc:0f9188f13cb7b2c71f2a335e3a4fc328") << "P2 first";
  std::set<std::string> invoices{body["invoice"]};
  for (const Json& each : body["accepts"]) {
    invoices.insert(each["extra"]["invoice"]);
    EXPECT_EQ(each["amount"], "3000");
    EXPECT_EQ(each["asset"], "BTC");
    EXPECT_EQ(each["maxTimeoutSeconds"], 300);
  }
  EXPECT_EQ(invoices.size(), 1U);
  EXPECT_EQ(body["accepts"][1]["payTo"], "anonymous");
  EXPECT_EQ(body["accepts"][1]["extra"]["paymentMethod"], "lightning");
  EXPECT_EQ(body["rails"][0]["name"], "l402");
  EXPECT_TRUE(body["rails"][0]["challenge"].get<std::string>().starts_with("L402 macaroon="));
  EXPECT_EQ(body["rails"][2]["name"], "x402-bip122-exact");
  EXPECT_EQ(body["rails"][2]["challenge"], lines[1]);
  const Json required = decoded(refused.field("PAYMENT-REQUIRED"));
  EXPECT_EQ(required["accepts"], body["accepts"]);
  EXPECT_EQ(required["error"], "payment_required");
  EXPECT_EQ(required["resource"]["url"],
            "http://127.0.0.1:" + std::to_string(gate.port()) + "/mcp");
  // The same call gets the same invoice; another one has to have its own.
  EXPECT_EQ(refusal_of(gate.call(std::string(kTool)))["invoice"], body["invoice"]);
  HttpRequest other = gate.request(std::string(kTool));
  other.body = call_body(std::string(kTool), R"({"n":1})");
  EXPECT_NE(refusal_of(send_request(gate.port(), other))["invoice"], body["invoice"]);
}

TEST_F(X402, R_X402_4_R_X402_6_EveryCarrierPaysAndIsToldSo) {
  GateProcess gate(site);
  for (const std::string field : {"Authorization", "X-PAYMENT", "PAYMENT-SIGNATURE"}) {
    SCOPED_TRACE(field);
    const HttpAnswer refused = gate.call(std::string(kTool));
    const auto paid = gate.pay(offer_of(refused));
    ASSERT_TRUE(paid);
    const Json accepted = offer(refused, "bip122:");
    const std::string text = base64_of(p1(accepted).dump());
    HttpRequest request = gate.request(std::string(kTool));
    request.fields.emplace_back(field, field == "Authorization" ? "x402 " + text : text);
    const HttpAnswer served = send_request(gate.port(), request);
    ASSERT_EQ(served.status, 200) << served.body;
    const Json settled = decoded(served.field("PAYMENT-RESPONSE"));
    EXPECT_EQ(settled["success"], true);
    EXPECT_EQ(settled["transaction"], offer_of(refused).payment_hash);
    EXPECT_EQ(settled["network"], accepted["network"]);
    EXPECT_EQ(settled["payer"], "anonymous");
    EXPECT_EQ(settled["extra"]["invoice"], accepted["extra"]["invoice"]);
    EXPECT_TRUE(settled["extra"]["settledAt"].is_number());
    EXPECT_NE(served.field("Cache-Control").find("private"), std::string::npos);
    EXPECT_EQ(Json::parse(receipt_of(served))["body"]["x_rail"], "x402");
  }
  expect_books(3);
  EXPECT_EQ(gate.sample("tollhouse_charges_total{tool=\"success.json\",rail=\"x402\"}"), 3);
}

TEST_F(X402, R_X402_4_InMetaThePaymentIsAnObjectOrItsBase64AndTheSettlementStandsThere) {
  GateProcess gate(site);
  for (const bool as_text : {false, true}) {
    HttpRequest ask = gate.request(std::string(kTool));
    ask.body = call_body(std::string(kTool), "{}", R"({"x402/hint":true})");
    const HttpAnswer refused = send_request(gate.port(), ask);
    EXPECT_EQ(refused.status, 200) << "a hint in _meta is answered in band";
    const Json told = Json::parse(refused.body)["result"];
    EXPECT_EQ(told["isError"], true);
    EXPECT_EQ(told["_meta"]["x402/error"]["accepts"], refusal_of(refused)["accepts"]);
    ASSERT_TRUE(gate.pay(offer_of(refused)));
    const Json payment = p1(offer(refused, "bip122:"));
    const Json shown = as_text ? Json(base64_of(payment.dump())) : payment;
    HttpRequest request = gate.request(std::string(kTool));
    request.body = call_body(std::string(kTool), "{}", R"({"x402/payment":)" + shown.dump() + "}");
    const HttpAnswer served = send_request(gate.port(), request);
    const Json settled = Json::parse(served.body)["result"]["_meta"]["x402/payment-response"];
    EXPECT_EQ(settled["success"], true) << served.body;
    EXPECT_EQ(settled["transaction"], offer_of(refused).payment_hash);
  }
  EXPECT_EQ(upstream.calls(kTool), 2U);
  expect_books(2);
}

TEST_F(X402, R_X402_10_ThePreimageOfP2IsBoundToItsRequest) {
  GateProcess gate(site);
  const HttpAnswer refused = gate.call(std::string(kTool));
  const auto paid = gate.pay(offer_of(refused));
  ASSERT_TRUE(paid);
  const Json payment = p2(offer(refused, "lnbtc:"), paid->preimage);
  HttpRequest other = carried(gate, std::string(kTool), payment);
  other.body = call_body(std::string(kTool), R"({"n":1})");
  const HttpAnswer mismatch = send_request(gate.port(), other);
  EXPECT_EQ(mismatch.status, 402);
  EXPECT_EQ(code_of(mismatch), "invalid_exact_lnbtc_request_mismatch");
  EXPECT_EQ(decoded(mismatch.field("PAYMENT-RESPONSE"))["success"], false);
  const HttpAnswer served = show(gate, payment);
  ASSERT_EQ(served.status, 200) << served.body;
  const Json settled = decoded(served.field("PAYMENT-RESPONSE"));
  EXPECT_EQ(settled["transaction"], offer_of(refused).payment_hash);
  EXPECT_FALSE(settled.contains("payer"));
  const HttpAnswer again = gate.call_settled(carried(gate, std::string(kTool), payment));
  EXPECT_EQ(again.status, 402);
  EXPECT_EQ(code_of(again), "duplicate_settlement");
  EXPECT_NE(refusal_of(again)["invoice"], refusal_of(refused)["invoice"]) << "with a fresh offer";
  EXPECT_EQ(upstream.calls(kTool), 1U);
  expect_books(1);
}

TEST_F(X402, R_X402_8_OnePaymentHashIsSpentOnEveryRail) {
  GateProcess gate(site);
  const HttpAnswer first = gate.call(std::string(kTool));
  const auto by_l402 = gate.pay(offer_of(first));
  ASSERT_TRUE(by_l402);
  EXPECT_EQ(gate.call(std::string(kTool), by_l402->authorization()).status, 200);
  const HttpAnswer replayed =
      gate.call_settled(carried(gate, std::string(kTool), p1(offer(first, "bip122:"))));
  EXPECT_EQ(replayed.status, 402);
  EXPECT_EQ(code_of(replayed), "replay_detected");
  EXPECT_EQ(code_of(show(gate, p2(offer(first, "lnbtc:"), by_l402->preimage))),
            "duplicate_settlement");

  const HttpAnswer second = gate.call(std::string(kTool));
  const auto by_x402 = gate.pay(offer_of(second));
  ASSERT_TRUE(by_x402);
  EXPECT_EQ(show(gate, p1(offer(second, "bip122:"))).status, 200);
  const HttpAnswer spent =
      gate.call_settled(gate.request(std::string(kTool), by_x402->authorization()));
  EXPECT_EQ(spent.status, 409);
  EXPECT_EQ(code_of(spent), "replay");
  EXPECT_EQ(upstream.calls(kTool), 2U);
  expect_books(2);
}

TEST_F(X402, R_X402_8_TheBooksKnowAPaymentAsLongAsATokenOfItsInvoiceCouldBeShown) {
  GateProcess gate(site);
  const HttpAnswer refused = gate.call("lasting.json");
  ASSERT_TRUE(gate.pay(offer_of(refused)));
  EXPECT_EQ(show(gate, p1(offer(refused, "bip122:")), "lasting.json").status, 200);
  EXPECT_EQ(gate.stop(), 0);
  auto books = store::Database::open(site.books() / "ledger.db", store::Database::Mode::read_only);
  ASSERT_TRUE(books);
  const auto kept = books->number("SELECT min(expires_ms - created_ms) FROM charge");
  ASSERT_TRUE(kept && *kept);
  EXPECT_GE(std::chrono::milliseconds(**kept), std::chrono::hours(168) - std::chrono::minutes(1));
}

TEST_F(X402, R_X402_16_SixtyFourAtOnceAcrossTheRailsAndOnePasses) {
  GateProcess gate(site);
  const HttpAnswer refused = gate.call(std::string(kTool));
  const auto paid = gate.pay(offer_of(refused));
  ASSERT_TRUE(paid);
  const Json by_p1 = p1(offer(refused, "bip122:"));
  const Json by_p2 = p2(offer(refused, "lnbtc:"), paid->preimage);
  auto statuses = gate.sixty_four_at_once([&](int i) {
    if (i % 3 == 0) return gate.request(std::string(kTool), paid->authorization());
    return carried(gate, std::string(kTool), i % 3 == 1 ? by_p1 : by_p2);
  });
  EXPECT_EQ(statuses[200], 1);
  EXPECT_EQ(statuses[409] + statuses[402], 63);
  EXPECT_EQ(upstream.calls(kTool), 1U);
  expect_books(1);
}

TEST_F(X402, R_X402_7_WhileTheWalletIsDownNothingIsSpentAndNothingIsOffered) {
  GateProcess gate(site);
  const HttpAnswer refused = gate.call(std::string(kTool));
  ASSERT_TRUE(gate.pay(offer_of(refused)));
  const Json payment = p1(offer(refused, "bip122:"));
  gate.fault("down");
  const HttpAnswer unknown = show(gate, payment);
  EXPECT_EQ(unknown.status, 503);
  EXPECT_EQ(code_of(unknown), "lnbits_unreachable");
  EXPECT_FALSE(unknown.field("Retry-After").empty());
  EXPECT_TRUE(unknown.field("WWW-Authenticate").empty());
  EXPECT_TRUE(unknown.field("PAYMENT-REQUIRED").empty());
  EXPECT_FALSE(refusal_of(unknown).contains("accepts"));
  gate.fault("none");
  EXPECT_EQ(show(gate, payment).status, 200);
  expect_books(1);
}

TEST_F(X402, R_X402_13_APaymentOnItsWayIsToldToWaitWithTheSameInvoice) {
  GateProcess gate(site);
  const HttpAnswer refused = gate.call(std::string(kTool));
  const Json payment = p1(offer(refused, "bip122:"));
  EXPECT_EQ(code_of(show(gate, payment)), "invoice_not_paid");
  gate.fault("pending");
  EXPECT_FALSE(gate.post("/sim/pay", Json{{"invoice", offer_of(refused).invoice}}.dump()).status ==
               200);
  for (const char* wait : {"2", "4", "8", "16", "30", "30"}) {
    const HttpAnswer waiting = show(gate, payment);
    EXPECT_EQ(waiting.status, 402);
    EXPECT_EQ(code_of(waiting), "invoice_in_flight");
    EXPECT_EQ(waiting.field("Retry-After"), wait);
    EXPECT_EQ(offer_of(waiting).invoice, offer_of(refused).invoice);
  }
  gate.fault("none");
  ASSERT_TRUE(gate.pay(offer_of(refused)));
  EXPECT_EQ(show(gate, payment).status, 200);
  expect_books(1);
}

TEST_F(X402, R_X402_9_WhatIsBoundToAnAddressIsPaidFromThereInBothProfiles) {
  GateProcess gate(site);
  const std::string tool = "bound.json";
  const auto refuse_from = [&](int source, const Json& payment, const std::string& code) {
    HttpRequest request = carried(gate, tool, payment);
    request.source = source;
    const HttpAnswer refused = send_request(gate.port(), request);
    EXPECT_EQ(refused.status, 402);
    EXPECT_EQ(code_of(refused), code);
  };
  const HttpAnswer first = gate.call(tool);
  ASSERT_TRUE(gate.pay(offer_of(first)));
  refuse_from(2, p1(offer(first, "bip122:")), "request_mismatch");
  EXPECT_EQ(show(gate, p1(offer(first, "bip122:")), tool).status, 200);
  const HttpAnswer second = gate.call(tool);
  const auto paid = gate.pay(offer_of(second));
  ASSERT_TRUE(paid);
  const Json accepted = offer(second, "lnbtc:");
  refuse_from(2, p2(accepted, paid->preimage), "invalid_exact_lnbtc_request_mismatch");
  Json stripped = accepted;
  stripped["extra"].erase("gate");
  refuse_from(1, p2(stripped, paid->preimage), "invalid_exact_lnbtc_request_mismatch");
  refuse_from(2, p2(stripped, paid->preimage), "invalid_exact_lnbtc_request_mismatch");
  EXPECT_EQ(show(gate, p2(accepted, paid->preimage), tool).status, 200);
  EXPECT_EQ(upstream.calls(tool), 2U);
  expect_books(2);
}

TEST_F(X402, R_X402_5_WhatIsSpentIsSaidBeforeTheProofIsLookedAt) {
  GateProcess gate(site);
  const HttpAnswer refused = gate.call(std::string(kTool));
  ASSERT_TRUE(gate.pay(offer_of(refused)));
  const Json payment = p1(offer(refused, "bip122:"));
  Json wrong = payment;
  wrong["payload"]["preimage"] = std::string(64, 'a');
  EXPECT_EQ(code_of(show(gate, wrong)), "preimage_mismatch");
  EXPECT_EQ(show(gate, payment).status, 200) << "nothing was spent by that";
  const HttpAnswer spent = show(gate, wrong);
  EXPECT_EQ(spent.status, 402);
  EXPECT_EQ(code_of(spent), "replay_detected");
  expect_books(1);
}

TEST_F(X402, R_X402_10_ARestCallIsBoundToItsWholeAddress) {
  GateProcess gate(site);
  HttpRequest ask;
  ask.target = "/tools/success.json?trace=1&b=%20";
  ask.fields = {{"Content-Type", "application/json"}};
  ask.body = R"({"q":1})";
  const HttpAnswer refused = send_request(gate.port(), ask);
  ASSERT_EQ(refused.status, 402) << refused.body;
  const std::string url = refusal_of(refused)["resource"]["url"];
  EXPECT_EQ(url, "http://127.0.0.1:" + std::to_string(gate.port()) + ask.target);
  // As a client of the page computes it: resource.url is the url that is bound.
  x402::HttpCall call;
  call.method = "POST";
  call.url = url;
  call.body = crypto::sha256(bytes_of(ask.body));
  const auto binding = x402::bind_http(call);
  ASSERT_TRUE(binding);
  const Json accepted = offer(refused, "lnbtc:");
  EXPECT_EQ(accepted["extra"]["requestHash"], hex(binding->request_hash.view()));
  const auto paid = gate.pay(offer_of(refused));
  ASSERT_TRUE(paid);
  HttpRequest shown = ask;
  shown.fields.emplace_back("PAYMENT-SIGNATURE", base64_of(p2(accepted, paid->preimage).dump()));
  HttpRequest other = shown;
  other.target = "/tools/success.json?trace=2&b=%20";
  EXPECT_EQ(code_of(send_request(gate.port(), other)), "invalid_exact_lnbtc_request_mismatch");
  EXPECT_EQ(send_request(gate.port(), shown).status, 200);
  expect_books(1);
}

TEST_F(X402, R_L402_15_AnUnpaidOfferStaysOpenWhenItIsShownTwiceAtOnce) {
  GateProcess gate(site);
  const HttpAnswer refused = gate.call(std::string(kTool));
  const Json payment = p1(offer(refused, "bip122:"));
  gate.fault("slow");
  std::array<std::string, 2> codes;
  while (codes[0] != "call_in_progress" && codes[1] != "call_in_progress") {
    std::barrier together(2);
    std::array<std::thread, 2> callers;
    for (std::size_t i = 0; i < callers.size(); ++i) {
      callers[i] = std::thread([&, i] {
        together.arrive_and_wait();
        codes[i] = code_of(show(gate, payment));
      });
    }
    for (std::thread& caller : callers) caller.join();
  }
  gate.fault("none");
  EXPECT_EQ(refusal_of(gate.call(std::string(kTool)))["invoice"], refusal_of(refused)["invoice"]);
  ASSERT_TRUE(gate.pay(offer_of(refused)));
  EXPECT_EQ(show(gate, payment).status, 200);
  expect_books(1);
}

TEST_F(X402, R_CORE_6_TheUpstreamIsToldThePaymentWithoutItsProof) {
  GateProcess gate(site);
  for (const bool with_preimage : {false, true}) {
    const HttpAnswer refused = gate.call(std::string(kTool));
    const auto paid = gate.pay(offer_of(refused));
    ASSERT_TRUE(paid);
    Json payment = p1(offer(refused, "bip122:"));
    if (with_preimage) payment = p2(offer(refused, "lnbtc:"), paid->preimage);
    ASSERT_EQ(show(gate, payment).status, 200);
    const auto seen = upstream.received().back();
    EXPECT_EQ(Json::parse(seen.field("X-Tollhouse-Pay-Auth")),
              Json({{"rail", with_preimage ? "x402-lnbtc-exact" : "x402-bip122-exact"},
                    {"paymentHash", offer_of(refused).payment_hash},
                    {"amountMsat", 3000},
                    {"payload", {{"invoice", offer_of(refused).invoice}}}}));
    EXPECT_EQ(seen.head.find(paid->preimage), std::string::npos);
    EXPECT_EQ(seen.body.find(paid->preimage), std::string::npos);
  }
}

TEST_F(X402, R_X402_9_AnInvoiceIsGoodForTheToolItWasMintedFor) {
  GateProcess gate(site);
  const HttpAnswer refused = gate.call(std::string(kTool));
  ASSERT_TRUE(gate.pay(offer_of(refused)));
  const Json accepted = offer(refused, "bip122:");
  const HttpAnswer elsewhere = show(gate, p1(accepted), "success.sse");
  EXPECT_EQ(elsewhere.status, 402);
  EXPECT_EQ(code_of(elsewhere), "request_mismatch");
  // A caller who leaves the seal out is known by the row of what is open.
  Json stripped = accepted;
  stripped["extra"].erase("gate");
  EXPECT_EQ(show(gate, p1(stripped)).status, 200);
  EXPECT_EQ(upstream.calls(kTool), 1U);
  expect_books(1);
}

TEST_F(X402, R_X402_9_TheSealOutlivesARestartAndIsNeeded) {
  Json accepted;
  Json stripped;
  {
    GateProcess gate(site);
    const HttpAnswer refused = gate.call(std::string(kTool));
    accepted = offer(refused, "bip122:");
    const auto paid = gate.pay(offer_of(refused));
    ASSERT_TRUE(paid);
    // The simulated wallet forgets its invoices: the preimage speaks for the payment.
    accepted["preimage for the test"] = paid->preimage;
    stripped = accepted;
    stripped["extra"].erase("gate");
    EXPECT_EQ(gate.stop(), 0);
  }
  GateProcess gate(site);
  const auto with_preimage = [](Json offered) {
    const std::string preimage = offered["preimage for the test"];
    offered.erase("preimage for the test");
    Json payment = p1(offered);
    payment["payload"]["preimage"] = preimage;
    return payment;
  };
  EXPECT_EQ(code_of(show(gate, with_preimage(stripped))), "invoice_not_issued_here");
  Json altered = accepted;
  std::string seal = altered["extra"]["gate"];
  seal[5] = seal[5] == 'A' ? 'B' : 'A';
  altered["extra"]["gate"] = seal;
  EXPECT_EQ(code_of(show(gate, with_preimage(altered))), "invoice_not_issued_here");
  EXPECT_EQ(show(gate, with_preimage(accepted)).status, 200);
  const HttpRequest once_more = carried(gate, std::string(kTool), with_preimage(accepted));
  EXPECT_EQ(code_of(gate.call_settled(once_more)), "replay_detected");
  expect_books(1);
}

TEST_F(X402, R_X402_7_WhatCannotBeReadIsPaidAnewAndTwoPaymentsContradict) {
  GateProcess gate(site);
  const HttpAnswer refused = gate.call(std::string(kTool));
  const Json accepted = offer(refused, "bip122:");
  HttpRequest junk = gate.request(std::string(kTool));
  junk.fields.emplace_back("X-PAYMENT", "not base64 at all");
  const HttpAnswer unreadable = send_request(gate.port(), junk);
  EXPECT_EQ(unreadable.status, 402);
  EXPECT_EQ(code_of(unreadable), "payload_unparseable");
  EXPECT_EQ(values(unreadable, "WWW-Authenticate").size(), 2U);
  HttpRequest long_one = gate.request(std::string(kTool));
  long_one.fields.emplace_back("X-PAYMENT", std::string(16'385, 'A'));
  EXPECT_EQ(send_request(gate.port(), long_one).status, 431);
  HttpRequest two = carried(gate, std::string(kTool), p1(accepted));
  two.fields.emplace_back("X-PAYMENT", base64_of(p2(accepted, std::string(64, 'a')).dump()));
  const HttpAnswer conflicting = send_request(gate.port(), two);
  EXPECT_EQ(conflicting.status, 400);
  EXPECT_EQ(code_of(conflicting), "conflicting_credentials");
  HttpRequest unknown = gate.request(std::string(kTool), "Mystery abc");
  const HttpAnswer challenged = send_request(gate.port(), unknown);
  EXPECT_EQ(challenged.status, 402);
  EXPECT_EQ(code_of(challenged), "payment_required");
  EXPECT_EQ(upstream.calls(kTool), 0U);
  expect_books(0);
}

TEST(X402Discovery, ListsWhatTheOffersAskFor) {
  Upstream upstream;
  const Site site(upstream.port(), "rails: { mpp: { enabled: true }, l402: { ttl: 100s } }\n");
  GateProcess gate(site);
  ASSERT_TRUE(gate.started()) << gate.output();
  const Json listed = Json::parse(gate.get("/discovery/resources?type=mcp&limit=100").body);
  for (const auto& [tool, amount, seconds] :
       {std::tuple("attempt.json", "2000", 100), std::tuple("success.json", "3000", 100),
        std::tuple("lasting.json", "3000", 300)}) {
    SCOPED_TRACE(tool);
    const Json offers = refusal_of(gate.call(tool))["accepts"];
    ASSERT_EQ(offers.size(), 2U);
    const auto item = std::find_if(
        listed["items"].begin(), listed["items"].end(),
        [&](const Json& each) { return each["resource"] == std::string("mcp://tool/") + tool; });
    ASSERT_NE(item, listed["items"].end());
    EXPECT_EQ((*item)["accepts"][0]["amount"], amount);
    EXPECT_EQ((*item)["accepts"][0]["maxTimeoutSeconds"], seconds);
    for (const Json& offer : offers) {
      EXPECT_EQ(offer["amount"], amount);
      EXPECT_EQ(offer["maxTimeoutSeconds"], seconds);
    }
  }
}

TEST_F(X402, AUseThatWasGivenBackMayBeTakenAfterTheInvoicesEndByItsCallerAlone) {
  Site brief(upstream.port(), "rails: { x402: { max_timeout: 2s } }\n");
  GateProcess gate(brief);
  upstream.answer_next("tools/call", "200 OK",
                       R"({"jsonrpc":"2.0","id":ID,"result":{"isError":true,"content":[]}})", 1);
  Json sold;
  HttpRequest own;
  HttpAnswer failed;
  const auto until = std::chrono::steady_clock::now() + kPatience;
  do {  // a machine that is too slow for the invoice's life buys again
    const HttpAnswer refused = gate.call(std::string(kTool));
    gate.pay(offer_of(refused));
    sold = offer(refused, "bip122:");
    own = carried(gate, std::string(kTool), p1(sold));
    failed = send_request(gate.port(), own);
  } while (failed.status != 200 && std::chrono::steady_clock::now() < until);
  ASSERT_EQ(failed.status, 200) << "a tool that failed is not paid for";
  HttpRequest elsewhere = own;
  elsewhere.body = call_body("success.sse", "{}");
  Json wrong = p1(sold);
  wrong["payload"]["preimage"] = std::string(64, 'a');
  refused_at_last(gate, carried(gate, std::string(kTool), wrong), "invoice_expired");
  const HttpAnswer foreign = send_request(gate.port(), elsewhere);
  EXPECT_EQ(foreign.status, 402);
  EXPECT_EQ(code_of(foreign), "request_mismatch");
  EXPECT_EQ(upstream.calls(kTool), 1U);
  EXPECT_EQ(brief.check()["charges"], 0) << "nothing was spent";
  const HttpAnswer served =
      taken_by_its_caller_alone(gate, own, std::string(kTool), "invoice_expired");
  EXPECT_FALSE(served.field("PAYMENT-RESPONSE").empty()) << served.head;
  EXPECT_EQ(upstream.calls(kTool), 2U);
  EXPECT_EQ(upstream.calls("success.sse"), 0U);
  const auto report = brief.check();
  EXPECT_TRUE(report["ok"].get<bool>()) << report;
  EXPECT_EQ(report["charges"], 1) << report;
}

TEST_F(X402, WhatWasShownUnpaidInTimeIsExpiredLaterLikeAnyOther) {
  Site brief(upstream.port(), "rails: { x402: { max_timeout: 2s } }\n");
  GateProcess gate(brief);
  HttpRequest own;
  HttpAnswer shown;
  const auto until = std::chrono::steady_clock::now() + kPatience;
  do {  // a machine that is too slow for the invoice's life asks again
    own = carried(gate, std::string(kTool), p1(offer(gate.call(std::string(kTool)), "bip122:")));
    shown = send_request(gate.port(), own);
  } while (code_of(shown) == "invoice_expired" && std::chrono::steady_clock::now() < until);
  EXPECT_EQ(code_of(shown), "invoice_not_paid");
  refused_at_last(gate, own, "invoice_expired");
  EXPECT_EQ(code_of(send_request(gate.port(), own)), "invoice_expired");
  EXPECT_EQ(upstream.calls(kTool), 0U);
  EXPECT_EQ(brief.check()["charges"], 0);
}

}  // namespace
}  // namespace tollhouse::test
