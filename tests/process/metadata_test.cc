// tests/process: what the gate writes into answers of the server, and what of a call is known
// without asking anybody.
#include "process/gate_process.h"
#include "support/precompiled.h"

namespace tollhouse::test {
namespace {

using Json = nlohmann::json;

class Metadata : public ::testing::Test {
 protected:
  Upstream upstream;
  Site site{upstream.port(), Site::Routes{{"/mcp", ""}, {"/told", "receipt_in_meta: true"}}};
  GateProcess gate{site};

  void SetUp() override { ASSERT_TRUE(gate.started()) << gate.output(); }

  HttpAnswer call(const std::string& route, const std::string& tool,
                  const Credential& credential) const {
    HttpRequest request = gate.request(tool, credential.authorization());
    request.target = route;
    return send_request(gate.port(), request);
  }
  Credential buy(const std::string& route, const std::string& tool) const {
    HttpRequest request = gate.request(tool);
    request.target = route;
    return gate.pay(offer_of(send_request(gate.port(), request))).value_or(Credential{});
  }
};

TEST_F(Metadata, R_CORE_9_TheReceiptStandsInMetaWhereTheRouteSaysSoAndInEveryStream) {
  const struct {
    std::string route;
    std::string tool;
    bool in_meta;
  } rows[] = {{"/mcp", "success.json", false}, {"/told", "success.json", true},
              {"/told", "attempt.json", true}, {"/mcp", "success.sse", true},
              {"/told", "success.sse", true},  {"/told", "pass.json", true}};
  for (const auto& row : rows) {
    SCOPED_TRACE(row.route + " " + row.tool);
    const HttpAnswer answer = call(row.route, row.tool, buy(row.route, row.tool));
    ASSERT_EQ(answer.status, 200) << answer.body;
    const std::size_t at = answer.body.rfind("data: ");
    const bool streamed = at != std::string::npos;
    const Json result = Json::parse(streamed ? answer.body.substr(at + 6) : answer.body)["result"];
    EXPECT_EQ(result.contains("_meta"), row.in_meta) << answer.body;
    EXPECT_EQ(result["content"][0]["type"], "text");  // what the server wrote stays
    if (!row.in_meta) continue;
    const Json receipt = result["_meta"]["tollhouse/receipt"];
    EXPECT_EQ(receipt["body"]["requestId"], answer.field("X-Request-Id"));
    EXPECT_EQ(receipt["body"]["toolSlug"], row.tool);
    if (!streamed) EXPECT_EQ(receipt, Json::parse(receipt_of(answer)));
  }
}

TEST_F(Metadata, R_CORE_12_ACallOnAPassAsksNeitherBooksNorWallet) {
  const Credential pass = gate.buy("pass.json");
  ASSERT_EQ(gate.call("pass.json", pass.authorization()).status, 200);
  const auto asked = [&](const std::string& name) { return gate.sample(name); };
  const double books = asked("tollhouse_store_duration_seconds_count");
  const double wallet = asked("tollhouse_invoice_duration_seconds_count");
  const double calls = asked("tollhouse_gate_duration_seconds_count");
  EXPECT_GT(books, 0);
  for (int i = 0; i < 50; ++i) EXPECT_EQ(gate.call("pass.json", pass.authorization()).status, 200);
  EXPECT_EQ(asked("tollhouse_store_duration_seconds_count"), books);
  EXPECT_EQ(asked("tollhouse_invoice_duration_seconds_count"), wallet);
  EXPECT_EQ(asked("tollhouse_gate_duration_seconds_count"), calls + 50);
}

TEST_F(Metadata, CapabilitiesNameTheGateToClientsOfBothEras) {
  const auto ask = [&](const std::string& method, bool modern) {
    HttpRequest request = gate.request("");
    Json params = Json::object();
    if (modern) {
      request.fields[2].second = "2026-07-28";
      request.fields.emplace_back("Mcp-Method", method);
      params["_meta"] = {{"io.modelcontextprotocol/protocolVersion", "2026-07-28"},
                         {"io.modelcontextprotocol/clientCapabilities", Json::object()}};
    }
    request.body =
        Json{{"jsonrpc", "2.0"}, {"id", 1}, {"method", method}, {"params", params}}.dump();
    const HttpAnswer answer = send_request(gate.port(), request);
    EXPECT_EQ(answer.status, 200) << answer.body;
    return Json::parse(answer.body)["result"]["capabilities"];
  };
  const std::string origin = "http://127.0.0.1:" + std::to_string(gate.port());
  const auto expect_gate = [&](const Json& told) {
    EXPECT_EQ(told["rails"], Json({"l402", "x402-lnbtc-exact", "x402-bip122-exact", "pow"}))
        << told;
    EXPECT_EQ(told["networks"], Json({"regtest"}));
    EXPECT_EQ(told["surfaces"], Json({"http", "result", "error"}));
    EXPECT_EQ(told["terms"], origin + "/.well-known/tollhouse");
    EXPECT_EQ(told["receiptKeys"], origin + "/.well-known/tollhouse-keys");
    EXPECT_FALSE(told["version"].get<std::string>().empty());
  };
  expect_gate(ask("initialize", false)["experimental"]["tollhouse/gate"]);
  upstream.answer_next("server/discover", "200 OK",
                       R"({"jsonrpc":"2.0","id":ID,"result":{"resultType":"complete",)"
                       R"("supportedVersions":["2026-07-28"],"capabilities":{"tools":{}}}})",
                       1);
  const Json discovered = ask("server/discover", true);
  expect_gate(discovered["extensions"]["tollhouse/gate"]);
  EXPECT_TRUE(discovered.contains("tools"));
  // A server that says so of itself has the word.
  upstream.answer_next("initialize", "200 OK",
                       R"({"jsonrpc":"2.0","id":ID,"result":{"protocolVersion":"2025-11-25",)"
                       R"("capabilities":{"experimental":{"tollhouse/gate":{"own":1}}}}})",
                       1);
  EXPECT_EQ(ask("initialize", false)["experimental"]["tollhouse/gate"], Json({{"own", 1}}));
}

}  // namespace
}  // namespace tollhouse::test
