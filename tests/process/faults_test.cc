// tests/process: what the world does wrong, and what it costs the caller: upstreams, wallets,
// disks, hang-ups, limits, bad bytes. Every refusal leaves the payment where it was.
#include <sys/resource.h>

#include <csignal>
#include <fstream>
#include <set>

#include "base/base64.h"
#include "process/gate_process.h"
#include "support/precompiled.h"

namespace tollhouse::test {
namespace {

using nlohmann::json;

class Faults : public ::testing::Test {
 protected:
  Upstream upstream;

  static void expect_books(const Site& site, std::size_t charges) {
    const auto report = site.check();
    EXPECT_TRUE(report["ok"].get<bool>()) << report;
    EXPECT_EQ(report.value("charges", 999U), charges) << report;
    EXPECT_EQ(report.value("receipts", 999U), charges) << report;
  }
};

TEST_F(Faults, R_CORE_7_R_CORE_5_WhatAnUpstreamDoesDecidesWhatIsPaid) {
  const Site site(upstream.port());
  GateProcess gate(site);
  ASSERT_TRUE(gate.started()) << gate.output();
  const struct {
    const char* tool;
    int status;
    bool works_again;
  } rows[] = {
      {"success.json", 200, false},       {"success.sse", 200, false},
      {"success.tool_error", 200, true},  {"success.rpc_error", 200, true},
      {"success.question", 200, true},    {"success.http_500", 500, true},
      {"success.garbage", 502, true},     {"success.cut", 502, true},
      {"success.drop", 502, true},        {"success.large", 200, false},
      {"attempt.json", 200, false},       {"attempt.sse", 200, false},
      {"attempt.tool_error", 200, false}, {"attempt.rpc_error", 200, false},
      {"attempt.http_500", 500, false},   {"attempt.garbage", 502, false},
      {"attempt.cut", 502, false},        {"attempt.drop", 502, false},
      {"pass.tool_error", 200, true},
  };
  std::size_t charges = 0;
  for (const auto& row : rows) {
    const Credential credential = gate.buy(row.tool);
    const HttpAnswer answer = gate.call(row.tool, credential.authorization());
    EXPECT_EQ(answer.status, row.status) << row.tool << answer.head << answer.body.substr(0, 300);
    const std::size_t calls = upstream.calls(row.tool);
    EXPECT_EQ(calls, 1U) << row.tool;
    const bool kept = !row.works_again || std::string_view(row.tool).starts_with("pass.");
    if (kept) ++charges;
    const HttpAnswer again = gate.call_settled(gate.request(row.tool, credential.authorization()));
    if (row.works_again) {
      EXPECT_EQ(again.status, row.status) << row.tool << again.body;
      EXPECT_EQ(upstream.calls(row.tool), 2U) << row.tool;
    } else {
      EXPECT_EQ(again.status, 409) << row.tool << again.body.substr(0, 300);
      EXPECT_EQ(code_of(again), "replay") << row.tool;
      EXPECT_EQ(upstream.calls(row.tool), 1U) << row.tool;
    }
  }
  expect_books(site, charges);
}

TEST_F(Faults, R_CORE_7_AnUpstreamThatIsNotThereCostsNothing) {
  const ReservedPort nobody;  // bound, and nobody listens
  const Site site(nobody.port());
  GateProcess gate(site);
  ASSERT_TRUE(gate.started()) << gate.output();
  for (const char* tool : {"success.json", "attempt.json"}) {
    const Credential credential = gate.buy(tool);
    for (int i = 0; i < 5; ++i) {  // more often than limits.releases: nothing was sent
      const HttpAnswer answer = gate.call(tool, credential.authorization());
      EXPECT_EQ(answer.status, 502) << answer.body;
      EXPECT_EQ(code_of(answer), "upstream_unreachable");
    }
  }
  const auto report = site.check();
  EXPECT_TRUE(report["ok"].get<bool>()) << report;
  EXPECT_EQ(report["grossMsat"], 0);
}

TEST_F(Faults, R_CORE_7_AnUpstreamThatGoesWithoutAWordIsNotThereAndOneThatBreaksOffIsWrong) {
  const Site site(upstream.port());
  GateProcess gate(site);
  ASSERT_TRUE(gate.started()) << gate.output();
  const std::pair<const char*, const char*> rows[] = {
      {"success.drop", "upstream_unreachable"},
      {"attempt.drop", "upstream_unreachable"},
      {"success.cut", "upstream_protocol"},
      {"success.garbage", "upstream_protocol"},
  };
  for (const auto& [tool, code] : rows) {
    const Credential credential = gate.buy(tool);
    const HttpAnswer answer = gate.call(tool, credential.authorization());
    EXPECT_EQ(answer.status, 502) << tool;
    EXPECT_EQ(code_of(answer), code) << tool << answer.body;
    EXPECT_EQ(upstream.calls(tool), 1U) << tool << ": it may have run, so it is not sent again";
  }
  expect_books(site, 1);  // the attempt: bytes had gone out
}

TEST_F(Faults, RS21_ThreeReleasesThenAFailureKeepsIt) {
  const Site site(upstream.port());
  GateProcess gate(site);
  const Credential credential = gate.buy("success.tool_error");
  for (int i = 0; i < 4; ++i)
    EXPECT_EQ(gate.call("success.tool_error", credential.authorization()).status, 200) << i;
  expect_books(site, 1);
  const HttpAnswer spent =
      gate.call_settled(gate.request("success.tool_error", credential.authorization()));
  EXPECT_EQ(spent.status, 409);
  EXPECT_EQ(upstream.calls("success.tool_error"), 4U);
}

TEST_F(Faults, R_TEST_4_R_SEC_4_SixtyFourCallersOneCredentialOneAnswer) {
  const Site site(upstream.port());
  GateProcess gate(site);
  const Credential single = gate.buy("success.json");
  const Credential pass = gate.buy("pass.json");
  auto single_statuses = gate.sixty_four_at_once(
      [&](int) { return gate.request("success.json", single.authorization()); });
  EXPECT_EQ(single_statuses[200], 1);
  EXPECT_EQ(single_statuses[409], 63);
  EXPECT_EQ(upstream.calls("success.json"), 1U);
  auto pass_statuses =
      gate.sixty_four_at_once([&](int) { return gate.request("pass.json", pass.authorization()); });
  EXPECT_GE(pass_statuses[200], 1);
  EXPECT_EQ(pass_statuses[200] + pass_statuses[409], 64);
  EXPECT_EQ(gate.call("pass.json", pass.authorization()).status, 200);
  expect_books(site, 2);
}

TEST_F(Faults, R_LN_10_R_L402_14_AWalletInTroubleStopsOnlyNewInvoices) {
  const Site site(
      upstream.port(),
      "limits: { mint_timeout: 100ms, challenges_per_minute: 1000, unpaid_per_client: 100 }\n");
  GateProcess gate(site);
  ASSERT_TRUE(gate.started()) << gate.output();
  for (const char* mode : {"down", "slow", "lie"}) {
    const Credential paid = gate.buy("success.json");
    gate.fault(mode);
    const HttpAnswer refused = gate.call("success.sse");
    EXPECT_EQ(refused.status, 503) << mode << refused.body;
    EXPECT_EQ(code_of(refused), "rails_unavailable") << mode;
    EXPECT_FALSE(refused.field("Retry-After").empty()) << mode;
    EXPECT_EQ(refused.count("WWW-Authenticate"), 0U) << mode;
    EXPECT_EQ(gate.call("success.json", paid.authorization()).status, 200) << mode;
    // What is spent is said to be, though the fresh invoice that belongs to it cannot be had.
    const auto shown = gate.request("success.json", paid.authorization());
    const HttpAnswer replay = gate.call_settled(shown);
    EXPECT_EQ(replay.status, 409) << mode;
    EXPECT_EQ(code_of(replay), "replay") << mode;
    EXPECT_EQ(replay.field("WWW-Authenticate"), "") << mode;
    EXPECT_FALSE(replay.field("Retry-After").empty()) << mode;
    EXPECT_EQ(gate.call("free.json").status, 200) << mode;
    gate.fault("none");
  }
  EXPECT_TRUE(gate.child().wait_for_line("wallet_contradiction"));
  const Offer offer = offer_of(gate.call("success.sse"));
  gate.fault("pending");
  EXPECT_FALSE(gate.pay(offer));
  gate.fault("none");
  const auto credential = gate.pay(offer);
  ASSERT_TRUE(credential);
  EXPECT_EQ(gate.call("success.sse", credential->authorization()).status, 200);
  expect_books(site, 4);
}

TEST_F(Faults, R_L402_14_R_L402_15_InvoicesAreRationedAndOfferedAgain) {
  const Site site(upstream.port(), "limits: { challenges_per_minute: 5, unpaid_per_client: 3 }\n");
  GateProcess gate(site);
  const Offer first = offer_of(gate.call("success.json"));
  EXPECT_FALSE(first.invoice.empty());
  for (int i = 0; i < 10; ++i)
    EXPECT_EQ(offer_of(gate.call("success.json")).invoice, first.invoice);
  EXPECT_EQ(gate.call("success.sse").status, 402);
  EXPECT_EQ(gate.call("success.cut").status, 402);
  const HttpAnswer limited = gate.call("success.drop");
  EXPECT_EQ(limited.status, 429) << limited.body;
  EXPECT_EQ(code_of(limited), "rate_limited");
  EXPECT_GE(std::stoi(limited.field("Retry-After")), 1);
  EXPECT_EQ(gate.call("success.drop", "", 2).status, 402);
  EXPECT_NE(offer_of(gate.call("success.json", "", 2)).invoice, first.invoice);
  HttpRequest list = gate.request("");
  list.body = R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})";
  EXPECT_EQ(send_request(gate.port(), list).status, 200);
  EXPECT_EQ(gate.call("free.json").status, 200);
  const auto credential = gate.pay(first);
  EXPECT_EQ(gate.call("success.json", credential->authorization()).status, 200);
  EXPECT_EQ(gate.call("success.drop").status, 402);  // one is paid: room for one more
  EXPECT_EQ(gate.call("success.garbage").status, 429);
  EXPECT_EQ(gate.sample("tollhouse_invoices_total{result=\"created\"}"), 6);
}

