// Goal: requests say in either era what a gate's strict ingress wants to hear, the handshake ends
// in the right era, and words become arguments. Method: the gate's own reader judges what we send.
#include "dialogue/dialect.h"

#include "dialogue/arguments.h"
#include "dialogue/limits.h"
#include "http/characters.h"
#include "json/reader.h"
#include "support/precompiled.h"

namespace tollhouse::dialogue {
namespace {

std::string field_of(const Request& request, std::string_view name) {
  for (const FieldLine& field : request.fields) {
    if (http::equal_ignoring_case(field.name, name)) return field.value;
  }
  return {};
}

const Phrases kPhrases({"tollhouse", "9.9.9"});

TEST(Phrases, LegacyRequestsCarryVersionAndSessionInTheHead) {
  const Dialect dialect{mcp::Era::legacy, "2025-06-18", "s-1"};
  const Request call = kPhrases.call_tool(3, dialect, "echo", R"({"a":1})", {});
  EXPECT_EQ(call.body, R"({"jsonrpc":"2.0","id":3,"method":"tools/call","params":)"
                       R"({"name":"echo","arguments":{"a":1}}})");
  EXPECT_EQ(field_of(call, "MCP-Protocol-Version"), "2025-06-18");
  EXPECT_EQ(field_of(call, "Mcp-Session-Id"), "s-1");
  EXPECT_EQ(field_of(call, "Accept"), "application/json, text/event-stream");
  EXPECT_EQ(field_of(call, "Mcp-Method"), "");
  EXPECT_EQ(field_of(kPhrases.initialize(1), "MCP-Protocol-Version"), "");
  EXPECT_EQ(kPhrases.list_tools(2, dialect, "c\"1").body,
            R"({"jsonrpc":"2.0","id":2,"method":"tools/list","params":{"cursor":"c\"1"}})");
  EXPECT_EQ(kPhrases.end_session(dialect).method, "DELETE");
  EXPECT_EQ(field_of(kPhrases.initialized(dialect), "Mcp-Session-Id"), "s-1");
}

TEST(Phrases, ModernRequestsMirrorTheBodyInTheHead) {
  const Dialect dialect{mcp::Era::modern, std::string(kModernVersion), ""};
  const Request call =
      kPhrases.call_tool(3, dialect, "\xc3\xa9", R"({})", {{"Mcp-Param-Region", "eu"}});
  EXPECT_EQ(field_of(call, "MCP-Protocol-Version"), kModernVersion);
  EXPECT_EQ(field_of(call, "Mcp-Method"), "tools/call");
  EXPECT_EQ(field_of(call, "Mcp-Name"), "=?base64?w6k=?=");
  EXPECT_EQ(field_of(call, "Mcp-Param-Region"), "eu");
  json::Document workspace;
  const auto body = json::parse(call.body, workspace);
  ASSERT_TRUE(body);
  const auto meta = body->find("params")->find("_meta");
  ASSERT_TRUE(meta);
  EXPECT_EQ(meta->find("io.modelcontextprotocol/protocolVersion")->as_string(), kModernVersion);
  EXPECT_TRUE(meta->find("io.modelcontextprotocol/clientCapabilities")->is_object());
  EXPECT_EQ(field_of(kPhrases.discover(1), "Mcp-Method"), "server/discover");
}

Answered answer(std::string result) { return {.result = std::move(result)}; }

TEST(Handshakes, InitializeEndsWhereItShould) {
  const auto refusal = [](int status, std::int64_t code, std::vector<std::string> supported = {}) {
    return Refused{.status = status, .rpc_code = code, .supported = std::move(supported)};
  };
  struct Row {
    Heard heard;
    Handshake want;
  };
  const Row rows[] = {
      {answer(R"({"protocolVersion":"2025-11-25"})"), Handshake::agreed},
      {answer(R"({"protocolVersion":"2024-11-05"})"), Handshake::agreed},
      {answer(R"({"protocolVersion":"2026-07-28"})"), Handshake::try_modern},
      {answer(R"({"protocolVersion":"1999-01-01"})"), Handshake::failed},
      {answer(R"({})"), Handshake::failed},
      {refusal(404, -32601), Handshake::try_modern},
      {refusal(405, 0), Handshake::try_modern},
      {refusal(200, -32601), Handshake::try_modern},
      {refusal(400, -32022), Handshake::try_modern},
      {refusal(200, -1, {"2026-07-28"}), Handshake::try_modern},
      {refusal(200, -1, {"2030-01-01"}), Handshake::failed},
      {refusal(401, 401), Handshake::failed},
      {refusal(403, 0), Handshake::failed},
      {refusal(503, 0), Handshake::failed},
      {NotUnderstood{200, ""}, Handshake::failed},
      {PaymentAsked{}, Handshake::failed},
  };
  int number = 0;
  for (const Row& row : rows) {
    SCOPED_TRACE(number++);
    Dialect dialect;
    EXPECT_EQ(read_initialize(row.heard, {}, dialect), row.want);
  }
}

