// tests/process: what the users of real MCP clients get of each refusal. Each row of clients speaks
// as that client does on the wire, and reads as it was measured to (mcp-gateway.md 7.1 to 7.3).
#include "process/gate_process.h"
#include "support/precompiled.h"

namespace tollhouse::test {
namespace {

enum class Sdk { python_1, python_2, typescript_1, typescript_2 };

struct Client {
  std::string name;
  Sdk sdk;
  std::string agent;
  bool modern;
};

const Client kClients[] = {
    {"Python 1.30", Sdk::python_1, "python-httpx/0.28.1", false},
    {"Python 2.3, legacy", Sdk::python_2, "python-httpx2/2.16.2", false},
    {"Python 2.3", Sdk::python_2, "python-httpx2/2.16.2", true},
    {"TypeScript 1.32", Sdk::typescript_1, "node", false},
    {"TypeScript 2.4, legacy", Sdk::typescript_2, "node", false},
    {"TypeScript 2.4", Sdk::typescript_2, "node", true},
};

/// What the program above the client has in its hands.
enum class Gets {
  dies,     ///< the whole connection ends, with nothing but the status
  nothing,  ///< an error without status or body
  text,     ///< an error with status and body as text; connection goes on
  in_band,  ///< the JSON-RPC error with code, message and data
  result,   ///< the tool result, `_meta` kept
};

std::string to_text(Gets gets) {
  return std::array{"dies", "nothing", "text", "in band", "result"}[static_cast<int>(gets)];
}

Gets got_by(const Client& client, const HttpAnswer& answer) {
  const auto body = nlohmann::json::parse(answer.body, nullptr, false);
  const bool rpc_error = body.is_object() && body.contains("jsonrpc") && body.contains("error") &&
                         answer.field("Content-Type") == "application/json";
  if (answer.status == 200) return rpc_error ? Gets::in_band : Gets::result;
  switch (client.sdk) {
    case Sdk::python_1:
      return Gets::dies;
    case Sdk::python_2:
      return rpc_error ? Gets::in_band : Gets::nothing;
    case Sdk::typescript_1:
      return Gets::text;
    case Sdk::typescript_2:
      break;
  }
  return answer.status == 400 && client.modern && rpc_error ? Gets::in_band : Gets::text;
}

constexpr const char* kModernMeta = R"("io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
                                    R"("io.modelcontextprotocol/clientCapabilities":{})";

HttpRequest request_of(const Client& client, const std::string& route, const std::string& tool,
                       const std::string& credential = "") {
  std::string meta = client.modern ? kModernMeta : "";
  if (!credential.empty()) {
    meta += (meta.empty() ? "" : ",") + std::string(R"("tollhouse/l402":")") + credential + "\"";
  }
  HttpRequest made;
  made.target = route;
  made.fields = {{"accept", "application/json, text/event-stream"},
                 {"content-type", "application/json"},
                 {"user-agent", client.agent},
                 {"mcp-protocol-version", client.modern ? "2026-07-28" : "2025-11-25"}};
  if (client.modern) {
    made.fields.emplace_back("mcp-method", "tools/call");
    made.fields.emplace_back("mcp-name", tool);
  }
  made.body = call_body(tool, "{}", meta.empty() ? "" : "{" + meta + "}");
  return made;
}

class Surfaces : public ::testing::Test {
 protected:
  Upstream upstream;
  Site site{
      upstream.port(),
      Site::Routes{{"/mcp", ""}, {"/result", "surface: result"}, {"/error", "surface: error"}},
      "limits: { challenges_per_minute: 1000, challenges_per_second_in_all: 10000, "
      "unpaid_per_client: 1000, failed_credentials_per_minute: 5 }\n"};
  GateProcess gate{site};

  void SetUp() override { ASSERT_TRUE(gate.started()) << gate.output(); }

