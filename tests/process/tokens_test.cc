// tests/process: tokens for many calls and for a time, what their holders may do to them, and what
// operators may: by the real program over real sockets.
#include <fstream>
#include <set>

#include "base/base64.h"
#include "base/hex.h"
#include "macaroon/chain.h"
#include "process/gate_process.h"
#include "support/precompiled.h"

namespace tollhouse::test {
namespace {

class Tokens : public ::testing::Test {
 protected:
  Upstream upstream;
  Site site{upstream.port()};

  void expect_books(std::size_t charges) {
    const auto report = site.check();
    EXPECT_TRUE(report["ok"].get<bool>()) << report;
    EXPECT_EQ(report.value("charges", 999U), charges) << report;
    EXPECT_EQ(report.value("receipts", 999U), charges) << report;
  }
};

/// The same credential, narrowed by its holder.
Credential narrowed(const Credential& credential, const std::vector<std::string>& caveats) {
  Bytes bytes = *bytes_from_any_base64(credential.macaroon);
  for (const std::string& caveat : caveats) {
    const auto view = macaroon::read_v2(bytes);
    bytes = *macaroon::attenuate(*view, caveat);
  }
  return {base64(bytes), credential.preimage};
}

std::string valid_until(const Credential& credential) {
  const Bytes bytes = *bytes_from_any_base64(credential.macaroon);
  const std::string text(text_of(bytes));
  const std::size_t at = text.find("mcp_valid_until=");
  return text.substr(at + 16, 10);
}

/// `tollhouse ARGUMENTS -c ...`; all it says.
std::pair<int, std::string> run(const Site& site, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), std::string(TOLLHOUSE_BUILD) + "/tollhouse");
  arguments.insert(arguments.end(), {"-c", site.configuration()});
  Child child(arguments);
  const int code = child.wait();
  child.wait_for_line("\x01");
  return {code, child.output()};
}

TEST_F(Tokens, R_L402_8_SixtyFourCallersShareTenUsesExactly) {
  GateProcess gate(site);
  const Credential burst = gate.buy("burst.json");
  auto statuses = gate.sixty_four_at_once([&](int i) {
    HttpRequest request = gate.request("burst.json", burst.authorization());
    request.body = call_body("burst.json", R"({"n":)" + std::to_string(i) + "}");
    return request;
  });
  EXPECT_EQ(statuses[200], 10);
  EXPECT_EQ(statuses[409], 54);
  EXPECT_EQ(upstream.calls("burst.json"), 10U);
  // Ten parts of 1003 msat: exact in sum, and each with a receipt of its own.
  EXPECT_EQ(site.check()["grossMsat"], 1003);
  expect_books(10);
  const auto [code, exported] = run(site, {"ledger", "export"});
  EXPECT_EQ(code, 0);
  std::multiset<std::uint64_t> parts;
  std::set<std::string> receipts;
  std::istringstream lines(exported);
  for (std::string line; std::getline(lines, line);) {
    const auto charge = nlohmann::json::parse(line, nullptr, false);
    if (!charge.is_object()) continue;
    parts.insert(charge["grossMsat"].get<std::uint64_t>());
    receipts.insert(charge["receiptId"].get<std::string>());
  }
  EXPECT_EQ(parts.count(100), 7U);
  EXPECT_EQ(parts.count(101), 3U);
  EXPECT_EQ(receipts.size(), 10U);
}

TEST_F(Tokens, R_LN_7_AChallengeSaysHowManyCallsItSells) {
  const GateProcess gate(site);
  ASSERT_TRUE(gate.started());
  const auto bundle = refusal_of(gate.call("counted.json"))["bundle"];
  EXPECT_EQ(bundle["uses"], 3);
  EXPECT_GT(bundle["validForSeconds"], 0);
  EXPECT_EQ(refusal_of(gate.call("pass.json"))["bundle"]["uses"], "unlimited");
  EXPECT_FALSE(refusal_of(gate.call("success.json")).contains("bundle"));
}