TEST_F(Faults, StreamsPassAsTheyComeAndTheirEndWaitsForTheCharge) {
  const Site site(upstream.port());
  GateProcess gate(site);
  const Credential credential = gate.buy("success.sse_wait");
  HttpConnection caller(gate.port());
  caller.send(gate.request("success.sse_wait", credential.authorization()).text());
  const HttpAnswer head = caller.read_head();
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.field("Content-Type"), "text/event-stream");
  EXPECT_EQ(head.field("X-Accel-Buffering"), "no");
  EXPECT_EQ(head.count("X-Payment-Receipt"), 0U);
  std::string seen;
  while (!seen.ends_with("\r\n\r\n")) {  // a caller may need the last byte to see the event
    const std::string piece = caller.read_piece();
    ASSERT_FALSE(piece.empty()) << seen;
    seen += piece;
  }
  EXPECT_NE(seen.find("notifications/progress"), std::string::npos) << seen;
  EXPECT_EQ(site.check()["charges"], 0);
  upstream.release();
  for (std::string piece; !(piece = caller.read_piece()).empty();) seen += piece;
  EXPECT_TRUE(caller.ended_whole());
  const std::size_t at = seen.rfind("data: ");
  const auto message = json::parse(seen.substr(at + 6, seen.find('\n', at) - at - 6));
  const auto receipt = message["result"]["_meta"]["tollhouse/receipt"];
  EXPECT_EQ(receipt["version"], "mcp-call-receipt-v1") << message;
  EXPECT_EQ(receipt["body"]["requestId"], head.field("X-Request-Id"));
  expect_books(site, 1);
  // Events too long to be taken apart go without; the receipt is to be fetched.
  const Credential big = gate.buy("success.big_sse");
  const HttpAnswer long_one = gate.call("success.big_sse", big.authorization());
  EXPECT_TRUE(long_one.whole);
  EXPECT_GT(long_one.body.size(), 300U * 1024);
  HttpRequest fetch;
  fetch.method = "GET";
  fetch.target = "/api/receipts/" + long_one.field("X-Request-Id");
  fetch.fields = {{"Authorization", big.authorization()}};
  EXPECT_EQ(send_request(gate.port(), fetch).status, 200);
  EXPECT_NE(gate.call("free.sse").body.find("answer 1"), std::string::npos);
  expect_books(site, 2);
}

