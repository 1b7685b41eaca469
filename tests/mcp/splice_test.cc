// tests/mcp/splice_test.cc mirrors src/mcp/splice.cc, result.cc, answer.cc, pricing.cc and
// request_digest.cc.
// Goal: bytes that were not meant are never touched; every outcome of an upstream is told apart.
#include "mcp/splice.h"

#include <nlohmann/json.hpp>
#include <set>

#include "mcp/answer.h"
#include "mcp/ingress.h"
#include "mcp/pricing.h"
#include "mcp/request_digest.h"
#include "mcp/result.h"
#include "support/precompiled.h"

namespace tollhouse::mcp {
namespace {

Message message_of(std::string_view body) {
  RoutingHeaders headers;
  headers.see("Content-Type", "application/json");
  json::Document workspace;
  const auto got = read_message(headers, body, {}, workspace);
  EXPECT_TRUE(got) << body;
  return got.value_or(Message{});
}

std::string call_with_meta(std::string_view meta, std::string_view id = "1") {
  return "{\"jsonrpc\":\"2.0\",\"id\":" + std::string(id) +
         R"(,"method":"tools/call","params":{"name":"x", "_meta" : )" + std::string(meta) +
         " ,\"arguments\":{\"a\": 1.0e5}}}";
}

TEST(Splice, RemovesCredentialsAndNothingElse) {
  const struct {
    const char* meta;
    const char* want;
  } cases[] = {
      {R"({})", R"({})"},
      {R"({"a":1})", R"({"a":1})"},
      {R"({"tollhouse/l402":"M:r"})", R"({})"},
      {R"({ "tollhouse/l402" : "M:r" })", R"({  })"},
      {R"({"tollhouse/l402":"M:r","a":1})", R"({"a":1})"},
      {R"({"a":1, "tollhouse/l402":"M:r"})", R"({"a":1})"},
      {R"({"a":1,"tollhouse/l402":"M:r","b":{"c":[]}})", R"({"a":1,"b":{"c":[]}})"},
      {R"({"x402/payment":{},"tollhouse/pow":"1","a":1})", R"({"a":1})"},
      {R"({"a":1,"x402/payment":{},"tollhouse/pow":"1"})", R"({"a":1})"},
      {R"({"x402/payment":{},"a":1,"tollhouse/pow":"1","b":2,"org.paymentauth/credential":{}})",
       R"({"a":1,"b":2})"},
      {R"({"x402/payment":{},"tollhouse/pow":"1"})", R"({})"},
      {R"({"tollhouse\/l402":"M:r","\u0061":1})", R"({"\u0061":1})"},
      {R"({"x402/payment-response":1,"org.paymentauth/receipt":2})",
       R"({"x402/payment-response":1,"org.paymentauth/receipt":2})"},
  };
  for (const auto& c : cases) {
    const std::string body = call_with_meta(c.meta);
    EXPECT_EQ(body_without_credentials(message_of(body)), call_with_meta(c.want)) << c.meta;
  }
  const std::string body = call_with_meta("{\"a\":1}");
  const Message untouched = message_of(body);
  const auto slices = slices_without_credentials(untouched);
  ASSERT_EQ(slices.size(), 1u);
  EXPECT_EQ(slices[0].data(), body.data());
}

RC_GTEST_PROP(Splice, LeavesTheOtherMembersInOrder, ()) {
  const std::vector<std::string> names = {
      "a", "b", "c", "tollhouse/l402", "tollhouse/x", "x402/payment", "org.paymentauth/credential"};
  const std::vector<std::string> blanks = {"", " ", "\n\t"};
  nlohmann::ordered_json want = nlohmann::ordered_json::object();
  std::string meta = "{";
  std::set<std::string> used;
  for (int i = *rc::gen::inRange(0, 7); i > 0; --i) {
    const std::string name = *rc::gen::elementOf(names);
    if (!used.insert(name).second) continue;
    if (used.size() > 1) meta += ',';
    meta += *rc::gen::elementOf(blanks) + "\"" + name + "\":[" + std::to_string(i) + "]";
    meta += *rc::gen::elementOf(blanks);
    if (name.size() == 1) want[name] = nlohmann::ordered_json::array({i});
  }
  const std::string body = call_with_meta(meta + "}");
  const auto sent = nlohmann::ordered_json::parse(body_without_credentials(message_of(body)));
  RC_ASSERT(sent.at("params").at("_meta").dump() == want.dump());
}

TEST(Splice, PutsAReceiptIntoTheResult) {
  const MetaMember receipt[] = {{"tollhouse/receipt", R"({"r":1})"}};
  const struct {
    const char* response;
    const char* want;
  } cases[] = {
      {R"({"id":1,"result":{}})", R"({"id":1,"result":{"_meta":{"tollhouse/receipt":{"r":1}}}})"},
      {R"({"id":1,"result":{"a":1.50}})",
       R"({"id":1,"result":{"_meta":{"tollhouse/receipt":{"r":1}},"a":1.50}})"},
      {R"({"id":1,"result":{"_meta":{},"a":1}})",
       R"({"id":1,"result":{"_meta":{"tollhouse/receipt":{"r":1}},"a":1}})"},
      {R"({"id":1,"result":{"_meta":{"x":1}}})",
       R"({"id":1,"result":{"_meta":{"tollhouse/receipt":{"r":1},"x":1}}})"},
      {R"({"id":1,"result":{"_meta":{"x":1,"tollhouse/receipt":"forged","y":2}}})",
       R"({"id":1,"result":{"_meta":{"tollhouse/receipt":{"r":1},"x":1,"y":2}}})"},
      {R"({"id":1,"result":{"_meta":{"tollhouse/receipt":"forged"}}})",
       R"({"id":1,"result":{"_meta":{"tollhouse/receipt":{"r":1}}}})"},
      {R"({"id":1,"error":{}})", nullptr},
      {R"({"id":1,"result":[]})", nullptr},
      {R"({"id":1,"result":{"_meta":1}})", nullptr},
      {"no json", nullptr},
  };
  for (const auto& c : cases) {
    json::Document workspace;
    const auto got = with_result_meta(c.response, receipt, workspace);
    ASSERT_EQ(got.has_value(), c.want != nullptr) << c.response;
    if (got) EXPECT_EQ(*got, c.want);
  }
  const MetaMember two[] = {{"a", "1"}, {"b", "2"}};
  json::Document workspace;
  EXPECT_EQ(with_result_meta(R"({"result":{"_meta":{"b":0}}})", two, workspace),
            R"({"result":{"_meta":{"a":1,"b":2}}})");
}

TEST(Splice, CutsWhatOnlyTheGateMaySayOutOfAResult) {
  const struct {
    const char* response;
    const char* want;
  } cases[] = {
      {R"({"id":1,"result":{"_meta":{"r":{"x":1}},"a":1}})",
       R"({"id":1,"result":{"_meta":{},"a":1}})"},
      {R"({"id":1,"result":{"_meta":{"x":1,"\u0072":"forged","y":2}}})",
       R"({"id":1,"result":{"_meta":{"x":1,"y":2}}})"},
      {R"({"id":1,"result":{"_meta":{"x":1}}})", nullptr},
      {R"({"id":1,"result":{"r":1}})", nullptr},
      {R"({"id":1,"result":{"_meta":["r"]}})", nullptr},
      {R"({"id":1,"error":{"_meta":{"r":1}}})", nullptr},
      {"no json", nullptr},
  };
  for (const auto& c : cases) {
    json::Document workspace;
    const auto got = without_result_meta(c.response, "r", workspace);
    ASSERT_EQ(got.has_value(), c.want != nullptr) << c.response;
    if (got) EXPECT_EQ(*got, c.want);
  }
}

TEST(Splice, PutsPricesIntoAListOfTools) {
  const PriceOfTool price_of = [](std::string_view name) -> ToolPrice {
    if (name == "paid") return {R"({"amountMsat":3000})", true};
    if (name == "free") return {R"({"amountMsat":0})", false};
    return {};
  };
  const struct {
    const char* tools;
    const char* want;
  } cases[] = {
      {R"([{"name":"paid","x":1.50}, {"name":"free"}])",
       R"([{"_meta":{"tollhouse/price":{"amountMsat":3000},"agents-x402/paymentRequired":true},)"
       R"("name":"paid","x":1.50}, {"_meta":{"tollhouse/price":{"amountMsat":0}},"name":"free"}])"},
      {R"([{"name":"paid","_meta":{"a":1,"tollhouse/price":"forged"}},{"name":"unknown"}])",
       R"([{"name":"paid","_meta":{"tollhouse/price":{"amountMsat":3000},)"
       R"("agents-x402/paymentRequired":true,"a":1}},{"name":"unknown"}])"},
      {R"([{"name":"unknown"},{"name":1},7])", nullptr},
      {R"([{"name":"paid","_meta":7}])", nullptr},
      {R"([])", nullptr},
      {R"({})", nullptr},
  };
  for (const auto& c : cases) {
    const auto whole = [](const std::string& tools) {
      return R"({"jsonrpc":"2.0","id":1,"result":{"tools":)" + tools + R"(,"nextCursor":"c"}})";
    };
    json::Document workspace;
    const auto got = with_tool_prices(whole(c.tools), price_of, workspace);
    ASSERT_EQ(got.has_value(), c.want != nullptr) << c.tools;
    if (got) EXPECT_EQ(*got, whole(c.want));
  }
  json::Document workspace;
  EXPECT_EQ(with_tool_prices(R"({"id":1,"error":{}})", price_of, workspace), std::nullopt);
  EXPECT_EQ(with_tool_prices("no json", price_of, workspace), std::nullopt);
}

TEST(Outcome, TellsAnswersApart) {
  const struct {
    const char* name;
    const char* message;
    OutcomeKind want;
  } cases[] = {
      {"result", R"({"jsonrpc":"2.0","id":7,"result":{"content":[]}})", OutcomeKind::result},
      {"isError false", R"({"id":7,"result":{"isError":false}})", OutcomeKind::result},
      {"tool error", R"({"id":7,"result":{"isError":true}})", OutcomeKind::tool_error},
      {"isError of another type", R"({"id":7,"result":{"isError":"true"}})", OutcomeKind::result},
      {"complete", R"({"id":7,"result":{"resultType":"complete"}})", OutcomeKind::result},
      {"error", R"({"id":7,"error":{"code":-32602,"message":"m"}})", OutcomeKind::rpc_error},
      {"input", R"({"id":7,"result":{"resultType":"input_required","requestState":"s"}})",
       OutcomeKind::input_required},
      {"task", R"({"id":7,"result":{"resultType":"task","taskId":"t","status":"working"}})",
       OutcomeKind::task},
      {"legacy task", R"({"id":7,"result":{"task":{"taskId":"t","status":"working"}}})",
       OutcomeKind::task},
      {"content beside task", R"({"id":7,"result":{"task":{"taskId":"t"},"content":[]}})",
       OutcomeKind::result},
      {"other id", R"({"id":8,"result":{}})", OutcomeKind::other_message},
      {"string id", R"({"id":"7","result":{}})", OutcomeKind::other_message},
      {"null id", R"({"id":null,"error":{}})", OutcomeKind::other_message},
      {"notification", R"({"method":"notifications/progress"})", OutcomeKind::other_message},
      {"server request", R"({"id":7,"method":"ping"})", OutcomeKind::other_message},
      {"two shapes", R"({"id":7,"result":{},"error":{}})", OutcomeKind::unparsable},
      {"no shape", R"({"id":7})", OutcomeKind::unparsable},
      {"batch", R"([{"id":7,"result":{}}])", OutcomeKind::unparsable},
      {"html", "<html>", OutcomeKind::unparsable},
      {"empty", "", OutcomeKind::unparsable},
  };
  for (const auto& c : cases) {
    json::Document workspace;
    EXPECT_EQ(classify(c.message, "7", workspace).kind, c.want) << c.name;
  }
  json::Document workspace;
  const Outcome error = classify(cases[5].message, "7", workspace);
  EXPECT_EQ(error.error_code, -32602);
  EXPECT_EQ(error.error, R"({"code":-32602,"message":"m"})");
  EXPECT_EQ(classify(cases[6].message, "7", workspace).request_state, "\"s\"");
  for (int task : {7, 8}) {
    const Outcome outcome = classify(cases[task].message, "7", workspace);
    EXPECT_EQ(outcome.task_id, "t");
    EXPECT_EQ(outcome.task_state, TaskState::working);
  }
  for (const char* state : {"completed", "failed", "cancelled"}) {
    const std::string text =
        R"({"id":7,"result":{"taskId":"t","status":")" + std::string(state) + "\"}}";
    EXPECT_TRUE(is_terminal(classify(text, "7", workspace).task_state)) << state;
  }
}

TEST(Outcome, IdsCompareByValue) {
  EXPECT_TRUE(same_id("1", "1"));
  EXPECT_TRUE(same_id(R"("ab")", R"("a\u0062")"));
  EXPECT_TRUE(same_id("-0", "0"));
  EXPECT_FALSE(same_id("1", R"("1")"));
  EXPECT_FALSE(same_id("1", "1.0"));
  EXPECT_FALSE(same_id("1", "2"));
  EXPECT_FALSE(same_id("", ""));
  EXPECT_FALSE(same_id("null", "-0"));
}

TEST(Answer, WritesJsonRpc) {
  EXPECT_EQ(
      error_body("\"a\"", 402, "Pay \"now\"", R"({"x":1})"),
      R"({"jsonrpc":"2.0","id":"a","error":{"code":402,"message":"Pay \"now\"","data":{"x":1}}})");
  EXPECT_EQ(error_body({}, -32600, "no"),
            R"({"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"no"}})");
  EXPECT_EQ(result_body("1", "{}"), R"({"jsonrpc":"2.0","id":1,"result":{}})");
}

