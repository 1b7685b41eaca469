// tests/process: what a REST call needs of the MCP server behind the gate: a handshake in the
// server's version, kept where it was answered, or none.
#include <set>

#include "process/gate_process.h"
#include "support/precompiled.h"

namespace tollhouse::test {
namespace {

class Rest : public ::testing::Test {
 protected:
  Upstream upstream;
  Site site{upstream.port()};
  GateProcess gate{site};

  void SetUp() override { ASSERT_TRUE(gate.started()) << gate.output(); }
};

/// A REST caller on one connection, which stays on one reactor and so has one upstream session.
class RestCaller {
 public:
  explicit RestCaller(const GateProcess& gate) : connection_(gate.port()) {}

  int call(const std::string& tool) {
    HttpRequest request;
    request.target = "/tools/" + tool;
    request.fields = {{"Content-Type", "application/json"}};
    request.body = R"({"q":1})";
    connection_.send(request.text());
    return connection_.read_answer().status;
  }

 private:
  HttpConnection connection_;
};

std::size_t count_method(const Upstream& upstream, const std::string& method) {
  std::size_t count = 0;
  for (const auto& request : upstream.received()) {
    count += request.body.find("\"" + method + "\"") != std::string::npos ? 1 : 0;
  }
  return count;
}

TEST_F(Rest, R_CORE_1_ARestCallsHandshakeIsKeptOnlyWhereItWasAnswered) {
  RestCaller caller(gate);
  const auto expect_handshakes = [&](std::size_t count) {
    EXPECT_EQ(caller.call("free.json"), 200);
    EXPECT_EQ(count_method(upstream, "initialize"), count);
  };
  upstream.drop_next("initialize", 1);
  expect_handshakes(1);
  // A server in trouble has said nothing of what it speaks; nor has one that is too busy.
  upstream.answer_next("initialize", "503 Service Unavailable", "{}", 1);
  expect_handshakes(2);
  upstream.answer_next("initialize", "429 Too Many Requests", "{}", 1);
  expect_handshakes(3);
  // Its last word must have arrived as well.
  upstream.drop_next("notifications/initialized", 1);
  expect_handshakes(4);
  expect_handshakes(5);
  expect_handshakes(5);
  // What it answered is what it is told from then on.
  EXPECT_EQ(upstream.received().back().field("MCP-Protocol-Version"), "2025-11-25");
  // Calls that share a session have ids of their own, and none has the handshake's.
  std::set<std::string> ids;
  for (const auto& received : upstream.received()) {
    if (received.tool == "free.json") ids.insert(nlohmann::json::parse(received.body)["id"].dump());
  }
  EXPECT_EQ(ids, (std::set<std::string>{"1", "2", "3", "4", "5", "6"}));
}

TEST_F(Rest, R_CORE_1_AServerSpeaksTheVersionItAnsweredInItsSession) {
  RestCaller caller(gate);
  upstream.answer_next("initialize", "200 OK\r\nMcp-Session-Id: s-17",
                       R"({"jsonrpc":"2.0","id":ID,"result":{"protocolVersion":"2025-06-18",)"
                       R"("capabilities":{},"serverInfo":{"name":"u","version":"1"}}})",
                       1);
  EXPECT_EQ(caller.call("free.json"), 200);
  const auto seen = upstream.received().back();
  EXPECT_EQ(seen.field("MCP-Protocol-Version"), "2025-06-18");
  EXPECT_EQ(seen.field("Mcp-Session-Id"), "s-17");
  // The server has forgotten the session: the call is refused, the next one opens another.
  upstream.answer_next("tools/call", "404 Not Found", "{}", 1);
  EXPECT_EQ(caller.call("free.json"), 502);
  EXPECT_EQ(caller.call("free.json"), 200);
  EXPECT_EQ(count_method(upstream, "initialize"), 2U);
  EXPECT_EQ(upstream.received().back().field("Mcp-Session-Id"), "");
}

TEST_F(Rest, R_CORE_1_AStatelessServerIsCalledTheStatelessWay) {
  RestCaller caller(gate);
  upstream.answer_next("initialize", "400 Bad Request",
                       R"({"jsonrpc":"2.0","id":ID,"error":{"code":-32022,"message":"no",)"
                       R"("data":{"supported":["2026-07-28"]}}})",
                       1);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(caller.call("free.json"), 200);
    const auto seen = upstream.received().back();
    EXPECT_EQ(seen.field("MCP-Protocol-Version"), "2026-07-28");
    EXPECT_EQ(seen.field("Mcp-Method"), "tools/call");
    EXPECT_EQ(seen.field("Mcp-Name"), "free.json");
    const auto body = nlohmann::json::parse(seen.body);
    EXPECT_EQ(body["params"]["arguments"]["q"], 1);
    EXPECT_EQ(body["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"], "2026-07-28");
    EXPECT_TRUE(body["params"]["_meta"].contains("io.modelcontextprotocol/clientCapabilities"));
  }
  EXPECT_EQ(count_method(upstream, "initialize"), 1U);
}

}  // namespace
}  // namespace tollhouse::test