TEST_F(Faults, AnOldCallerWhoHangsUpGetsItsAnswerOnceMore) {
  const Site site(upstream.port());
  GateProcess gate(site);
  for (const char* tool : {"success.wait", "attempt.wait"}) {
    upstream.hold();
    const Credential credential = gate.buy(tool);
    const HttpRequest request = gate.request(tool, credential.authorization());
    HttpConnection caller(gate.port());
    caller.send(request.text());
    ASSERT_TRUE(upstream.wait_for_calls(tool, 1));
    const HttpAnswer early = send_request(gate.port(), request);
    EXPECT_EQ(early.status, 409) << tool;
    EXPECT_EQ(code_of(early), "call_in_progress") << tool;
    EXPECT_EQ(early.field("Retry-After"), "1") << tool;
    EXPECT_EQ(early.count("WWW-Authenticate"), 0U) << tool;
    caller.reset();
    upstream.release();
    const HttpAnswer again = gate.call_settled(request);
    EXPECT_EQ(again.status, 200) << tool << again.body;
    EXPECT_NE(again.body.find("answer 1"), std::string::npos) << tool;
    EXPECT_EQ(gate.call_settled(request).status, 409) << tool;
    EXPECT_EQ(upstream.calls(tool), 1U) << tool;
  }
  expect_books(site, 2);
}