TEST(Answer, RejectionsCarryTokenAndVersions) {
  const Rejection rejection{Reason::version_unsupported, 400, kUnsupportedVersion, "5",
                            "2027-01-01"};
  const auto body = nlohmann::json::parse(rejection_body(rejection, {}, "r-1"));
  EXPECT_EQ(body.at("id"), 5);
  EXPECT_EQ(body.at("error").at("code"), -32022);
  const auto& data = body.at("error").at("data");
  EXPECT_EQ(data.at("code"), "version_unsupported");
  EXPECT_EQ(data.at("reason"), data.at("code"));
  EXPECT_EQ(data.at("requestId"), "r-1");
  EXPECT_EQ(data.at("requested"), "2027-01-01");
  EXPECT_EQ(data.at("supported").size(), std::size(kVersions));
}

TEST(Answer, ToolRefusalsFollowTheEra) {
  const auto modern = nlohmann::json::parse(tool_refusal_body(
      "1", {.object = R"({"a":1})", .meta = R"({"m":1})", .structured = true, .era = Era::modern}));
  EXPECT_EQ(modern.at("result").at("resultType"), "complete");
  EXPECT_EQ(modern.at("result").at("structuredContent").at("a"), 1);
  EXPECT_EQ(modern.at("result").at("content").at(0).at("text"), R"({"a":1})");
  EXPECT_EQ(modern.at("result").at("_meta").at("m"), 1);
  const auto legacy = nlohmann::json::parse(tool_refusal_body(
      "1", {.object = "{}", .meta = {}, .structured = false, .era = Era::legacy}));
  EXPECT_FALSE(legacy.at("result").contains("resultType"));
  EXPECT_FALSE(legacy.at("result").contains("structuredContent"));
  EXPECT_EQ(legacy.at("result").at("isError"), true);
}