TEST_F(Tokens, R_L402_8_UsesThatAreLeftOutliveTheProcess) {
  std::optional<Credential> counted;
  {
    GateProcess gate(site);
    counted = gate.buy("counted.json");
    EXPECT_EQ(gate.call("counted.json", counted->authorization()).status, 200);
    EXPECT_EQ(gate.stop(), 0);
  }
  GateProcess gate(site);
  for (int i = 0; i < 2; ++i)
    EXPECT_EQ(gate.call("counted.json", counted->authorization()).status, 200);
  const auto spent = gate.call_settled(gate.request("counted.json", counted->authorization()));
  EXPECT_EQ(spent.status, 409);
  EXPECT_EQ(code_of(spent), "uses_spent");
  expect_books(3);
}

TEST_F(Tokens, AUseWhoseAnswerWasLostIsAnsweredAgainAndTheOthersStayUses) {
  GateProcess gate(site);
  const Credential counted = gate.buy("counted.wait");
  HttpRequest lost = gate.request("counted.wait", counted.authorization());
  lost.body = call_body("counted.wait", R"({"which":"lost"})");
  {
    HttpConnection caller(gate.port());
    caller.send(lost.text());
    ASSERT_TRUE(upstream.wait_for_calls("counted.wait", 1));
    caller.reset();
  }
  upstream.release();
  // The legacy call runs on to its charge; then the same request gets its answer and costs no use.
  ASSERT_TRUE(gate.child().wait_for_line("call answered"));
  const HttpAnswer again = gate.call_settled(lost);
  EXPECT_EQ(again.status, 200) << again.body;
  HttpRequest other = lost;
  other.body = call_body("counted.wait", R"({"which":"other"})");
  EXPECT_EQ(gate.call_settled(other).status, 200);
  other.body = call_body("counted.wait", R"({"which":"third"})");
  EXPECT_EQ(gate.call_settled(other).status, 200);
  EXPECT_EQ(gate.call_settled(other).status, 409);
  expect_books(3);
}

TEST_F(Tokens, R_L402_13_WhatAHolderAddsBinds) {
  GateProcess gate(site);
  const auto refusal = [&](const std::string& tool, const std::vector<std::string>& caveats) {
    const Credential credential = narrowed(gate.buy(tool), caveats);
    const HttpAnswer answer = gate.call(tool, credential.authorization());
    // Nothing that a new payment would cure: no invoice comes with it.
    if (answer.status == 403) EXPECT_EQ(answer.count("WWW-Authenticate"), 0U) << tool;
    return std::to_string(answer.status) + " " + code_of(answer);
  };
  EXPECT_EQ(refusal("success.json", {"mcp_capabilities=success.sse"}), "403 caveat_widened");
  EXPECT_EQ(refusal("success.json", {"mcp_capabilities="}), "403 not_permitted");
  EXPECT_EQ(refusal("success.json", {"services=other:0"}), "403 caveat_widened");
  EXPECT_EQ(refusal("success.json", {"mcp_max_calls=2"}), "403 caveat_widened");
  EXPECT_EQ(refusal("success.json", {"mcp_max_calls=0"}), "403 not_permitted");
  EXPECT_EQ(refusal("success.json", {"mcp_valid_until=9999999999"}), "403 caveat_widened");
  EXPECT_EQ(refusal("success.json", {"mcp_valid_until=1000000000"}), "402 expired");
  EXPECT_EQ(refusal("success.json", {"mcp_method=tools/list"}), "403 not_permitted");
  EXPECT_EQ(refusal("success.json", {"mcp_max_msat=2999"}), "403 not_permitted");
  EXPECT_EQ(refusal("success.json", {"mcp_client=somebody"}), "403 request_mismatch");
  EXPECT_EQ(refusal("success.json", {"mcp_address=203.0.113.7/32"}), "403 request_mismatch");
  EXPECT_EQ(refusal("success.json", {"mcp_body=" + std::string(64, '0')}), "403 request_mismatch");
  EXPECT_EQ(refusal("success.json", {"max_spend=100"}), "403 unknown_caveat");
  EXPECT_EQ(refusal("success.json", {"a note"}), "403 unknown_caveat");
  EXPECT_EQ(refusal("success.json", {"mcp_max_calls=many"}), "403 malformed_caveat");
  EXPECT_EQ(upstream.requests(), 0U);

  const Credential whole = gate.buy("success.json");
  const Credential same =
      narrowed(whole, {"mcp_capabilities=success.json", "mcp_method=tools/call,tools/list",
                       "mcp_method=tools/call", "mcp_max_msat=3000", "mcp_max_calls=1",
                       "mcp_valid_until=" + valid_until(whole), "other_valid_until=1",
                       "preimage=" + whole.preimage});
  EXPECT_EQ(gate.call("success.json", same.authorization()).status, 200);
  // One payment, however its token is spelled.
  EXPECT_EQ(gate.call_settled(gate.request("success.json", whole.authorization())).status, 409);
  expect_books(1);
}