TEST_F(Faults, AModernCallerWhoHangsUpHasCancelled) {
  const Site site(upstream.port());
  GateProcess gate(site);
  const Credential credential = gate.buy("success.wait");
  HttpRequest request = gate.request("success.wait", credential.authorization());
  request.fields[2].second = "2026-07-28";
  request.fields.emplace_back("Mcp-Method", "tools/call");
  request.fields.emplace_back("Mcp-Name", "success.wait");
  request.body = call_body("success.wait", "{}",
                           R"({"io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
                           R"("io.modelcontextprotocol/clientCapabilities":{}})");
  HttpConnection caller(gate.port());
  caller.send(request.text());
  ASSERT_TRUE(upstream.wait_for_calls("success.wait", 1));
  caller.reset();
  // Given back: the same credential reaches the upstream again.
  std::thread later([&] {
    EXPECT_TRUE(upstream.wait_for_calls("success.wait", 2));
    upstream.release();
  });
  const HttpAnswer again = gate.call_settled(request);
  later.join();
  EXPECT_EQ(again.status, 200) << again.body;
  EXPECT_NE(again.body.find("answer 2"), std::string::npos);
  expect_books(site, 1);
}

TEST_F(Faults, WhoLeavesAStreamThatOwesNothingWasNotRefused) {
  const Site site(upstream.port());
  GateProcess gate(site);
  upstream.hold();
  HttpRequest request = gate.request("free.sse_wait");
  request.fields[2].second = "2026-07-28";
  request.fields.emplace_back("Mcp-Method", "tools/call");
  request.fields.emplace_back("Mcp-Name", "free.sse_wait");
  request.body = call_body("free.sse_wait", "{}",
                           R"({"io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
                           R"("io.modelcontextprotocol/clientCapabilities":{}})");
  HttpConnection caller(gate.port());
  caller.send(request.text());
  EXPECT_EQ(caller.read_head().status, 200);
  EXPECT_FALSE(caller.read_piece().empty());
  caller.close();
  const auto told = gate.child().wait_for_line("\"gen_ai.tool.name\":\"free.sse_wait\"");
  ASSERT_TRUE(told) << gate.output();
  EXPECT_NE(told->find("\"event\":\"admitted\""), std::string::npos) << *told;
  EXPECT_NE(told->find("\"http.response.status_code\":200"), std::string::npos) << *told;
  EXPECT_EQ(gate.get("/metrics").body.find("upstream_unreachable"), std::string::npos);
  EXPECT_EQ(gate.stop(), 0);
}