TEST(Pricing, FollowsTheTable) {
  const struct {
    const char* method;
    const char* params;
    PricedBy by;
    const char* name;
    bool probe;
  } cases[] = {
      {"initialize", "{}", PricedBy::free, "", true},
      {"server/discover", "{}", PricedBy::free, "", true},
      {"ping", "{}", PricedBy::free, "", true},
      {"tools/list", "{}", PricedBy::free, "", true},
      {"notifications/x", "{}", PricedBy::free, "", true},
      {"prompts/list", "{}", PricedBy::free, "", false},
      {"resources/list", "{}", PricedBy::free, "", false},
      {"resources/templates/list", "{}", PricedBy::free, "", false},
      {"resources/subscribe", "{}", PricedBy::free, "", false},
      {"resources/unsubscribe", "{}", PricedBy::free, "", false},
      {"completion/complete", "{}", PricedBy::free, "", false},
      {"logging/setLevel", "{}", PricedBy::free, "", false},
      {"tasks/get", R"({"taskId":"t"})", PricedBy::free, "", false},
      {"tasks/update", R"({"taskId":"t"})", PricedBy::free, "", false},
      {"tasks/cancel", R"({"taskId":"t"})", PricedBy::free, "", false},
      {"tasks/result", R"({"taskId":"t"})", PricedBy::free, "", false},
      {"tasks/list", "{}", PricedBy::free, "", false},
      {"tools/call", R"({"name":"Weather"})", PricedBy::tool, "Weather", false},
      {"prompts/get", R"({"name":"p"})", PricedBy::prompt, "p", false},
      {"resources/read", R"({"uri":"file:///a"})", PricedBy::resource, "file:///a", false},
      {"subscriptions/listen", "{}", PricedBy::opening, "subscriptions/listen", false},
      {"vendor/run", "{}", PricedBy::method, "vendor/run", false},
      {"Tools/call", "{}", PricedBy::method, "Tools/call", false},
      {"tasks/new", "{}", PricedBy::method, "tasks/new", false},
  };
  for (const auto& c : cases) {
    const std::string body = R"({"jsonrpc":"2.0","id":1,"method":")" + std::string(c.method) +
                             "\",\"params\":" + c.params + "}";
    const Message message = message_of(body);
    EXPECT_EQ(priced_as(message).by, c.by) << c.method;
    EXPECT_EQ(priced_as(message).name, c.name) << c.method;
    EXPECT_EQ(is_probe(message), c.probe) << c.method;
  }
  const Message response = message_of(R"({"jsonrpc":"2.0","id":1,"result":{}})");
  EXPECT_EQ(priced_as(response).by, PricedBy::free);
}