TEST_F(Tokens, R_L402_13_ANarrowerCountIsTheHoldersAndTheRestStaysTheBuyers) {
  GateProcess gate(site);
  const Credential whole = gate.buy("counted.json");
  const Credential one = narrowed(whole, {"mcp_max_calls=1"});
  EXPECT_EQ(gate.call("counted.json", one.authorization()).status, 200);
  EXPECT_EQ(gate.call_settled(gate.request("counted.json", one.authorization())).status, 409);
  EXPECT_EQ(gate.call("counted.json", whole.authorization()).status, 200);
  EXPECT_EQ(gate.call("counted.json", whole.authorization()).status, 200);
  EXPECT_EQ(gate.call_settled(gate.request("counted.json", whole.authorization())).status, 409);
  EXPECT_EQ(site.check()["grossMsat"], 10000);
  expect_books(3);
}

TEST_F(Tokens, R_L402_13_APassOfCountedCallsIsPaidOnce) {
  GateProcess gate(site);
  const Credential pass = gate.buy("pass.json");
  const Credential two = narrowed(pass, {"mcp_max_calls=2"});
  for (int i = 0; i < 2; ++i) EXPECT_EQ(gate.call("pass.json", two.authorization()).status, 200);
  EXPECT_EQ(gate.call_settled(gate.request("pass.json", two.authorization())).status, 409);
  EXPECT_EQ(gate.call("pass.json", pass.authorization()).status, 200);
  EXPECT_EQ(site.check()["grossMsat"], 10000);
  expect_books(2);

  // The other way round: the pass first, then what was made of it.
  const Credential other = gate.buy("pass.json");
  EXPECT_EQ(gate.call("pass.json", other.authorization()).status, 200);
  const Credential three = narrowed(other, {"mcp_max_calls=3"});
  EXPECT_EQ(gate.call("pass.json", three.authorization()).status, 200);
  EXPECT_EQ(site.check()["grossMsat"], 20000);
  expect_books(4);
}

TEST_F(Tokens, R_L402_10_BoundToBodyOrAddress) {
  GateProcess gate(site);
  const Credential bodied = gate.buy("bodied.json");
  HttpRequest other = gate.request("bodied.json", bodied.authorization());
  other.body = call_body("bodied.json", R"({"other":1})");
  const HttpAnswer mismatch = send_request(gate.port(), other);
  EXPECT_EQ(mismatch.status, 403);
  EXPECT_EQ(code_of(mismatch), "request_mismatch");
  EXPECT_EQ(mismatch.count("WWW-Authenticate"), 0U);
  EXPECT_EQ(gate.call("bodied.json", bodied.authorization(), 5).status, 200);

  const Credential placed = gate.buy("placed.json", 3);
  EXPECT_EQ(gate.call("placed.json", placed.authorization(), 4).status, 403);
  HttpRequest here = gate.request("placed.json", placed.authorization());
  here.source = 3;
  here.body = call_body("placed.json", R"({"any":"body"})");
  EXPECT_EQ(send_request(gate.port(), here).status, 200);
  EXPECT_EQ(gate.call("placed.json", placed.authorization(), 3).status, 200);
  expect_books(3);
}

