// tests/process: one call is sold, by the real program over real sockets.
#include <fstream>
#include <set>

#include "base/base64.h"
#include "base/hex.h"
#include "crypto/sha256.h"
#include "process/gate_process.h"
#include "receipt/receipt.h"
#include "support/precompiled.h"

namespace tollhouse::test {
namespace {

class Walk : public ::testing::Test {
 protected:
  Upstream upstream;
  Site site{upstream.port()};
  GateProcess gate{site};

  void SetUp() override { ASSERT_TRUE(gate.started()) << gate.output(); }
  void expect_books(std::size_t charges) {
    const auto report = site.check();
    EXPECT_TRUE(report["ok"].get<bool>()) << report;
    EXPECT_EQ(report.value("charges", 0U), charges) << report;
    EXPECT_EQ(report.value("receipts", 0U), charges) << report;
  }
};

receipt::Key receipt_key(const Site& site) {
  std::ifstream file(site.books() / "receipt.key");
  std::string text;
  file >> text;
  return receipt::Key(*bytes_from_hex(text));
}

TEST_F(Walk, R_QS_1_R_QS_3_R_RCPT_6_R_L402_2_R_L402_4_R_L402_7_RefusedPaidAnsweredRefused) {
  const HttpAnswer asked = gate.call("success.json");
  ASSERT_EQ(asked.status, 402);
  EXPECT_EQ(asked.fields.front().first, "WWW-Authenticate");
  EXPECT_TRUE(asked.fields.front().second.starts_with("L402 macaroon=\""));
  EXPECT_LE(asked.head.size(), 3900U);
  EXPECT_EQ(asked.field("Cache-Control"), "no-store");
  EXPECT_EQ(upstream.requests(), 0U);
  const Offer offer = offer_of(asked);
  EXPECT_EQ(offer.price_msat, 3000U);

  const auto credential = gate.pay(offer);
  ASSERT_TRUE(credential);
  const HttpAnswer paid = gate.call("success.json", credential->authorization());
  ASSERT_EQ(paid.status, 200) << paid.body;
  EXPECT_EQ(paid.body,
            R"({"jsonrpc":"2.0","id":7,"result":{"content":[{"type":"text","text":"answer 1"}]}})");
  // The upstream's fields come through whole though its body came in another read.
  EXPECT_EQ(paid.field("X-Upstream"), "yes");
  EXPECT_EQ(paid.field("Content-Type"), "application/json");
  EXPECT_EQ(paid.field("Cache-Control"), "private, no-store");

  const receipt::Key key = receipt_key(site);
  const auto verified = receipt::verify(receipt_of(paid), {&key, 1});
  ASSERT_TRUE(verified) << receipt_of(paid);
  EXPECT_EQ(verified->find("x_paymentHash")->text, offer.payment_hash);
  EXPECT_EQ(verified->find("x_rail")->text, "l402");
  EXPECT_EQ(verified->find("x_grossMsat")->json, "3000");
  EXPECT_EQ(verified->find("grossSats")->json, "3");
  EXPECT_EQ(verified->find("toolSlug")->text, "success.json");
  EXPECT_EQ(verified->find("requestId")->text, paid.field("X-Request-Id"));

  const HttpAnswer again =
      gate.call_settled(gate.request("success.json", credential->authorization()));
  EXPECT_EQ(again.status, 409);
  EXPECT_EQ(code_of(again), "replay");
  EXPECT_NE(offer_of(again).payment_hash, offer.payment_hash);
  EXPECT_FALSE(offer_of(again).invoice.empty());
  EXPECT_EQ(again.field("L402-Error"), "replay");
  EXPECT_EQ(upstream.calls("success.json"), 1U);
  expect_books(1);
}

TEST_F(Walk, R_RCPT_9_TheReceiptOnceMoreForWhoPaid) {
  const Credential credential = gate.buy("success.json");
  const HttpAnswer paid = gate.call("success.json", credential.authorization());
  ASSERT_EQ(paid.status, 200);
  HttpRequest fetch;
  fetch.method = "GET";
  fetch.target = "/api/receipts/" + paid.field("X-Request-Id");
  EXPECT_EQ(send_request(gate.port(), fetch).status, 404);
  fetch.fields = {{"Authorization", gate.buy("success.sse").authorization()}};
  EXPECT_EQ(send_request(gate.port(), fetch).status, 404);
  fetch.fields = {{"Authorization", credential.authorization()}};
  const HttpAnswer receipt = send_request(gate.port(), fetch);
  EXPECT_EQ(receipt.status, 200);
  EXPECT_EQ(receipt.body, receipt_of(paid));
  fetch.fields = {{"X-L402", credential.pair()}};
  EXPECT_EQ(send_request(gate.port(), fetch).status, 200);
  fetch.target = "/api/receipts/0123";
  EXPECT_EQ(send_request(gate.port(), fetch).status, 404);
}

TEST_F(Walk, R_L402_2_R_CORE_10_EveryCarrierOpensTheDoor) {
  const auto bytes = [](const Credential& credential) { return credential.pair(); };
  const std::vector<std::pair<std::string, std::function<std::string(const Credential&)>>> rows = {
      {"Authorization", [](const auto& c) { return "L402 " + c.pair(); }},
      {"Authorization", [](const auto& c) { return "LSAT " + c.pair(); }},
      {"aUTHORIZATION", [](const auto& c) { return "l402 " + c.pair(); }},
      {"X-L402", bytes},
      {"x-l402", bytes},
  };
  for (const auto& [name, value] : rows) {
    const Credential credential = gate.buy("success.json");
    HttpRequest request = gate.request("success.json");
    request.fields.emplace_back(name, value(credential));
    EXPECT_EQ(send_request(gate.port(), request).status, 200) << name;
    EXPECT_EQ(gate.call_settled(request).status, 409) << name;
  }
  for (const std::string word : {"", "L402 "}) {
    const Credential credential = gate.buy("success.json");
    HttpRequest request = gate.request("success.json");
    request.body =
        call_body("success.json", "{}",
                  R"({"tollhouse/l402":")" + word + credential.pair() + R"(","keep":1})");
    EXPECT_EQ(send_request(gate.port(), request).status, 200) << word;
    const auto forwarded = upstream.received().back();
    EXPECT_EQ(forwarded.body.find("tollhouse/l402"), std::string::npos);
    EXPECT_NE(forwarded.body.find("\"keep\":1"), std::string::npos);
    EXPECT_EQ(std::to_string(forwarded.body.size()), forwarded.field("Content-Length"));
  }
}

TEST_F(Walk, R_L402_2_AHexMacaroonWithAPreimageCaveat) {
  // As lnd-like clients show it: the whole macaroon in hex, the preimage appended as a caveat.
  const HttpAnswer asked = gate.call("success.json");
  const auto credential = gate.pay(offer_of(asked));
  ASSERT_TRUE(credential);
  const auto token = bytes_from_any_base64(credential->macaroon);
  ASSERT_TRUE(token);
  const auto preimage = bytes_from_hex(credential->preimage);
  // Without the caveat it is no credential at all.
  HttpRequest request = gate.request("success.json");
  request.fields.emplace_back("Macaroon", hex(*token));
  const HttpAnswer refused = send_request(gate.port(), request);
  EXPECT_TRUE(refused.status == 401 || refused.status == 402) << refused.status;
  EXPECT_EQ(upstream.requests(), 0U);
  const std::string caveat = "preimage=" + credential->preimage;
  Bytes longer(token->begin(), token->end() - 35);  // without end marker, type, length, signature
  longer.push_back(2);
  longer.push_back(static_cast<std::uint8_t>(caveat.size()));
  longer.insert(longer.end(), caveat.begin(), caveat.end());
  longer.push_back(0);
  const Digest signature = crypto::hmac_sha256(ByteView(*token).last(32), bytes_of(caveat));
  longer.push_back(0);
  longer.push_back(6);
  longer.push_back(32);
  longer.insert(longer.end(), signature.bytes.begin(), signature.bytes.end());
  request.fields.back().second = hex(longer);
  const HttpAnswer paid = send_request(gate.port(), request);
  EXPECT_EQ(paid.status, 200) << paid.body;
}

TEST_F(Walk, R_CORE_1_ThreeFormsOfOneCallReachOnePolicyAndPrice) {
  const std::vector<std::pair<std::string, std::string>> forms = {
      {"/mcp", call_body("success.json", R"({"q":1})")},
      {"/tools/success.json", R"({"q":1})"},
      {"/tools/call", R"({"name":"success.json","arguments":{"q":1}})"},
  };
  std::set<std::string> invoices;
  for (const auto& [target, body] : forms) {
    const HttpAnswer asked = gate.post(target, body);
    ASSERT_EQ(asked.status, 402) << target << asked.body;
    const Offer offer = offer_of(asked);
    EXPECT_EQ(offer.price_msat, 3000U);
    invoices.insert(offer.invoice);
    // One key of client, tool and price: one unpaid invoice, whatever the form.
    const auto credential = gate.pay(offer);
    ASSERT_TRUE(credential);
    HttpRequest request;
    request.target = target;
    request.body = body;
    request.fields = {{"Content-Type", "application/json"},
                      {"Authorization", credential->authorization()}};
    const HttpAnswer paid = send_request(gate.port(), request);
    EXPECT_EQ(paid.status, 200) << target << paid.body;
    const auto result = nlohmann::json::parse(paid.body);
    EXPECT_TRUE(target == "/mcp" ? result.contains("result") : result.contains("content"));
    const auto seen = nlohmann::json::parse(upstream.received().back().body);
    EXPECT_EQ(seen["params"]["name"], "success.json");
    EXPECT_EQ(seen["params"]["arguments"]["q"], 1);
    EXPECT_FALSE(receipt_of(paid).empty());
  }
  EXPECT_EQ(invoices.size(), 3U);
  EXPECT_EQ(gate.post("/tools/nothing", "{}").status, 404);
  EXPECT_EQ(gate.post("/tools/success.json", "{\"a\":1,}").status, 400);
  EXPECT_EQ(gate.post("/tools/success.json", "1},\"x\":{").status, 400);
  EXPECT_EQ(upstream.calls("success.json"), 3U);
  HttpRequest head;
  head.method = "HEAD";
  head.target = "/tools/success.json";
  const std::size_t before = upstream.requests();
  const HttpAnswer priced = send_request(gate.port(), head);
  EXPECT_EQ(priced.status, 402);
  EXPECT_EQ(priced.count("WWW-Authenticate"), 0U);  // nothing was minted
  const auto price = nlohmann::json::parse(priced.field("X-Tollhouse-Price"));
  EXPECT_EQ(price["amountMsat"], 3000);
  EXPECT_EQ(price["uses"], 1);
  EXPECT_EQ(price["validForSeconds"], 300);
  EXPECT_EQ(price["rails"], nlohmann::json({"l402", "x402-lnbtc-exact", "x402-bip122-exact"}));
  // A credential shown to it is not looked at, and a free tool is not called.
  head.fields = {{"Authorization", gate.buy("success.json").authorization()}};
  EXPECT_EQ(send_request(gate.port(), head).status, 402);
  head.target = "/tools/free.json";
  EXPECT_EQ(send_request(gate.port(), head).status, 200);
  head.target = "/tools/nothing";
  EXPECT_EQ(send_request(gate.port(), head).status, 404);
  EXPECT_EQ(upstream.requests(), before);
  head.target = "/mcp";
  EXPECT_EQ(send_request(gate.port(), head).status, 405);
  expect_books(3);
}

TEST_F(Walk, ListsOfToolsSayWhatEachCosts) {
  HttpRequest request = gate.request("");
  request.body = R"({"jsonrpc":"2.0","id":"l","method":"tools/list","params":{}})";
  for (const bool streamed : {false, true}) {
    upstream.stream_lists(streamed);
    const HttpAnswer answer = send_request(gate.port(), request);
    ASSERT_EQ(answer.status, 200);
    EXPECT_TRUE(answer.whole);
    std::string text = answer.body;
    if (streamed) {
      EXPECT_NE(text.find("notifications/progress"), std::string::npos);
      const std::size_t at = text.rfind("data: ") + 6;
      text = text.substr(at, text.find('\n', at) - at);
    }
    EXPECT_NE(text.find("\"x\":1.50"), std::string::npos);
    const auto tools = nlohmann::json::parse(text)["result"]["tools"];
    ASSERT_EQ(tools.size(), 5U);
    EXPECT_EQ(tools[0]["_meta"]["tollhouse/price"]["amountMsat"], 3000);
    EXPECT_EQ(tools[0]["_meta"]["agents-x402/paymentRequired"], true);
    EXPECT_EQ(tools[0]["inputSchema"]["type"], "object");
    EXPECT_EQ(tools[1]["_meta"]["tollhouse/price"]["uses"], "unlimited");
    EXPECT_EQ(tools[1]["_meta"]["tollhouse/price"]["validForSeconds"], 3600);
    EXPECT_EQ(tools[2]["_meta"]["tollhouse/price"]["uses"], 3);
    EXPECT_EQ(tools[3]["_meta"]["tollhouse/price"]["amountMsat"], 0);
    EXPECT_FALSE(tools[3]["_meta"].contains("agents-x402/paymentRequired"));
    EXPECT_FALSE(tools[4].contains("_meta"));  // denied: no word of ours
  }
  const std::string url = "http://127.0.0.1:" + std::to_string(gate.port()) + "/mcp";
  upstream.stream_lists(false);
  Child listing({std::string(TOLLHOUSE_BUILD) + "/tollhouse", "tools", url});
  EXPECT_EQ(listing.wait(), 0);
  listing.wait_for_line("\x01");  // until it has said all
  EXPECT_NE(listing.output().find("success.json  3 sat"), std::string::npos) << listing.output();
  EXPECT_NE(listing.output().find("for 3600 s"), std::string::npos) << listing.output();
  EXPECT_NE(listing.output().find("10 sat for 3 calls"), std::string::npos) << listing.output();
}

TEST_F(Walk, DocumentsSayWhatIsSoldAndNoSecret) {
  const auto document = [&](const std::string& path) {
    const HttpAnswer answer = gate.get(path);
    EXPECT_EQ(answer.status, 200) << path;
    EXPECT_EQ(answer.field("Cache-Control"), "max-age=300") << path;
    EXPECT_EQ(answer.body.find(site.root_key()), std::string::npos) << path;
    return nlohmann::json::parse(answer.body);
  };
  const std::string origin = "http://127.0.0.1:" + std::to_string(gate.port());
  const auto terms = document("/.well-known/tollhouse");
  EXPECT_EQ(terms["issuer"], origin);
  EXPECT_EQ(terms["rails"],
            nlohmann::json({"l402", "x402-lnbtc-exact", "x402-bip122-exact", "pow"}));
  ASSERT_EQ(terms["routes"].size(), 1U);
  const auto& route = terms["routes"][0];
  EXPECT_EQ(route["url"], origin + "/mcp");
  EXPECT_EQ(route["surface"], "auto");
  EXPECT_EQ(route["unknownTools"], "deny");
  EXPECT_FALSE(route.contains("otherTools"));
  const auto tool = [](const nlohmann::json& tools, const std::string& name) {
    for (const auto& each : tools) {
      if (each["name"] == name) return each;
    }
    return nlohmann::json::object();
  };
  EXPECT_EQ(tool(route["tools"], "success.json")["price"]["amountMsat"], 3000);
  EXPECT_EQ(tool(route["tools"], "free.json")["price"]["rails"], nlohmann::json::array());
  // An HMAC key is never served; there is no other yet.
  for (const char* path :
       {"/.well-known/tollhouse-keys", "/.well-known/liveauth-receipt-keys.json"})
    EXPECT_EQ(document(path), nlohmann::json::parse(R"({"keys":[]})"));
  std::set<std::string> paths;
  for (const auto& service : document("/.well-known/l402-services")["services"]) {
    if (service["name"] != "success.json") continue;
    paths.insert(service["path"]);
    EXPECT_EQ(service["price_msat"], 3000);
  }
  EXPECT_EQ(paths, (std::set<std::string>{"/mcp", "/tools/success.json"}));
  const auto bazaar = document("/discovery/resources?type=http&limit=100");
  EXPECT_EQ(bazaar["x402Version"], 2);
  const auto listed = std::find_if(
      bazaar["items"].begin(), bazaar["items"].end(),
      [&](const auto& item) { return item["resource"] == origin + "/tools/success.json"; });
  ASSERT_NE(listed, bazaar["items"].end()) << bazaar;
  ASSERT_EQ((*listed)["accepts"].size(), 1U) << "P2 needs an invoice to name the node";
  EXPECT_EQ((*listed)["accepts"][0]["amount"], "3000");
  EXPECT_FALSE((*listed)["accepts"][0]["extra"].contains("invoice"));
  EXPECT_EQ((*listed)["metadata"]["price"]["rails"][0], "l402");
  const auto page = document("/discovery/resources?type=mcp&limit=2&offset=1");
  EXPECT_EQ(page["items"].size(), 2U);
  EXPECT_TRUE(page["items"][0]["resource"].get<std::string>().starts_with("mcp://tool/"));
  EXPECT_EQ(page["items"][0]["metadata"]["server"], origin + "/mcp");
  EXPECT_GT(page["pagination"]["total"], 2);
  EXPECT_EQ(page.dump().find("free.json"), std::string::npos) << "what costs nothing is not sold";
  EXPECT_EQ(gate.get("/discovery/resources?limit=0").status, 400);
  EXPECT_EQ(gate.post("/discovery/resources", "{}").status, 405);
  const auto api = document("/openapi.json");
  EXPECT_EQ(api["servers"][0]["url"], origin);
  const auto& rest = api["paths"]["/tools/success.json"]["post"];
  EXPECT_EQ(rest["x-payment-info"]["offers"][0]["amount"], "3");
  EXPECT_TRUE(rest["responses"].contains("402"));
  EXPECT_TRUE(api["paths"]["/mcp"]["post"]["x-payment-info"]["offers"][0]["amount"].is_null());
  EXPECT_FALSE(api["paths"]["/tools/free.json"]["post"].contains("x-payment-info"));
  EXPECT_EQ(gate.post("/openapi.json", "{}").status, 405);
  EXPECT_EQ(upstream.requests(), 0U);
}

TEST_F(Walk, ABrowsersPreflightMayNameArgumentsOfItsServer) {
  HttpRequest preflight;
  preflight.method = "OPTIONS";
  preflight.fields = {
      {"Origin", "http://localhost:3000"},
      {"Access-Control-Request-Method", "POST"},
      {"Access-Control-Request-Headers", "mcp-param-region, Mcp-Param-Tier,x-secret,mcp-param-"}};
  const HttpAnswer answer = send_request(gate.port(), preflight);
  EXPECT_EQ(answer.status, 204);
  EXPECT_EQ(answer.field("Access-Control-Allow-Origin"), "http://localhost:3000");
  const std::string allowed = answer.field("Access-Control-Allow-Headers");
  EXPECT_NE(allowed.find("Last-Event-ID"), std::string::npos);
  EXPECT_TRUE(allowed.ends_with(", mcp-param-region, Mcp-Param-Tier")) << allowed;
  EXPECT_NE(answer.field("Access-Control-Allow-Methods").find("DELETE"), std::string::npos);
  EXPECT_EQ(upstream.requests(), 0U);
  preflight.fields[0].second = "https://evil.example";
  EXPECT_EQ(send_request(gate.port(), preflight).status, 403);
}

TEST_F(Walk, R_CORE_3_R_CORE_4_WhatIsFreeIsNeverRefusedForMoney) {
  const auto probe = [&](const std::string& method) {
    HttpRequest request = gate.request("");
    request.body = R"({"jsonrpc":"2.0","id":1,"method":")" + method + R"(","params":{}})";
    return send_request(gate.port(), request).status;
  };
  for (const char* method : {"initialize", "ping", "tools/list", "resources/list", "prompts/list"})
    for (int i = 0; i < 5; ++i) EXPECT_EQ(probe(method), 200) << method;
  HttpRequest notification = gate.request("");
  notification.body = R"({"jsonrpc":"2.0","method":"notifications/initialized"})";
  EXPECT_EQ(send_request(gate.port(), notification).status, 202);
  EXPECT_EQ(gate.call("free.json").status, 200);
  // A credential where none is needed is ignored and stripped.
  const Credential credential = gate.buy("success.json");
  EXPECT_EQ(gate.call("free.json", credential.authorization()).status, 200);
  EXPECT_EQ(upstream.received().back().field("Authorization"), "");
  EXPECT_EQ(gate.call("success.json", credential.authorization()).status, 200);
  HttpRequest stream;
  stream.method = "GET";
  stream.fields = {{"Accept", "text/event-stream"}};
  EXPECT_EQ(send_request(gate.port(), stream).status, 200);
  stream.method = "DELETE";
  EXPECT_EQ(send_request(gate.port(), stream).status, 202);
  EXPECT_GT(gate.call("free.large").body.size(), 2U * 1024 * 1024);
  const HttpAnswer denied = gate.call("nothing");
  EXPECT_EQ(denied.status, 200);
  EXPECT_EQ(nlohmann::json::parse(denied.body)["error"]["code"], -32602);
}

TEST_F(Walk, R_L402_8_APassIsChargedOnceAndWorksOn) {
  const Credential pass = gate.buy("pass.json");
  for (int i = 0; i < 5; ++i) EXPECT_EQ(gate.call("pass.json", pass.authorization()).status, 200);
  expect_books(1);
  gate.stop();
  GateProcess next(site);
  ASSERT_TRUE(next.started());
  EXPECT_EQ(next.call("pass.json", pass.authorization()).status, 200);
  expect_books(1);
}

TEST_F(Walk, R_L402_8_CountedUsesEndWithTheirNumber) {
  const Credential counted = gate.buy("counted.json");
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(gate.call("counted.json", counted.authorization()).status, 200) << i;
  const HttpAnswer spent = gate.call_settled(gate.request("counted.json", counted.authorization()));
  EXPECT_EQ(spent.status, 409);
  EXPECT_EQ(code_of(spent), "uses_spent");
  EXPECT_FALSE(offer_of(spent).invoice.empty());
  EXPECT_EQ(site.check()["grossMsat"], 10000);
  expect_books(3);
}

TEST_F(Walk, R_L402_10_ACredentialOpensWhatItWasSoldFor) {
  const Credential credential = gate.buy("success.json");
  const HttpAnswer other = gate.call("success.sse", credential.authorization());
  EXPECT_EQ(other.status, 403);
  EXPECT_EQ(code_of(other), "not_permitted");
  EXPECT_TRUE(offer_of(other).invoice.empty());
  const Credential bound = gate.buy("bound.json");
  HttpRequest request = gate.request("bound.json", bound.authorization());
  request.body = call_body("bound.json", R"({"other":1})");
  EXPECT_EQ(code_of(send_request(gate.port(), request)), "request_mismatch");
  EXPECT_EQ(gate.call("bound.json", bound.authorization(), 5).status, 403);
  EXPECT_EQ(upstream.requests(), 0U);
  EXPECT_EQ(gate.call("success.json", credential.authorization()).status, 200);
  EXPECT_EQ(gate.call("bound.json", bound.authorization()).status, 200);
  expect_books(2);
}

TEST_F(Walk, R_L402_12_R_SEC_2_BadCredentialsAreRefusedAndSpendNothing) {
  const HttpAnswer asked = gate.call("success.json");
  const Offer offer = offer_of(asked);
  const auto credential = gate.pay(offer);
  ASSERT_TRUE(credential);
  std::string forged = credential->macaroon;
  forged[forged.size() - 10] = forged[forged.size() - 10] == 'A' ? 'B' : 'A';
  const struct {
    std::string authorization;
    std::string code;
  } rows[] = {
      {"L402 " + credential->macaroon + ":" + offer.payment_hash, "invalid_preimage"},
      {"L402 " + credential->macaroon + ":" + std::string(64, '0'), "invalid_preimage"},
      {"L402 " + forged + ":" + credential->preimage, "bad_signature"},
      {"L402 " + credential->macaroon, "malformed"},
      {"L402 nonsense:" + credential->preimage, "malformed"},
  };
  for (const auto& row : rows) {
    const HttpAnswer refused = gate.call("success.json", row.authorization);
    EXPECT_EQ(refused.status, 401) << row.authorization;
    EXPECT_EQ(code_of(refused), row.code) << row.authorization;
    EXPECT_EQ(refusal_of(refused).value("error", ""), "invalid l402 token");
    EXPECT_TRUE(refused.field("WWW-Authenticate").starts_with("L402 "));
  }
  HttpRequest two = gate.request("success.json", credential->authorization());
  two.fields.emplace_back("X-L402", gate.buy("success.sse").pair());
  const HttpAnswer both = send_request(gate.port(), two);
  EXPECT_EQ(both.status, 400);
  EXPECT_EQ(code_of(both), "conflicting_credentials");
  EXPECT_EQ(upstream.requests(), 0U);
  EXPECT_EQ(gate.call("success.json", credential->authorization()).status, 200);
  expect_books(1);
}

TEST_F(Walk, R_LN_4_PartsOfASatoshiAreChargedExactly) {
  const HttpAnswer asked = gate.call("attempt.json");
  EXPECT_EQ(offer_of(asked).price_msat, 1500U);
  const auto credential = gate.pay(offer_of(asked));
  EXPECT_EQ(gate.call("attempt.json", credential->authorization()).status, 200);
  EXPECT_EQ(site.check()["grossMsat"], 1500);
}

TEST_F(Walk, R_SEC_7_R_CORE_6_TheUpstreamSeesThePaymentAndNoCredential) {
  const Credential credential = gate.buy("success.json");
  HttpRequest request = gate.request("success.json", credential.authorization());
  for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{
           {"X-Tollhouse-Pay-Auth", "{\"rail\":\"forged\"}"},
           {"X-Forwarded-For", "203.0.113.9"},
           {"Forwarded", "for=203.0.113.9"},
           {"X-API-Key", "canary"},
           {"Cookie", "canary=1"},
           {"Mcp-Session-Id", "s-1"},
           {"Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}})
    request.fields.emplace_back(name, value);
  ASSERT_EQ(send_request(gate.port(), request).status, 200);
  const auto seen = upstream.received().back();
  const auto paid = nlohmann::json::parse(seen.field("X-Tollhouse-Pay-Auth"));
  EXPECT_EQ(paid["rail"], "l402");
  EXPECT_EQ(paid["amountMsat"], 3000);
  EXPECT_FALSE(paid.contains("payload")) << "it is the credential";
  EXPECT_FALSE(seen.field("Idempotency-Key").empty());
  EXPECT_EQ(seen.field("Mcp-Session-Id"), "s-1");
  EXPECT_FALSE(seen.field("Traceparent").empty());
  for (const char* name : {"Authorization", "X-Forwarded-For", "Forwarded", "X-API-Key", "Cookie"})
    EXPECT_EQ(seen.field(name), "") << name;
  EXPECT_EQ(seen.head.find(credential.preimage), std::string::npos);
  EXPECT_EQ(seen.head.find("forged"), std::string::npos);
}

TEST_F(Walk, R_OPS_1_R_OPS_5_HealthReadinessAndTheStart) {
  EXPECT_EQ(gate.get("/healthz").body, R"({"status":"ok"})");
  EXPECT_EQ(gate.get("/readyz").status, 200);
  EXPECT_NE(gate.output().find("127.0.0.1:" + std::to_string(gate.port())), std::string::npos);
  EXPECT_TRUE(gate.child().wait_for_line("reputation"));
  const auto ready = gate.child().wait_for_line("The gate takes calls.");
  ASSERT_TRUE(ready) << gate.output();
  const auto line = nlohmann::json::parse(*ready);
  EXPECT_EQ(line["event"], "ready");
  EXPECT_EQ(line["listen"], "127.0.0.1:" + std::to_string(gate.port()));
  EXPECT_EQ(line["admin"], "127.0.0.1:" + std::to_string(gate.admin()));
  EXPECT_EQ(gate.get("/metrics").status, 404);
  EXPECT_EQ(gate.get("/nothing").status, 404);
  EXPECT_EQ(gate.post("/healthz", "{}").status, 405);
  gate.fault("down");
  EXPECT_EQ(gate.call("success.json").status, 503);
  const HttpAnswer unready = gate.get("/readyz");
  EXPECT_EQ(unready.status, 503);
  EXPECT_NE(unready.body.find("wallet"), std::string::npos);
  gate.fault("none");
  EXPECT_EQ(gate.call("success.json").status, 402);
  EXPECT_EQ(gate.get("/readyz").status, 200);
}

TEST_F(Walk, R_OPS_2_RefusalsStandInLogAndMetricsAndSecretsNowhere) {
  const Credential credential = gate.buy("success.json");
  EXPECT_EQ(
      gate.call("success.json", "L402 " + credential.macaroon + ":" + std::string(64, '0')).status,
      401);
  const HttpAnswer paid = gate.call("success.json", credential.authorization());
  EXPECT_EQ(paid.status, 200);
  const auto shown = gate.request("success.json", credential.authorization());
  EXPECT_EQ(gate.call_settled(shown).status, 409);
  HttpRequest odd = gate.request("success.json");
  odd.fields.emplace_back("Cookie", "canary-cookie");
  odd.body = call_body("success.json", R"({"secret":"canary-argument"})");
  send_request(gate.port(), odd);
  EXPECT_EQ(gate.sample("tollhouse_refusals_total{room=\"l402\",reason=\"invalid_preimage\"}"), 1);
  EXPECT_EQ(gate.sample("tollhouse_replays_total"), 1);
  EXPECT_EQ(gate.sample("tollhouse_revenue_msat_total{tool=\"success.json\",rail=\"l402\"}"), 3000);
  const std::string metrics = gate.metrics();
  std::ifstream key_file(site.books() / "receipt.key");
  std::string receipt_key;
  key_file >> receipt_key;
  EXPECT_EQ(gate.stop(), 0);
  const std::string log = gate.output();
  EXPECT_NE(log.find("invalid_preimage"), std::string::npos);
  EXPECT_NE(log.find("\"replay\""), std::string::npos);
  for (const std::string& secret : {site.root_key(), receipt_key, credential.macaroon,
                                    credential.preimage, std::string("canary"), receipt_of(paid)}) {
    ASSERT_FALSE(secret.empty());
    EXPECT_EQ(log.find(secret), std::string::npos) << secret.substr(0, 8);
    EXPECT_EQ(metrics.find(secret), std::string::npos) << secret.substr(0, 8);
  }
}

TEST_F(Walk, OneBooksOneGateAndOneAddressOneGate) {
  Child second({std::string(TOLLHOUSE_BUILD) + "/tollhouse", "serve", "-c", site.configuration()});
  EXPECT_EQ(second.wait(), 6);
  const Site other(upstream.port());
  Child third({std::string(TOLLHOUSE_BUILD) + "/tollhouse", "serve", "-c", other.configuration(),
               "--set", "listen=127.0.0.1:" + std::to_string(gate.port())});
  EXPECT_EQ(third.wait(), 6);
  EXPECT_EQ(gate.call("free.json").status, 200);
}

TEST_F(Walk, DrainFinishesWhatRunsAndExitsWithZero) {
  const Credential credential = gate.buy("success.wait");
  HttpConnection caller(gate.port());
  caller.send(gate.request("success.wait", credential.authorization()).text());
  ASSERT_TRUE(upstream.wait_for_calls("success.wait", 1));
  gate.child().signal(SIGTERM);
  ASSERT_TRUE(gate.child().wait_for_line("draining"));
  upstream.release();
  const HttpAnswer answer = caller.read_answer();
  EXPECT_EQ(answer.status, 200);
  EXPECT_TRUE(answer.whole);
  EXPECT_FALSE(receipt_of(answer).empty());
  EXPECT_EQ(gate.child().wait(), 0);
  expect_books(1);
}

}  // namespace
}  // namespace tollhouse::test