  HttpAnswer send(HttpRequest request, int source) const {
    request.source = source;
    return send_request(gate.port(), request);
  }
  /// Asks as this client does and pays what it is asked for, on whatever surface.
  Credential buy(const Client& client, const std::string& route, const std::string& tool,
                 int source) const {
    const HttpAnswer asked = send(request_of(client, route, tool), source);
    const auto credential = gate.pay(offer_of(asked));
    EXPECT_TRUE(credential) << asked.head << asked.body;
    return credential.value_or(Credential{});
  }
};

std::string described(const Client& client, const std::string& route, const std::string& code) {
  return client.name + " at " + route + ", " + code;
}

TEST_F(Surfaces, R_CORE_11_EveryClientsUserLearnsWhatIsWrong) {
  int source = 10;
  for (const Client& client : kClients) {
    for (const std::string route : {"/mcp", "/result", "/error"}) {
      ++source;
      // Missing payment shows nothing: TypeScript reads the 402's text, Python needs a 200.
      const bool typescript = client.agent == "node";
      const Gets asked = route == "/error"               ? Gets::in_band
                         : route == "/mcp" && typescript ? Gets::text
                                                         : Gets::result;
      const Gets refused = route == "/error" ? Gets::in_band : Gets::result;
      const auto expect = [&](const std::string& code, const HttpAnswer& answer, Gets gets) {
        SCOPED_TRACE(described(client, route, code));
        EXPECT_EQ(code_of(answer), code) << answer.head << answer.body;
        EXPECT_EQ(to_text(got_by(client, answer)), to_text(gets)) << answer.head << answer.body;
      };
      const auto call = [&](const std::string& tool, const std::string& credential) {
        return send(request_of(client, route, tool, credential), source);
      };
      expect("payment_required", call("success.json", ""), asked);
      const Credential credential = buy(client, route, "success.json", source);
      expect("not_permitted", call("success.sse", credential.pair()), refused);
      std::string forged = credential.macaroon;
      forged[forged.size() / 2] = forged[forged.size() / 2] == 'A' ? 'B' : 'A';
      const HttpAnswer bad = call("success.json", forged + ":" + credential.preimage);
      EXPECT_FALSE(offer_of(bad).invoice.empty()) << described(client, route, "forged");
      EXPECT_EQ(to_text(got_by(client, bad)), to_text(refused))
          << described(client, route, bad.body);
      // Two that contradict: HTTP's 400 on every surface.
      HttpRequest two = request_of(client, route, "success.json", credential.pair());
      two.fields.emplace_back("x-l402", credential.macaroon + ":" + std::string(64, '0'));
      const HttpAnswer conflict = send(two, source);
      EXPECT_EQ(code_of(conflict), "conflicting_credentials") << described(client, route, "two");
      EXPECT_EQ(conflict.status, 400);
      // Nothing of all that was spent.
      EXPECT_EQ(call("success.json", credential.pair()).status, 200);
      HttpRequest again = request_of(client, route, "success.json", credential.pair());
      again.source = source;
      const HttpAnswer replay = gate.call_settled(again);
      expect("replay", replay, refused);
      EXPECT_NE(offer_of(replay).payment_hash, "");
      // While its call runs, a credential is in use.
      const Credential held = buy(client, route, "success.wait", source);
      HttpRequest waiting = request_of(client, route, "success.wait", held.pair());
      HttpConnection first(gate.port(), source);
      const std::size_t before = upstream.calls("success.wait");
      upstream.hold();
      first.send(waiting.text());
      ASSERT_TRUE(upstream.wait_for_calls("success.wait", before + 1));
      expect("call_in_progress", call("success.wait", held.pair()), refused);
      upstream.release();
      EXPECT_EQ(first.read_answer().status, 200);
      // Answers 4xx and 5xx of the gate's own troubles keep their status (7.3).
      const Credential lost = buy(client, route, "success.drop", source);
      const HttpAnswer broken = call("success.drop", lost.pair());
      EXPECT_EQ(broken.status, 502) << described(client, route, "upstream");
      gate.fault("down");
      const HttpAnswer no_rail = call("attempt.wait", "");
      gate.fault("none");
      EXPECT_EQ(no_rail.status, 503) << described(client, route, "wallet");
      EXPECT_EQ(code_of(no_rail), "rails_unavailable");
      const HttpAnswer unknown = call("nothing", "");
      EXPECT_EQ(unknown.status, 200);
      expect("unknown_tool", unknown, Gets::in_band);
      HttpAnswer limited;
      for (int i = 0; i < 10 && code_of(limited) != "rate_limited"; ++i) {
        limited = call("success.json", forged + ":" + credential.preimage);
      }
      expect("rate_limited", limited, refused);
      EXPECT_EQ(refusal_of(limited).value("retryAfterSeconds", 0) > 0, true);
    }
  }
  const auto report = site.check();
  EXPECT_TRUE(report["ok"].get<bool>()) << report;
}

TEST_F(Surfaces, WhoPaysByHeaderIsAnsweredByHeader) {
  HttpRequest request = request_of(kClients[0], "/mcp", "success.json");
  const HttpAnswer asked = send_request(gate.port(), request);
  EXPECT_EQ(asked.status, 200);
  EXPECT_EQ(asked.count("WWW-Authenticate"), 0U);
  const auto credential = gate.pay(offer_of(asked));
  ASSERT_TRUE(credential);
  request.fields.emplace_back("authorization", credential->authorization());
  EXPECT_EQ(send_request(gate.port(), request).status, 200);
  const HttpAnswer replay = gate.call_settled(request);
  EXPECT_EQ(replay.status, 409);
  EXPECT_EQ(replay.count("WWW-Authenticate"), 2U);
  // A route of fixed surface keeps to it.
  request.target = "/result";
  EXPECT_EQ(send_request(gate.port(), request).status, 200);
}

}  // namespace
}  // namespace tollhouse::test