TEST_F(Tokens, R_L402_16_FailedCredentialsAreRationedByClient) {
  Site strict(upstream.port(),
              "limits: { failed_credentials_per_minute: 4, challenges_per_minute: 1000, "
              "unpaid_per_client: 100 }\n");
  GateProcess gate(strict);
  const Credential spent = gate.buy("success.json");
  EXPECT_EQ(gate.call("success.json", spent.authorization()).status, 200);
  const Credential good = gate.buy("success.sse");
  std::string forged = good.macaroon;
  forged[forged.size() - 10] = forged[forged.size() - 10] == 'A' ? 'B' : 'A';
  // Forged macaroons, wrong preimages and replays count together.
  EXPECT_EQ(gate.call("success.json", "L402 " + forged + ":" + good.preimage).status, 401);
  EXPECT_EQ(gate.call("success.json", "L402 " + good.macaroon + ":" + std::string(64, '0')).status,
            401);
  const HttpRequest replay = gate.request("success.json", spent.authorization());
  EXPECT_EQ(gate.call_settled(replay).status, 409);
  EXPECT_EQ(gate.call_settled(replay).status, 409);
  const HttpAnswer limited = gate.call_settled(replay);
  EXPECT_EQ(limited.status, 429);
  EXPECT_EQ(code_of(limited), "rate_limited");
  EXPECT_GE(std::stoi(limited.field("Retry-After")), 1);
  EXPECT_EQ(limited.count("WWW-Authenticate"), 0U);
  const auto made = gate.sample("tollhouse_invoices_total{result=\"created\"}");
  EXPECT_EQ(gate.call("success.json", "L402 " + forged + ":" + good.preimage).status, 429);
  EXPECT_EQ(gate.sample("tollhouse_invoices_total{result=\"created\"}"), made);
  const HttpAnswer asked =
      gate.post("/v1/verify", R"({"token":")" + forged + ":" + good.preimage + "\"}");
  EXPECT_EQ(asked.status, 429);
  EXPECT_NE(asked.body.find("rate_limited"), std::string::npos);
  // Others, and what is good, are not kept waiting.
  EXPECT_EQ(gate.call("success.json", "L402 " + forged + ":" + good.preimage, 2).status, 401);
  EXPECT_EQ(gate.call("success.sse", good.authorization()).status, 200);
}

TEST_F(Tokens, R_L402_16_AConnectionThatIsOverALimitIsReadLaterAndOthersAtOnce) {
  Site strict(upstream.port(), "limits: { failed_credentials_per_minute: 1 }\n");
  GateProcess gate(strict);
  const HttpRequest junk = gate.request("success.json", "L402 nonsense");
  EXPECT_EQ(send_request(gate.port(), junk).status, 401);
  HttpConnection flooding(gate.port());
  const auto begun = std::chrono::steady_clock::now();
  ASSERT_TRUE(flooding.send(junk.text() + gate.request("free.json").text()));
  EXPECT_EQ(flooding.read_answer().status, 429);
  EXPECT_EQ(gate.call("free.json").status, 200) << "the same client by another connection";
  EXPECT_EQ(flooding.read_answer().status, 200) << "what was sent ahead is answered all the same";
  EXPECT_GE(std::chrono::steady_clock::now() - begun, std::chrono::milliseconds(50));
}