TEST_F(Faults, R_CORE_5_BytesThatCouldBeReadTwoWaysNeverReachTheUpstream) {
  const Site site(upstream.port(), "allowed_hosts: [gate.example]\n");
  GateProcess gate(site);
  ASSERT_TRUE(gate.started()) << gate.output();
  std::size_t shown = 0;
  for (const json& c : json::parse(vector_file("http/smuggling.json"))["cases"]) {
    const std::string expected = c["expected"];
    if (expected == "accept" || c.contains("layer") || c["requests"] != 0) continue;
    std::string bytes;
    if (c.contains("raw_b64")) {
      bytes = text_of(*bytes_from_any_base64(c["raw_b64"].get<std::string>()));
    } else {
      for (const json& part : c["parts"]) {
        const auto text = *bytes_from_any_base64(part[0].get<std::string>());
        for (std::size_t i = 0; i < part[1].get<std::size_t>(); ++i) bytes += text_of(text);
      }
    }
    HttpConnection caller(gate.port());
    caller.send(bytes);
    const HttpAnswer answer = caller.read_answer();
    const std::string verdict = "reject-" + std::to_string(answer.status);
    bool safe = verdict == expected;
    for (const json& other : c.value("also_ok", json::array())) safe = safe || other == verdict;
    // A caller that was refused before it had sent all may see the reset instead.
    EXPECT_TRUE(safe || answer.status == 0) << c["id"] << " " << verdict << " " << expected;
    ++shown;
  }
  EXPECT_GT(shown, 100U);
  EXPECT_EQ(upstream.requests(), 0U);
  EXPECT_EQ(gate.get("/healthz").status, 200);
}

TEST_F(Faults, R_CORE_5_MalformedMessagesNeverReachTheUpstream) {
  const Site site(upstream.port());
  GateProcess gate(site);
  std::set<std::string> reasons;
  for (const json& c : json::parse(vector_file("mcp/ingress.json"))["cases"]) {
    if (c["expect"]["verdict"] != "reject") continue;
    HttpRequest request;
    for (const json& field : c["headers"]) {
      request.fields.emplace_back(field[0].get<std::string>(), field[1].get<std::string>());
    }
    request.body =
        c.contains("body_b64")
            ? std::string(text_of(*bytes_from_any_base64(c["body_b64"].get<std::string>())))
            : c["body"].get<std::string>();
    const HttpAnswer answer = send_request(gate.port(), request);
    EXPECT_EQ(answer.status, c["expect"]["status"].get<int>()) << c["id"] << answer.body;
    const std::string reason = c["expect"]["reason"];
    EXPECT_EQ(code_of(answer), reason) << c["id"] << answer.body;
    EXPECT_EQ(refusal_of(answer).value("reason", ""), reason) << c["id"];
    EXPECT_FALSE(refusal_of(answer).value("requestId", "").empty()) << c["id"];
    reasons.insert(code_of(answer));
  }
  EXPECT_GT(reasons.size(), 25U);
  EXPECT_EQ(upstream.requests(), 0U);
  HttpRequest foreign = gate.request("free.json");
  foreign.fields.emplace_back("Origin", "https://evil.example");
  EXPECT_EQ(send_request(gate.port(), foreign).status, 403);
  EXPECT_EQ(upstream.requests(), 0U);
}

TEST_F(Faults, BooksThatCannotBeWrittenSellNothing) {
  // The child inherits that the signal is ignored, so that a full disk is an error, not a death.
  std::signal(SIGXFSZ, SIG_IGN);
  const Site site(upstream.port());
  Credential credential;
  Credential attempt;
  {
    GateProcess gate(site);
    credential = gate.buy("success.json");
    attempt = gate.buy("attempt.json");
    EXPECT_EQ(gate.call("success.sse", gate.buy("success.sse").authorization()).status, 200);
    const rlimit none{4096, 4096};
    ASSERT_EQ(prlimit(gate.child().id(), RLIMIT_FSIZE, &none, nullptr), 0);
    const HttpAnswer refused = gate.call("success.json", credential.authorization());
    EXPECT_EQ(refused.status, 503) << refused.body;
    EXPECT_EQ(code_of(refused), "ledger_unavailable");
    EXPECT_FALSE(refused.field("Retry-After").empty());
    EXPECT_EQ(refused.body.find("answer"), std::string::npos);
    EXPECT_EQ(gate.child().wait(), 74);
  }
  GateProcess gate(site);
  ASSERT_TRUE(gate.started()) << gate.output();
  expect_books(site, 1);
  EXPECT_EQ(gate.call("success.json", credential.authorization()).status, 200);
  EXPECT_EQ(gate.call("attempt.json", attempt.authorization()).status, 200);
  expect_books(site, 3);
}

}  // namespace
}  // namespace tollhouse::test
