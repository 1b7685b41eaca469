// tests/dialogue: lines of a desktop client, and ours.
#include "dialogue/desktop.h"

#include <nlohmann/json.hpp>

#include "support/precompiled.h"

namespace tollhouse::dialogue {
namespace {

using Json = nlohmann::json;

TEST(DesktopLine, IsARequestANotificationOrAResponse) {
  const auto request = read_desktop_line(
      R"({"jsonrpc":"2.0","id":"a\u0062","method":"tools\/call","params":{"name":"x"}})");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->kind, mcp::MessageKind::request);
  EXPECT_EQ(request->era, mcp::Era::legacy);
  EXPECT_EQ(request->id, R"("a\u0062")");
  EXPECT_EQ(request->method, "tools/call");
  EXPECT_EQ(request->params, R"({"name":"x"})");
  const auto modern =
      read_desktop_line(R"({"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":)"
                        R"({"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}})");
  EXPECT_EQ(modern->era, mcp::Era::modern);
  const auto cancelled = read_desktop_line(
      R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7}})");
  EXPECT_EQ(cancelled->kind, mcp::MessageKind::notification);
  EXPECT_EQ(cancelled->cancels_id, "7");
  EXPECT_EQ(read_desktop_line(R"({"jsonrpc":"2.0","id":1,"result":{}})")->kind,
            mcp::MessageKind::response);
}

TEST(DesktopLine, WhatIsNoMessageIsSaidWithItsId) {
  struct Case {
    const char* line;
    int code;
    const char* id;
  };
  const Case cases[] = {
      {"", -32700, "null"},
      {"hello", -32700, "null"},
      {R"({"jsonrpc":"2.0","id":1,"id":2,"method":"ping"})", -32700, "null"},
      {"\xff", -32700, "null"},
      {"[]", -32600, "null"},
      {R"([{"jsonrpc":"2.0","id":1,"method":"ping"}])", -32600, "null"},
      {"7", -32600, "null"},
      {R"({"id":1,"method":"ping"})", -32600, "1"},
      {R"({"jsonrpc":"1.0","id":1,"method":"ping"})", -32600, "1"},
      {R"({"jsonrpc":"2.0","id":1})", -32600, "1"},
      {R"({"jsonrpc":"2.0","id":1,"method":""})", -32600, "1"},
      {R"({"jsonrpc":"2.0","id":1,"method":7})", -32600, "1"},
      {R"({"jsonrpc":"2.0","id":"x","method":"ping","params":[]})", -32600, "\"x\""},
      {R"({"jsonrpc":"2.0","id":1.5,"method":"ping"})", -32600, "null"},
      {R"({"jsonrpc":"2.0","id":{},"method":"ping"})", -32600, "null"},
      {R"({"jsonrpc":"2.0","id":null,"method":"ping"})", -32600, "null"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.line);
    const auto message = read_desktop_line(c.line);
    ASSERT_FALSE(message);
    EXPECT_EQ(message.error().code, c.code);
    EXPECT_EQ(message.error().id, c.id);
  }
}

TEST(DesktopHandshake, PromisesWhatNeedsNoWordOfTheServer) {
  const char* far =
      R"({"protocolVersion":"2025-11-25","capabilities":{"tools":{"listChanged":true},)"
      R"("resources":{"subscribe":true},"logging":{}},"serverInfo":{"name":"far",)"
      R"("version":"3"},"instructions":"be \"kind\""})";
  const Json legacy =
      Json::parse(initialize_result(R"({"protocolVersion":"2025-03-26"})", far, {}));
  EXPECT_EQ(legacy, Json::parse(R"({"protocolVersion":"2025-03-26","capabilities":{"tools":{},)"
                                R"("resources":{}},"serverInfo":{"name":"far","version":"3"},)"
                                R"("instructions":"be \"kind\""})"));
  const Json modern = Json::parse(discover_result(far, {}));
  EXPECT_EQ(modern["supportedVersions"], Json({"2026-07-28"}));
  EXPECT_EQ(modern["capabilities"], legacy["capabilities"]);
  EXPECT_EQ(modern["resultType"], "complete");
  EXPECT_EQ(modern["_meta"]["io.modelcontextprotocol/serverInfo"]["name"], "far");
}

TEST(DesktopHandshake, AVersionNobodyKnowsGetsOurs) {
  for (const char* params : {"", "{}", R"({"protocolVersion":"1999-01-01"})",
                             R"({"protocolVersion":"2026-07-28"})", R"({"protocolVersion":7})"}) {
    const Json result =
        Json::parse(initialize_result(params, "{}", {.name = "us", .version = "1"}));
    EXPECT_EQ(result["protocolVersion"], kLegacyVersion) << params;
    EXPECT_EQ(result["serverInfo"], Json({{"name", "us"}, {"version", "1"}}));
    EXPECT_EQ(result["capabilities"], Json({{"tools", Json::object()}}));
  }
}

TEST(DesktopResult, AModernClientLearnsThatItIsComplete) {
  EXPECT_EQ(result_for(mcp::Era::legacy, R"({"a":1})"), R"({"a":1})");
  EXPECT_EQ(result_for(mcp::Era::modern, R"({"a":1})"), R"({"resultType":"complete","a":1})");
  EXPECT_EQ(result_for(mcp::Era::modern, "{ }"), R"({"resultType":"complete" })");
  const char* asks = R"({"resultType":"input_required"})";
  EXPECT_EQ(result_for(mcp::Era::modern, asks), asks);
}

TEST(DesktopResult, RefusalsAreForModelsAndForPrograms) {
  const Json result = Json::parse(refused_result("over_limit", "too dear", "raise it"));
  EXPECT_EQ(result["isError"], true);
  EXPECT_EQ(result["content"][0]["text"], "too dear (raise it)");
  EXPECT_EQ(result["_meta"]["tollhouse/refusal"]["code"], "over_limit");
  EXPECT_EQ(Json::parse(error_message("7", -32601, "no \"such\"", refused_data("x", "")))["error"],
            Json({{"code", -32601}, {"message", "no \"such\""}, {"data", {{"code", "x"}}}}));
  EXPECT_EQ(Json::parse(spent_json({*Msat::of(1), *Msat::of(5), *Msat::of(7), 2})),
            Json({{"paidMsat", 1},
                  {"spentMsat", 5},
                  {"budgetMsat", 7},
                  {"leftMsat", 2},
                  {"payments", 2}}));
}

}  // namespace
}  // namespace tollhouse::dialogue