TEST_F(Tokens, LedgerRevokeIsSeenByTheRunningGate) {
  GateProcess gate(site);
  ASSERT_TRUE(gate.started()) << gate.output();
  const Offer offer = offer_of(gate.call("pass.json"));
  const Credential pass = *gate.pay(offer);
  const Offer unused_offer = offer_of(gate.call("success.json"));
  const Credential unused = *gate.pay(unused_offer);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(gate.call("pass.json", pass.authorization()).status, 200);
  const auto revoke = [&](const std::string& hash) {
    return run(site, {"ledger", "revoke", hash, "--json"});
  };
  const auto [code, said] = revoke(offer.payment_hash);
  EXPECT_EQ(code, 0) << said;
  EXPECT_EQ(nlohmann::json::parse(said)["added"], true);
  EXPECT_EQ(nlohmann::json::parse(revoke(offer.payment_hash).second)["added"], false);
  EXPECT_EQ(revoke(unused_offer.payment_hash).first, 0);
  // That it was not issued here is all a stranger learns; and the gate need not be told.
  const auto refused_soon = [&](const std::string& tool, const Credential& credential) {
    const auto until = std::chrono::steady_clock::now() + kPatience;
    HttpAnswer answer;
    do {
      answer = gate.call(tool, credential.authorization());
    } while (answer.status == 200 && std::chrono::steady_clock::now() < until);
    return answer;
  };
  const HttpAnswer refused = refused_soon("pass.json", pass);
  EXPECT_EQ(refused.status, 401) << refused.body;
  EXPECT_EQ(code_of(refused), "bad_signature");
  EXPECT_FALSE(offer_of(refused).invoice.empty());
  EXPECT_EQ(refused_soon("pass.json", narrowed(pass, {"mcp_max_msat=10000"})).status, 401);
  EXPECT_EQ(refused_soon("success.json", unused).status, 401);
  const Credential other = gate.buy("pass.json");
  EXPECT_EQ(gate.call("pass.json", other.authorization()).status, 200);
  EXPECT_EQ(gate.stop(), 0);

  GateProcess next(site);
  EXPECT_EQ(next.call("pass.json", pass.authorization()).status, 401);
  EXPECT_EQ(next.call("pass.json", other.authorization()).status, 200);
  EXPECT_EQ(revoke("abc").first, 2);
  EXPECT_EQ(next.stop(), 0);
  // Whom a damaged list denies is not known: nothing is sold.
  std::ofstream(site.books() / "ledger.revoked", std::ios::app) << std::string(64, 'x') << "\n";
  GateProcess damaged(site);
  EXPECT_FALSE(damaged.started());
  EXPECT_EQ(damaged.child().wait(), 65);
}

TEST_F(Tokens, R_L402_11_AnotherGateMayAskAndSpendsNothing) {
  GateProcess gate(site);
  const auto ask = [&](const std::string& token, const std::string& more = "") {
    const auto answer = gate.post("/v1/verify", R"({"token":")" + token + "\"" + more + "}");
    return std::pair(answer.status, nlohmann::json::parse(answer.body));
  };
  const Offer offer = offer_of(gate.call("success.json"));
  const Credential credential = *gate.pay(offer);
  for (int i = 0; i < 3; ++i) {
    const auto [status, said] = ask(credential.pair());
    EXPECT_EQ(status, 200);
    EXPECT_EQ(said["ok"], true);
    EXPECT_EQ(said["paymentHash"], offer.payment_hash);
    EXPECT_EQ(said["priceMsat"], 3000);
    EXPECT_EQ(said["uses"], 1);
    EXPECT_TRUE(said.contains("expiresAt"));
  }
  const auto refused = [&](const std::string& token, const std::string& more = "") {
    const auto [status, said] = ask(token, more);
    EXPECT_EQ(status, 200);
    EXPECT_EQ(said["ok"], false);
    return said["code"].get<std::string>();
  };
  EXPECT_EQ(ask(gate.buy("pass.json").pair()).second["uses"], "unlimited");
  EXPECT_EQ(ask(credential.pair(), R"(,"tool":"success.json","service":"mcp")").second["ok"], true);
  EXPECT_EQ(refused(credential.pair(), R"(,"tool":"success.sse")"), "not_permitted");
  EXPECT_EQ(refused(credential.macaroon + ":" + std::string(64, '0')), "invalid_preimage");
  EXPECT_EQ(refused("nonsense"), "malformed");
  EXPECT_EQ(refused(narrowed(credential, {"mcp_valid_until=1"}).pair()), "expired");
  EXPECT_EQ(refused(narrowed(credential, {"mcp_client=somebody"}).pair()), "request_mismatch");
  EXPECT_EQ(refused(narrowed(credential, {"other=1"}).pair()), "unknown_caveat");
  EXPECT_EQ(gate.post("/v1/verify", "{}").status, 400);
  EXPECT_EQ(gate.get("/v1/verify").status, 405);
  EXPECT_EQ(gate.call("success.json", credential.authorization()).status, 200);
  expect_books(1);
}

