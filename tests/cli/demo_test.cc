// tests/cli: `demo --once`, whole: sample server, gate and caller over real sockets. Goal: no
// configuration, no account and no network, and every step of the walk is what it says: one tool,
// opened by L402, by x402 and by work.
#include <nlohmann/json.hpp>

#include "cli/captured.h"
#include "cli/sample_server.h"
#include "support/precompiled.h"

namespace tollhouse::cli {
namespace {

TEST(Demo, R_DEMO_4_R_CLI_7_WalksThroughEachWayToPay) {
  const Captured demo = run_captured({"demo", "--once", "--json"});
  ASSERT_EQ(demo.exit, 0) << demo.error;
  std::vector<std::pair<std::string, std::string>> steps;
  std::map<std::string, std::pair<std::string, std::string>> wire;
  std::istringstream lines(demo.out);
  for (std::string line; std::getline(lines, line);) {
    const auto step = nlohmann::json::parse(line);
    EXPECT_EQ(step["step"], steps.size() + 1);
    steps.emplace_back(step["what"], step["outcome"]);
    wire[step["what"]] = {step.value("sent", ""), step.value("got", "")};
  }
  const std::vector<std::pair<std::string, std::string>> wanted = {
      {"call web_search", "402"},    {"pay", "ok"},
      {"call by l402", "200"},       {"verify-receipt", "ok"},
      {"same payment again", "409"}, {"call by x402", "200"},
      {"call by work", "200"}};
  EXPECT_EQ(steps, wanted);
  const auto begins = [](const std::string& text, std::string_view beginning) {
    return text.starts_with(beginning);
  };
  EXPECT_PRED2(begins, wire["call by l402"].first, "Authorization: L402 ");
  EXPECT_PRED2(begins, wire["call by l402"].second, "X-Payment-Receipt: ");
  EXPECT_PRED2(begins, wire["call by x402"].first, "PAYMENT-SIGNATURE: ");
  EXPECT_PRED2(begins, wire["call by x402"].second, "PAYMENT-RESPONSE: {\"success\":true,");
  EXPECT_PRED2(begins, wire["call by work"].first, "X-PoW-Solution: ");
  EXPECT_PRED2(begins, wire["call by work"].second, "an answer for ");
  EXPECT_EQ(wire["same payment again"].second, "");
}

TEST(Demo, R_DEMO_4_ReadsNoConfigurationOfTheMachine) {
  const Captured demo =
      run_captured({"demo", "--once"}, {{"TOLLHOUSE_CONFIG", "/nowhere"}, {"PORT", "1"}});
  EXPECT_EQ(demo.exit, 0) << demo.error;
}

TEST(SampleServer, AnswersWhatAClientAsks) {
  const auto answer = [](std::string_view body) {
    return nlohmann::json::parse(sample_answer(body));
  };
  EXPECT_EQ(
      answer(R"({"jsonrpc":"2.0","id":1,"method":"initialize"})")["result"]["protocolVersion"],
      "2025-11-25");
  EXPECT_EQ(answer(R"({"jsonrpc":"2.0","id":"a","method":"tools/list"})")["result"]["tools"].size(),
            3);
  EXPECT_EQ(answer(R"({"jsonrpc":"2.0","id":1,"method":"nothing"})")["error"]["code"], -32601);
  EXPECT_EQ(sample_answer(R"({"jsonrpc":"2.0","method":"notifications/initialized"})"), "");
  EXPECT_EQ(answer(R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo",)"
                   R"("arguments":{"text":"hi"}}})")["result"]["content"][0]["text"],
            "hi");
}

}  // namespace
}  // namespace tollhouse::cli