TEST(RequestDigest, IgnoresIdAndMetaOnly) {
  const auto digest = [](const std::string& body) { return request_digest(message_of(body)); };
  const Digest base = digest(call_with_meta("{}"));
  EXPECT_EQ(digest(call_with_meta("{}", "\"other\"")), base);
  EXPECT_EQ(digest(call_with_meta(R"({"tollhouse/l402":"M:r","progressToken":9})")), base);
  EXPECT_NE(digest(R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"x"}})"),
            base);
  const std::string bare =
      R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"x"}})";
  const std::string meta =
      R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"_meta":{"a":1},"name":"x"}})";
  EXPECT_EQ(digest(meta), digest(bare));
  EXPECT_NE(digest(R"({"jsonrpc":"2.0","id":1,"method":"prompts/get","params":{"name":"x"}})"),
            digest(bare));
}

TEST(Splice, ACapabilityIsAddedWhereTheServerSaysNothingOfIt) {
  json::Document workspace;
  const auto told = [&](const std::string& capabilities) {
    const std::string response = R"({"id":1,"result":{"capabilities":)" + capabilities + "}}";
    const auto made = with_capability(response, "experimental", "t/g", R"({"v":1})", workspace);
    if (!made) return std::string("-");
    return made->substr(std::string_view(R"({"id":1,"result":{"capabilities":)").size());
  };
  EXPECT_EQ(told("{}"), R"({"experimental":{"t/g":{"v":1}}}}})");
  EXPECT_EQ(told(R"({"tools":{}})"), R"({"experimental":{"t/g":{"v":1}},"tools":{}}}})");
  EXPECT_EQ(told(R"({"experimental":{ }})"), R"({"experimental":{"t/g":{"v":1} }}}})");
  EXPECT_EQ(told(R"({"experimental":{"a":1.0}})"), R"({"experimental":{"t/g":{"v":1},"a":1.0}}}})");
  EXPECT_EQ(told(R"({"experimental":{"t/g":0}})"), "-");
  EXPECT_EQ(told(R"({"experimental":[]})"), "-");
  EXPECT_EQ(told("[]"), "-");
  EXPECT_FALSE(with_capability(R"({"id":1,"error":{}})", "e", "t", "{}", workspace));
}

}  // namespace
}  // namespace tollhouse::mcp