TEST_F(Tokens, R_L402_9_R_CLI_4_RotatedRootKeysVerifyWhatWasSold) {
  // Without a key in the configuration's text: in a file of its own, as `init` writes it.
  std::string text;
  {
    std::ifstream file(site.configuration());
    text.assign(std::istreambuf_iterator<char>(file), {});
  }
  const auto key_file = site.folder() / "gate.secret";
  std::ofstream(key_file) << site.root_key() << "\n";
  std::filesystem::permissions(key_file, std::filesystem::perms(0600));
  const std::string inline_key = "\"" + site.root_key() + "\"";
  EXPECT_EQ(run(site, {"rotate", "hmac"}).first, 1);  // it stands in the configuration itself
  text.replace(text.find(inline_key), inline_key.size(), "\"${file:gate.secret}\"");
  std::ofstream(site.configuration()) << text;

  std::optional<Credential> old;
  {
    GateProcess gate(site);
    ASSERT_TRUE(gate.started()) << gate.output();
    old = gate.buy("pass.json");
    EXPECT_EQ(gate.call("pass.json", old->authorization()).status, 200);
    EXPECT_EQ(gate.stop(), 0);
  }
  const auto [code, said] = run(site, {"rotate", "hmac", "--json"});
  ASSERT_EQ(code, 0) << said;
  EXPECT_EQ(said.find(site.root_key()), std::string::npos);
  EXPECT_EQ(std::filesystem::status(key_file).permissions(), std::filesystem::perms(0600));
  std::optional<Credential> newer;
  {
    GateProcess gate(site);
    ASSERT_TRUE(gate.started()) << gate.output();
    EXPECT_EQ(gate.call("pass.json", old->authorization()).status, 200);
    newer = gate.buy("pass.json");
    EXPECT_EQ(gate.call("pass.json", newer->authorization()).status, 200);
    EXPECT_EQ(gate.stop(), 0);
  }
  ASSERT_EQ(run(site, {"rotate", "hmac"}).first, 0);
  GateProcess gate(site);
  ASSERT_TRUE(gate.started()) << gate.output();
  EXPECT_EQ(gate.call("pass.json", newer->authorization()).status, 200);
  const HttpAnswer retired = gate.call("pass.json", old->authorization());
  EXPECT_EQ(retired.status, 401);
  EXPECT_EQ(code_of(retired), "bad_signature");  // nobody learns which keys are in use
  EXPECT_EQ(run(site, {"rotate", "ed25519"}).first, 2);
}

TEST_F(Tokens, R_CLI_4_ReceiptsOfARotatedKeyStillVerify) {
  const auto sell_one = [&] {
    GateProcess gate(site);
    const Credential credential = gate.buy("success.json");
    EXPECT_EQ(gate.call("success.json", credential.authorization()).status, 200);
    EXPECT_EQ(gate.stop(), 0);
  };
  sell_one();
  for (int i = 0; i < 2; ++i) {
    const auto [code, said] = run(site, {"rotate", "receipt", "--json"});
    ASSERT_EQ(code, 0) << said;
    sell_one();
  }
  expect_books(3);
  // And without the key that signed it, a receipt is not believed.
  std::filesystem::remove(site.books() / "receipt.key.2");
  EXPECT_EQ(site.check()["ok"], false);
}

}  // namespace
}  // namespace tollhouse::test
