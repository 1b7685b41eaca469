// tests/process: calls that take more than one request: questions back and tasks. What was paid is
// reserved meanwhile, charged once, by the end of the whole, and nobody else's.
#include "process/gate_process.h"
#include "support/precompiled.h"

namespace tollhouse::test {
namespace {

using Json = nlohmann::json;

Json message_in(const HttpAnswer& answer) {
  const std::size_t at = answer.body.rfind("data: ");
  const std::string text = at == std::string::npos
                               ? answer.body
                               : answer.body.substr(at + 6, answer.body.find('\n', at) - at - 6);
  return Json::parse(text, nullptr, false);
}

/// A stateless request; `params` without `_meta`.
HttpRequest modern(const std::string& method, const std::string& name, Json params) {
  params["_meta"] = {{"io.modelcontextprotocol/protocolVersion", "2026-07-28"},
                     {"io.modelcontextprotocol/clientCapabilities", Json::object()}};
  static int id = 100;
  HttpRequest made;
  made.fields = {{"Content-Type", "application/json"},
                 {"Accept", "application/json, text/event-stream"},
                 {"MCP-Protocol-Version", "2026-07-28"},
                 {"Mcp-Method", method},
                 {"Mcp-Name", name}};
  made.body = Json{{"jsonrpc", "2.0"}, {"id", ++id}, {"method", method}, {"params", params}}.dump();
  return made;
}

HttpRequest tool_call(const std::string& tool, const std::string& state = "",
                      const std::string& answer = "") {
  Json params{{"name", tool}, {"arguments", {{"q", 1}}}};
  if (!state.empty()) params["requestState"] = state;
  if (!answer.empty()) params["inputResponses"] = {{"k", answer}};
  return modern("tools/call", tool, params);
}

HttpRequest paid_by(HttpRequest request, const Credential& credential) {
  request.fields.emplace_back("Authorization", credential.authorization());
  return request;
}

class Rounds : public ::testing::Test {
 protected:
  Upstream upstream;
  Site site{upstream.port()};
  std::unique_ptr<GateProcess> gate = std::make_unique<GateProcess>(site);

  void SetUp() override { ASSERT_TRUE(gate->started()) << gate->output(); }

