// tests/process: two gates, one of which takes the other's tokens (R-L402-11): by the real program
// over real sockets.
#include <fstream>

#include "process/gate_process.h"
#include "support/precompiled.h"

namespace tollhouse::test {
namespace {

GateOptions asking(std::uint16_t port) {
  GateOptions options;
  options.environment = {"POW_GATE_URL=http://127.0.0.1:" + std::to_string(port)};
  return options;
}

class OtherGate : public ::testing::Test {
 protected:
  Upstream upstream;
  Upstream sellers_upstream;
  Site site{upstream.port()};
  Site sellers_site{sellers_upstream.port()};
  GateProcess seller{sellers_site};

  /// One call that shows both.
  static HttpAnswer show(const GateProcess& gate, const std::string& solution,
                         const std::string& authorization) {
    HttpRequest request = gate.request("both.json", authorization);
    request.fields.emplace_back("X-PoW-Solution", solution);
    return gate.call_settled(request);
  }

  void expect_books(std::size_t charges, std::uint64_t gross) {
    const auto report = site.check();
    EXPECT_TRUE(report["ok"].get<bool>()) << report;
    EXPECT_EQ(report.value("charges", 999U), charges) << report;
    EXPECT_EQ(report.value("grossMsat", 0U), gross) << report;
  }
};

TEST_F(OtherGate, R_L402_11_SellsWhatIsGoodHereOnce) {
  GateProcess gate(site, asking(seller.port()));
  ASSERT_TRUE(gate.started()) << gate.output();
  const Credential bought = seller.buy("success.json");
  const HttpRequest call = gate.request("success.json", bought.authorization());
  const HttpAnswer answer = gate.call("success.json", bought.authorization());
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_FALSE(receipt_of(answer).empty());
  const HttpAnswer again = gate.call_settled(call);
  EXPECT_EQ(again.status, 409);
  EXPECT_EQ(code_of(again), "replay");
  EXPECT_EQ(upstream.calls("success.json"), 1U);
  // Own tokens go on as before, and nobody is asked about them.
  const Credential own = gate.buy("success.json");
  EXPECT_EQ(gate.call("success.json", own.authorization()).status, 200);
  expect_books(2, 6000);
  EXPECT_EQ(gate.output().find(bought.preimage), std::string::npos);
}

TEST_F(OtherGate, CountsAndPassesAreAsTheyWereSold) {
  GateProcess gate(site, asking(seller.port()));
  const Credential counted = seller.buy("counted.json");
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(gate.call("counted.json", counted.authorization()).status, 200);
  }
  const auto spent = gate.call_settled(gate.request("counted.json", counted.authorization()));
  EXPECT_EQ(code_of(spent), "uses_spent");
  expect_books(3, 10'000);
  const Credential pass = seller.buy("pass.json");
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(gate.call("pass.json", pass.authorization()).status, 200);
  }
  expect_books(4, 20'000);
  EXPECT_EQ(upstream.calls("pass.json"), 5U);
}

TEST_F(OtherGate, RefusesWhatIsNoGoodThereOrHere) {
  GateProcess gate(site, asking(seller.port()));
  const Credential bought = seller.buy("success.json");
  std::string forged = bought.macaroon;
  forged[forged.size() - 10] = forged[forged.size() - 10] == 'A' ? 'B' : 'A';
  const HttpAnswer unknown = gate.call("success.json", "L402 " + forged + ":" + bought.preimage);
  EXPECT_EQ(unknown.status, 401);
  EXPECT_EQ(code_of(unknown), "bad_signature");
  EXPECT_FALSE(offer_of(unknown).invoice.empty());
  const HttpAnswer other_tool = gate.call("success.sse", bought.authorization());
  EXPECT_EQ(other_tool.status, 403);
  EXPECT_EQ(code_of(other_tool), "not_permitted");
  const HttpAnswer unpaid =
      gate.call("success.json", "L402 " + bought.macaroon + ":" + std::string(64, '0'));
  EXPECT_EQ(code_of(unpaid), "invalid_preimage");
  EXPECT_EQ(upstream.calls("success.json"), 0U);
  EXPECT_EQ(upstream.calls("success.sse"), 0U);
  // Nothing of that has spent it.
  EXPECT_EQ(gate.call("success.json", bought.authorization()).status, 200);
  expect_books(1, 3000);
}

TEST_F(OtherGate, ATokenThatCostLessThanTheCallIsNotPermitted) {
  const Site dear(upstream.port(), Site::Routes{{"/mcp", ""}}, "");
  std::string text;
  {
    std::ifstream file(dear.configuration());
    text.assign(std::istreambuf_iterator<char>(file), {});
  }
  const std::string row = R"("success.json": { price: 3 sat })";
  text.replace(text.find(row), row.size(), R"("success.json": { price: 4 sat })");
  std::ofstream(dear.configuration()) << text;
  GateProcess gate(dear, asking(seller.port()));
  ASSERT_TRUE(gate.started()) << gate.output();
  const Credential bought = seller.buy("success.json");
  const HttpAnswer refused = gate.call("success.json", bought.authorization());
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(code_of(refused), "not_permitted");
  EXPECT_EQ(upstream.calls("success.json"), 0U);
}

TEST_F(OtherGate, SilenceAndNonsenseSpendNothing) {
  // No gate at all, but something that answers.
  GateProcess misled(site, asking(upstream.port()));
  const Credential bought = seller.buy("success.json");
  const HttpAnswer nonsense = misled.call("success.json", bought.authorization());
  EXPECT_EQ(nonsense.status, 503);
  EXPECT_EQ(code_of(nonsense), "verifier_unavailable");
  EXPECT_GE(std::stoi(nonsense.field("Retry-After")), 1);
  EXPECT_EQ(nonsense.count("WWW-Authenticate"), 0U);
  EXPECT_EQ(misled.stop(), 0);

  GateProcess gate(site, asking(seller.port()));
  EXPECT_EQ(seller.stop(), 0);
  const HttpAnswer silent = gate.call("success.json", bought.authorization());
  EXPECT_EQ(silent.status, 503);
  EXPECT_EQ(code_of(silent), "verifier_unavailable");
  EXPECT_EQ(upstream.calls("success.json"), 0U);
  // What is sold here does not depend on it.
  const Credential own = gate.buy("success.json");
  EXPECT_EQ(gate.call("success.json", own.authorization()).status, 200);
  expect_books(1, 3000);
}

TEST_F(OtherGate, R_POW_9_WorkBesideATokenThatIsNotVouchedForIsGivenBack) {
  const Credential bought = seller.buy("both.json");
  std::string forged = bought.macaroon;
  forged[forged.size() - 10] = forged[forged.size() - 10] == 'A' ? 'B' : 'A';
  {
    GateProcess gate(site, asking(seller.port()));
    const std::string solution = solved(refusal_of(gate.call("both.json"))["pow"]);
    const HttpAnswer unknown = show(gate, solution, "L402 " + forged + ":" + bought.preimage);
    EXPECT_EQ(unknown.status, 401);
    EXPECT_EQ(code_of(unknown), "bad_signature");
    EXPECT_EQ(upstream.calls("both.json"), 0U);
    EXPECT_EQ(show(gate, solution, bought.authorization()).status, 200) << "by the same work";
    const Credential next = seller.buy("both.json");
    EXPECT_EQ(code_of(show(gate, solution, next.authorization())), "pow_replay");
    EXPECT_EQ(gate.stop(), 0);
  }
  // One that does not say is no other.
  GateProcess gate(site, asking(upstream.port()));
  const Credential silent = seller.buy("both.json");
  const Credential own = gate.buy("both.json");
  const std::string solution = solved(refusal_of(gate.call("both.json"))["pow"]);
  const HttpAnswer unsaid = show(gate, solution, silent.authorization());
  EXPECT_EQ(unsaid.status, 503);
  EXPECT_EQ(code_of(unsaid), "verifier_unavailable");
  EXPECT_EQ(show(gate, solution, own.authorization()).status, 200) << "by the same work";
  EXPECT_EQ(upstream.calls("both.json"), 2U);
  expect_books(2, 6000);
}

TEST_F(OtherGate, AClientWithTooManyBadTokensIsNotAskedFor) {
  const Site strict(upstream.port(), "limits: { failed_credentials_per_minute: 2 }\n");
  GateProcess gate(strict, asking(seller.port()));
  const Credential bought = seller.buy("success.json");
  std::string forged = bought.macaroon;
  forged[forged.size() - 10] = forged[forged.size() - 10] == 'A' ? 'B' : 'A';
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(gate.call("success.json", "L402 " + forged + ":" + bought.preimage).status, 401);
  }
  const HttpAnswer limited = gate.call("success.json", bought.authorization());
  EXPECT_EQ(limited.status, 429);
  EXPECT_EQ(code_of(limited), "rate_limited");
  EXPECT_EQ(gate.call("success.json", bought.authorization(), 2).status, 200);
}

TEST_F(OtherGate, R_L402_11_NobodyIsAskedUnlessConfigured) {
  GateProcess gate(site);
  const Credential bought = seller.buy("success.json");
  EXPECT_EQ(gate.call("success.json", bought.authorization()).status, 401);
  EXPECT_EQ(upstream.calls("success.json"), 0U);
}

}  // namespace
}  // namespace tollhouse::test
