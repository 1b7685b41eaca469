// tests/dialogue: how often a token can be shown, and requests that are handed on.
#include "dialogue/reuse.h"

#include <nlohmann/json.hpp>

#include "dialogue/dialect.h"
#include "dialogue/made_offer.h"
#include "support/precompiled.h"

namespace tollhouse::dialogue {
namespace {

using Json = nlohmann::json;

std::string token_with(std::vector<std::string> caveats) {
  macaroon::Minter minter(macaroon::ChainKey{}, {}, bytes_of("id"));
  for (const std::string& caveat : caveats) EXPECT_TRUE(minter.add(caveat));
  return base64(minter.finish().value());
}

TEST(Reuse, AsTheCaveatsSay) {
  struct Case {
    const char* name;
    std::vector<std::string> caveats;
    bool kept;
    std::optional<std::uint32_t> uses;
    std::optional<std::int64_t> end;
  };
  const Case cases[] = {
      {"a pass of this house",
       {"services=mcp:0", "mcp_valid_until=1800000300"},
       true,
       {},
       1800000300},
      {"without any caveat", {}, true, {}, {}},
      {"ten calls", {"mcp_max_calls=10"}, true, 10, {}},
      {"narrowed",
       {"a_max_calls=10", "a_max_calls=4", "a_valid_until=9", "a_valid_until=8"},
       true,
       4,
       8},
      {"another service's", {"other_max_calls=2"}, true, 2, {}},
      {"one call", {"mcp_max_calls=1"}, false, {}, {}},
      {"no call", {"mcp_max_calls=0"}, false, {}, {}},
      {"no number", {"mcp_max_calls=many"}, false, {}, {}},
      {"too large a number", {"mcp_max_calls=4294967296"}, false, {}, {}},
      {"an end that is none", {"mcp_valid_until=-1"}, false, {}, {}},
      {"bound to one request", {"mcp_body=00"}, false, {}, {}},
      {"a word", {"mcp_max_calls"}, false, {}, {}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    const auto reuse = reuse_of(token_with(c.caveats));
    ASSERT_EQ(reuse.has_value(), c.kept);
    if (!reuse) continue;
    EXPECT_EQ(reuse->uses, c.uses);
    EXPECT_EQ(reuse->valid_until.has_value(), c.end.has_value());
    if (c.end) EXPECT_EQ(unix_seconds(*reuse->valid_until), *c.end);
  }
  EXPECT_FALSE(reuse_of("no macaroon"));
  EXPECT_FALSE(reuse_of(std::string(5000, 'A')));
}

TEST(Reuse, OfWhatAGateOfThisHouseSells) {
  EXPECT_FALSE(reuse_of(test::made_macaroon({})));
  const auto pass = reuse_of(test::made_macaroon({.uses = std::nullopt}));
  ASSERT_TRUE(pass);
  EXPECT_EQ(pass->valid_until, test::kNow + std::chrono::seconds(300));
}

TEST(Relay, LegacyParametersGoAsTheyAre) {
  const Phrases phrases({});
  const Dialect dialect{mcp::Era::legacy, "2025-11-25", "s"};
  const Request request =
      phrases.relay(7, dialect, "prompts/get", R"({"name":"p","_meta":{"progressToken":1}})", {});
  EXPECT_EQ(Json::parse(request.body),
            Json::parse(R"({"jsonrpc":"2.0","id":7,"method":"prompts/get",)"
                        R"("params":{"name":"p","_meta":{"progressToken":1}}})"));
  EXPECT_EQ(Json::parse(phrases.relay(8, dialect, "tools/list", "", {}).body)["params"],
            Json::object());
}

TEST(Relay, ModernParametersSayWhoWeAre) {
  const Phrases phrases({.name = "tollhouse", .version = "1"});
  const Dialect dialect{mcp::Era::modern, std::string(kModernVersion), ""};
  const Request request = phrases.relay(
      7, dialect, "resources/read",
      R"({"uri":"f:/\u00e9","_meta":{"io.modelcontextprotocol/clientInfo":{"name":"x"},"a":1}})",
      {{"Mcp-Param-X", "1"}});
  const Json meta = Json::parse(request.body)["params"]["_meta"];
  EXPECT_EQ(meta["io.modelcontextprotocol/clientInfo"]["name"], "tollhouse");
  EXPECT_EQ(meta["io.modelcontextprotocol/protocolVersion"], kModernVersion);
  EXPECT_EQ(meta["a"], 1);
  std::map<std::string, std::string> fields;
  for (const FieldLine& field : request.fields) fields[field.name] = field.value;
  EXPECT_EQ(fields["Mcp-Method"], "resources/read");
  EXPECT_EQ(fields["Mcp-Name"], "=?base64?Zjovw6k=?=") << fields["Mcp-Name"];
  EXPECT_EQ(fields["Mcp-Param-X"], "1");
}

TEST(ToolCallOf, IsTheToolAndItsArguments) {
  const ToolCall call = tool_call_of("tools/call", R"({"name":"a\u0062","arguments":{"x":1}})");
  EXPECT_EQ(call.tool, "ab");
  EXPECT_EQ(call.arguments, R"({"x":1})");
  EXPECT_EQ(tool_call_of("tools/call", R"({"name":"a","arguments":7})").arguments, "{}");
  EXPECT_EQ(tool_call_of("tools/list", R"({"name":"a"})").tool, "");
  EXPECT_EQ(tool_call_of("tools/call", "").tool, "");
}

}  // namespace
}  // namespace tollhouse::dialogue