  HttpAnswer send(HttpRequest request, int source = 1) const {
    request.source = source;
    return send_request(gate->port(), request);
  }
  std::string state_in(const HttpAnswer& answer) const {
    const Json result = message_in(answer)["result"];
    EXPECT_EQ(result.value("resultType", ""), "input_required") << answer.head << answer.body;
    return result.value("requestState", "");
  }
  void expect_books(std::size_t charges) const {
    const auto report = site.check();
    EXPECT_TRUE(report["ok"].get<bool>()) << report;
    EXPECT_EQ(report.value("charges", 999U), charges) << report;
    EXPECT_EQ(report.value("receipts", 999U), charges) << report;
  }
};

TEST_F(Rounds, R_CORE_5_QuestionsAreNotChargedAndTheAnswerIsOnce) {
  std::size_t charges = 0;
  for (const std::string tool : {"success.asks", "success.asks_sse", "attempt.asks"}) {
    SCOPED_TRACE(tool);
    const bool ahead = tool.starts_with("attempt.");
    const Credential credential = gate->buy(tool);
    HttpAnswer answer = send(paid_by(tool_call(tool), credential));
    EXPECT_EQ(receipt_of(answer), "");
    expect_books(ahead ? charges + 1 : charges);
    // What was paid is reserved: the same credential begins no second call.
    const HttpAnswer second = send(paid_by(tool_call(tool), credential));
    EXPECT_EQ(code_of(second), "call_in_progress") << second.body;
    std::set<std::string> keys{upstream.received().back().field("Idempotency-Key")};
    for (int round = 1; round <= 3; ++round) {
      // The upstream's own state is neither shown nor understood by the caller.
      const std::string state = state_in(answer);
      EXPECT_EQ(state.find('\\'), std::string::npos);
      // A client that answers the question by itself need not pay or show a payment again.
      answer = send(tool_call(tool, state, "yes " + std::to_string(round)));
      const auto seen = upstream.received().back();
      const Json params = Json::parse(seen.body)["params"];
      EXPECT_EQ(params["requestState"], "\"\\" + std::to_string(round));
      EXPECT_EQ(params["inputResponses"]["k"], "yes " + std::to_string(round));
      EXPECT_EQ(params["arguments"]["q"], 1);
      EXPECT_FALSE(seen.field("X-Tollhouse-Pay-Auth").empty());
      keys.insert(seen.field("Idempotency-Key"));
    }
    EXPECT_EQ(keys.size(), 4U);  // an answer to a question is no repeat of the call
    const Json last = message_in(answer);
    EXPECT_EQ(last["result"]["content"][0]["text"], "yes 3") << answer.body;
    const bool streamed = tool == "success.asks_sse";
    EXPECT_EQ(last["result"].contains("_meta"), streamed);
    EXPECT_EQ(receipt_of(answer).empty(), streamed);
    expect_books(++charges);
    HttpRequest again = paid_by(tool_call(tool), credential);
    EXPECT_EQ(code_of(gate->call_settled(again)), "replay");
    EXPECT_EQ(upstream.calls(tool), 4U);
  }
}

TEST_F(Rounds, R_CORE_5_AStateIsGoodForItsCallAndCallerOnly) {
  const Credential credential = gate->buy("success.asks");
  const HttpAnswer asked = send(paid_by(tool_call("success.asks"), credential));
  const std::string state = state_in(asked);
  const std::size_t before = upstream.requests();
  const auto expect_refused = [&](const HttpRequest& request, int source = 1) {
    const HttpAnswer refused = send(request, source);
    EXPECT_EQ(refused.status, 400) << refused.body;
    EXPECT_EQ(code_of(refused), "bad_request_state") << refused.body;
    EXPECT_EQ(message_in(refused)["error"]["code"], -32602);
  };
  expect_refused(tool_call("success.asks_sse", state, "yes"));
  expect_refused(tool_call("success.asks", state, "yes"), 9);
  expect_refused(tool_call("success.asks", "\"\\1", "yes"));
  expect_refused(paid_by(tool_call("success.asks", "\"\\1", "yes"), credential));
  HttpRequest other = tool_call("success.asks", state, "yes");
  other.body.replace(other.body.find("\"q\":1"), 5, "\"q\":2");
  expect_refused(other);
  for (std::size_t at = 0; at < state.size(); at += 7) {
    std::string changed = state;
    changed[at] = changed[at] == 'A' ? 'B' : 'A';
    expect_refused(tool_call("success.asks", changed, "yes"));
  }
  EXPECT_EQ(upstream.requests(), before);
  state_in(send(tool_call("success.asks", state, "yes")));
  expect_books(0);
}

TEST_F(Rounds, R_OPS_10_AKilledGateGoesOnFromTheStateWithTheCredential) {
  const Credential credential = gate->buy("success.asks");
  const std::string state = state_in(send(paid_by(tool_call("success.asks"), credential)));
  gate->kill();
  gate = std::make_unique<GateProcess>(site);
  ASSERT_TRUE(gate->started()) << gate->output();
  // Nothing was written, so nothing is reserved any more: the payment has to be shown.
  EXPECT_EQ(send(tool_call("success.asks", state, "yes")).status, 402);
  HttpAnswer answer = send(paid_by(tool_call("success.asks", state, "1"), credential));
  answer = send(tool_call("success.asks", state_in(answer), "2"));
  answer = send(tool_call("success.asks", state_in(answer), "3"));
  EXPECT_EQ(message_in(answer)["result"]["content"][0]["text"], "3");
  expect_books(1);
}

TEST_F(Rounds, R_CORE_5_ElevenQuestionsAreNoCall) {
  const Credential credential = gate->buy("success.question");
  HttpAnswer answer = send(paid_by(tool_call("success.question"), credential));
  for (int round = 1; round <= 10; ++round) {
    const std::string state = state_in(answer);
    ASSERT_FALSE(state.empty()) << round;  // made by the gate where the upstream sends none
    answer = send(tool_call("success.question", state, "yes"));
    EXPECT_FALSE(Json::parse(upstream.received().back().body)["params"].contains("requestState"));
  }
  EXPECT_EQ(state_in(answer), "");
  // Given back, as after any answer that is no result.
  state_in(send(paid_by(tool_call("success.question"), credential)));
  expect_books(0);
}

TEST_F(Rounds, APaymentTakenBackBetweenTwoRoundsGoesNoFurther) {
  const Offer offer = offer_of(gate->call("success.asks"));
  const Credential credential = *gate->pay(offer);
  const std::string state = state_in(send(paid_by(tool_call("success.asks"), credential)));
  EXPECT_EQ(gate->sample("tollhouse_holds_open"), 1);
  Child revoke({std::string(TOLLHOUSE_BUILD) + "/tollhouse", "ledger", "revoke", offer.payment_hash,
                "-c", site.configuration()});
  EXPECT_EQ(revoke.wait(), 0);
  const std::string asked = R"({"token":")" + credential.pair() + "\"}";
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (gate->post("/v1/verify", asked).body.find("\"ok\":true") != std::string::npos) {
    ASSERT_LT(std::chrono::steady_clock::now(), until) << "the gate has not seen it";
  }
  const HttpAnswer refused = send(tool_call("success.asks", state, "yes"));
  EXPECT_EQ(refused.status, 401) << refused.body;
  EXPECT_EQ(code_of(refused), "bad_signature");
  EXPECT_EQ(upstream.calls("success.asks"), 1U);
  EXPECT_EQ(gate->sample("tollhouse_holds_open"), 0);
  expect_books(0);
}

TEST_F(Rounds, APassReservesNothingSoTheStateStaysTheServers) {
  const Credential pass = gate->buy("pass.question");
  EXPECT_EQ(state_in(send(paid_by(tool_call("pass.question"), pass))), "");
  state_in(send(paid_by(tool_call("pass.question", "theirs", "yes"), pass)));
  EXPECT_EQ(Json::parse(upstream.received().back().body)["params"]["requestState"], "theirs");
  expect_books(1);
}

HttpRequest about_task(const std::string& method, const std::string& task) {
  return modern("tasks/" + method, task, Json{{"taskId", task}});
}

TEST_F(Rounds, R_CORE_4_R_CORE_5_ATaskIsChargedByHowItEnds) {
  const struct {
    std::string tool;
    std::string end;
    bool charged;
  } rows[] = {{"success.task", "completed", true},
              {"success.task", "failed", false},
              {"success.task", "cancelled", false},
              {"attempt.task", "failed", true}};
  std::size_t charges = 0;
  for (const auto& row : rows) {
    SCOPED_TRACE(row.tool + " " + row.end);
    upstream.end_tasks("working");
    const Credential credential = gate->buy(row.tool);
    const HttpAnswer begun = send(paid_by(tool_call(row.tool), credential));
    const std::string task = message_in(begun)["result"].value("taskId", "");
    ASSERT_FALSE(task.empty()) << begun.body;
    EXPECT_EQ(receipt_of(begun), "");
    const std::size_t ahead = row.tool == "attempt.task" ? 1 : 0;
    for (int i = 0; i < 5; ++i) {
      const HttpAnswer polled = send(about_task("get", task));
      EXPECT_EQ(message_in(polled)["result"]["status"], "working") << polled.body;
      EXPECT_EQ(upstream.received().back().field("Idempotency-Key"), "");
    }
    expect_books(charges + ahead);
    EXPECT_EQ(code_of(send(paid_by(tool_call(row.tool), credential))), "call_in_progress");
    if (row.end != "cancelled") upstream.end_tasks(row.end);
    const std::string last = row.end == "cancelled" ? "cancel" : "get";
    const HttpAnswer ended = send(about_task(last, task));
    EXPECT_EQ(message_in(ended)["result"]["status"], row.end) << ended.body;
    if (row.charged) ++charges;
    EXPECT_EQ(receipt_of(ended).empty(), !row.charged);
    expect_books(charges);
    // Settled once; how it stands can be asked for ever after.
    EXPECT_EQ(message_in(send(about_task("get", task)))["result"]["status"], row.end);
    expect_books(charges);
    if (row.charged) continue;
    const HttpAnswer again = send(paid_by(tool_call(row.tool), credential));
    EXPECT_EQ(again.status, 200) << again.body;
    send(about_task("cancel", message_in(again)["result"].value("taskId", "")));
  }
}

TEST_F(Rounds, R_CORE_5_ATaskIsItsPayersAlone) {
  const Credential credential = gate->buy("success.task");
  const HttpAnswer begun = send(paid_by(tool_call("success.task"), credential));
  const std::string task = message_in(begun)["result"].value("taskId", "");
  const auto expect_nobodys = [&] {
    for (const std::string method : {"get", "result", "update", "cancel"}) {
      const std::size_t before = upstream.requests();
      const HttpAnswer refused = send(about_task(method, task), 7);
      EXPECT_EQ(refused.status, 200) << method;
      EXPECT_EQ(message_in(refused)["error"]["code"], -32602) << refused.body;
      EXPECT_EQ(code_of(refused), "task_not_found");
      EXPECT_EQ(upstream.requests(), before) << method;
    }
  };
  expect_nobodys();
  // A broken answer about it settles nothing.
  upstream.drop_next("tasks/result", 1);
  EXPECT_EQ(send(about_task("result", task)).status, 502);
  expect_books(0);
  const HttpAnswer made = send(about_task("result", task));
  EXPECT_EQ(message_in(made)["result"]["content"][0]["text"], "made " + task) << made.body;
  EXPECT_FALSE(receipt_of(made).empty());
  expect_books(1);
  expect_nobodys();
  // Tasks of tools that cost nothing pass.
  EXPECT_EQ(message_in(send(about_task("get", "another")))["result"]["status"], "working");
}

}  // namespace
}  // namespace tollhouse::test