TEST(Handshakes, TheSessionIsKeptUnlessItCouldNotBeSentBack) {
  Dialect dialect;
  const Heard heard = answer(R"({"protocolVersion":"2025-11-25"})");
  read_initialize(heard, {200, {{"mcp-session-id", "abc"}}, ""}, dialect);
  EXPECT_EQ(dialect.session_id, "abc");
  read_initialize(heard, {200, {{"mcp-session-id", "a b"}}, ""}, dialect);
  EXPECT_EQ(dialect.session_id, "");
  read_initialize(heard, {200, {{"mcp-session-id", std::string(5000, 'x')}}, ""}, dialect);
  EXPECT_EQ(dialect.session_id, "");
}

TEST(Handshakes, DiscoverAgreesOnTheModernVersionOnly) {
  Dialect dialect;
  EXPECT_EQ(read_discover(answer(R"({"supportedVersions":["2025-11-25"]})"), dialect),
            Handshake::failed);
  EXPECT_EQ(read_discover(answer(R"({})"), dialect), Handshake::failed);
  EXPECT_EQ(read_discover(Refused{}, dialect), Handshake::failed);
  EXPECT_EQ(read_discover(answer(R"({"supportedVersions":["x","2026-07-28"]})"), dialect),
            Handshake::agreed);
  EXPECT_EQ(dialect.era, mcp::Era::modern);
}

TEST(Tools, ListsAreReadAndBadEntriesLeftOut) {
  const auto page = read_tools(
      R"({"tools":[{"name":"a","title":"A","description":"d","inputSchema":{"type":"object"}},{},7,{"name":"b"}],"nextCursor":"n"})");
  ASSERT_TRUE(page);
  ASSERT_EQ(page->tools.size(), 2u);
  EXPECT_EQ(page->tools[0].input_schema, R"({"type":"object"})");
  EXPECT_EQ(page->tools[1].input_schema, "");
  EXPECT_EQ(page->next_cursor, "n");
  EXPECT_FALSE(read_tools("{}"));
  EXPECT_FALSE(read_tools(R"({"tools":{}})"));
  EXPECT_FALSE(read_tools("nonsense"));
}

TEST(Tools, MirroredArgumentsComeFromTheSchema) {
  const std::string schema =
      R"({"properties":{"r":{"type":"string","x-mcp-header":"Region"},"n":{"type":"integer","x-mcp-header":"N"},)"
      R"("o":{"properties":{"b":{"type":"boolean","x-mcp-header":"Deep"}}}}})";
  const auto fields = param_fields(schema, R"({"r":" eu","n":42,"o":{"b":true}})");
  ASSERT_TRUE(fields);
  ASSERT_EQ(fields->size(), 3u);
  EXPECT_EQ((*fields)[0].name, "Mcp-Param-Region");
  EXPECT_EQ((*fields)[0].value, "=?base64?IGV1?=");
  EXPECT_EQ((*fields)[1].value, "42");
  EXPECT_EQ((*fields)[2].value, "true");
  EXPECT_TRUE(param_fields(schema, R"({"r":null})")->empty());
  EXPECT_TRUE(param_fields("", "{}")->empty());
  EXPECT_FALSE(param_fields(R"({"properties":{"r":{"type":"object","x-mcp-header":"X"}}})", "{}"));
}

TEST(Arguments, WordsBecomeOneObject) {
  struct Row {
    std::vector<std::string> words;
    std::string want;
    std::optional<Reason> reason;
  };
  const Row rows[] = {
      {{}, "{}", {}},
      {{"message=hello world"}, R"({"message":"hello world"})", {}},
      {{"a=1", "b:=1", "c:=[true,null]"}, R"({"a":"1","b":1,"c":[true,null]})", {}},
      {{"url=http://x/?a:=b=c"}, R"({"url":"http://x/?a:=b=c"})", {}},
      {{"empty="}, R"({"empty":""})", {}},
      {{"q=say \"x\""}, R"({"q":"say \"x\""})", {}},
      {{R"( {"a": 1} )"}, R"({"a": 1})", {}},
      {{"alone"}, "alone", Reason::argument_without_value},
      {{"=x"}, "=x", Reason::argument_without_name},
      {{":=1"}, ":=1", Reason::argument_without_name},
      {{"a=\xff"}, "a=\xff", Reason::argument_not_utf8},
      {{"a:={"}, "a:={", Reason::argument_not_json},
      {{"a:="}, "a:=", Reason::argument_not_json},
      {{R"({"a":1)"}, R"({"a":1)", Reason::argument_not_object},
      {{"a=1", "{}"}, "{}", Reason::argument_mixed},
      {{"a=1", "a:=2"}, "a:=2", Reason::argument_twice},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.want);
    const auto made = arguments_of(row.words);
    EXPECT_EQ(made.has_value(), !row.reason);
    if (made) {
      EXPECT_EQ(*made, row.want);
    } else {
      EXPECT_EQ(made.error().reason, row.reason);
      EXPECT_EQ(made.error().word, row.want);
    }
  }
}

/// Whatever is typed, what goes out is JSON that says the same.
RC_GTEST_PROP(ArgumentProperties, TextSurvives, (const std::string& given)) {
  std::string text;
  for (const char c : given) text += static_cast<char>(c & 0x7f);
  const std::vector<std::string> words{"key=" + text};
  const auto made = arguments_of(words);
  RC_ASSERT(made.has_value());
  json::Document workspace;
  const auto value = json::parse(*made, workspace);
  RC_ASSERT(value.has_value());
  RC_ASSERT(value->find("key")->as_string() == text);
}

}  // namespace
}  // namespace tollhouse::dialogue
