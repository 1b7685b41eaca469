// tests/mcp/ingress_test.cc mirrors src/mcp/ingress.cc, confusable.cc and routing_headers.cc.
// Goal: each published case and each reason, one fault per row, through the same function.
#include "mcp/ingress.h"

#include <nlohmann/json.hpp>
#include <set>

#include "base/base64.h"
#include "mcp/confusable.h"
#include "mcp/header_codec.h"
#include "mcp/param_headers.h"
#include "mcp/splice.h"
#include "support/precompiled.h"
#include "support/vectors.h"

namespace tollhouse::mcp {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

RoutingHeaders headers_of(const Fields& fields) {
  RoutingHeaders headers;
  for (const auto& [name, value] : fields) headers.see(name, value);
  return headers;
}

const Fields kLegacy = {{"Content-Type", "application/json"},
                        {"MCP-Protocol-Version", "2025-11-25"}};

Fields modern(std::string_view method, std::optional<std::string> name = {}) {
  Fields fields = {{"Content-Type", "application/json"},
                   {"MCP-Protocol-Version", "2026-07-28"},
                   {"Mcp-Method", std::string(method)}};
  if (name) fields.emplace_back("Mcp-Name", *name);
  return fields;
}

constexpr std::string_view kMeta =
    R"("_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
    R"("io.modelcontextprotocol/clientCapabilities":{}})";

std::string request(std::string_view method, std::string_view params) {
  std::string body = R"({"jsonrpc":"2.0","id":1,"method":")" + std::string(method) + "\"";
  if (!params.empty()) body += ",\"params\":" + std::string(params);
  return body + "}";
}
std::string modern_call(std::string_view name) {
  return request("tools/call",
                 "{\"name\":\"" + std::string(name) + "\"," + std::string(kMeta) + "}");
}

Result<Message, Rejection> read(const Fields& fields, std::string_view body,
                                const IngressSettings& settings = {}) {
  json::Document workspace(11);
  return read_message(headers_of(fields), body, settings, workspace);
}

std::string token_of(const Result<Message, Rejection>& got) {
  return got ? "accepted" : std::string(row_of(kReasons, got.error().reason).token);
}

const std::map<MessageKind, std::string> kKindNames = {{MessageKind::request, "request"},
                                                       {MessageKind::notification, "notification"},
                                                       {MessageKind::response, "response"}};

void expect_accepted(const nlohmann::json& want, const Result<Message, Rejection>& got) {
  ASSERT_TRUE(got) << token_of(got);
  EXPECT_EQ(kKindNames.at(got->kind), want.at("kind").get<std::string>());
  const std::string era = got->era == Era::modern ? "modern" : "legacy";
  EXPECT_EQ(era, want.value("era", era));
  EXPECT_EQ(got->method_text, want.value("method", std::string()));
  EXPECT_EQ(got->name, want.value("name", std::string()));
  const std::string id(got->id.empty() ? "null" : got->id);
  EXPECT_EQ(nlohmann::json::parse(id), want.at("id"));
}

void expect_rejected(const nlohmann::json& want, const Result<Message, Rejection>& got) {
  ASSERT_FALSE(got);
  EXPECT_EQ(token_of(got), want.at("reason").get<std::string>());
  EXPECT_EQ(got.error().http_status, want.at("status").get<int>());
  EXPECT_EQ(got.error().code, want.at("code").get<int>());
  EXPECT_EQ(nlohmann::json::parse(got.error().id), want.at("id"));
}

TEST(Ingress, PublishedCases) {
  const auto file = nlohmann::json::parse(test::vector_file("mcp/ingress.json"));
  int cases = 0;
  for (const auto& c : file.at("cases")) {
    SCOPED_TRACE(c.at("id").get<std::string>());
    ++cases;
    Fields fields;
    for (const auto& header : c.at("headers")) fields.emplace_back(header.at(0), header.at(1));
    std::string body;
    if (c.contains("body_b64")) {
      const auto bytes = bytes_from_base64(c.at("body_b64").get<std::string>(),
                                           Base64Alphabet::standard, Base64Padding::required);
      body = text_of(bytes.value());
    } else {
      body = c.at("body");
    }
    const auto got = read(fields, body);
    const auto& want = c.at("expect");
    want.at("verdict") == "accept" ? expect_accepted(want, got) : expect_rejected(want, got);
  }
  EXPECT_EQ(cases, 111);
}

struct Fault {
  const char* name;
  Fields fields;
  std::string body;
  const char* want;
};

TEST(Ingress, OneReasonPerFault) {
  const Fields call = modern("tools/call", "x");
  const std::string good = modern_call("x");
  const auto with = [&](Fields fields, std::string name, std::string value) {
    fields.emplace_back(std::move(name), std::move(value));
    return fields;
  };
  const Fields future = {{"Content-Type", "application/json"},
                         {"MCP-Protocol-Version", "2027-01-01"},
                         {"Mcp-Method", "ping"}};
  const std::string name_128(128, 'n');
  const std::string id_256 = "\"" + std::string(256, 'i') + "\"";
  const Fault faults[] = {
      {"good", call, good, "accepted"},
      {"type quoted charset",
       {{"content-type", "Application/JSON;charset=\"UTF-8\";"}},
       request("ping", ""),
       "accepted"},
      {"other charset",
       {{"Content-Type", "application/json; charset=latin1"}},
       good,
       "content_type"},
      {"other parameter", {{"Content-Type", "application/json; a=b"}}, good, "content_type"},
      {"same type twice", with(call, "Content-Type", "application/json"), good, "content_type"},
      {"identity", with(call, "Content-Encoding", "identity"), good, "accepted"},
      {"two encodings", with(call, "Content-Encoding", "identity, gzip"), good, "content_encoding"},
      {"session twice", with(with(call, "Mcp-Session-Id", "a"), "mcp-session-id", "a"), good,
       "duplicate_header"},
      {"origin twice", with(with(call, "Origin", "a"), "Origin", "b"), good, "duplicate_header"},
      {"param twice", with(with(call, "Mcp-Param-A", "1"), "mcp-param-a", "1"), good,
       "duplicate_header"},
      {"two params", with(with(call, "Mcp-Param-A", "1"), "Mcp-Param-B", "1"), good, "accepted"},
      {"duplicates before json", with(call, "Mcp-Name", "x"), "{", "duplicate_header"},
      {"empty", kLegacy, "", "json_empty"},
      {"bom", kLegacy, "\xef\xbb\xbf{}", "json_bom"},
      {"utf8", kLegacy, "\"\xff\"", "json_utf8"},
      {"surrogate", kLegacy, R"({"a":"\ud800"})", "json_surrogate"},
      {"syntax", kLegacy, "{", "json_syntax"},
      {"trailing", kLegacy, "{}{}", "json_trailing"},
      {"depth", kLegacy, std::string(65, '['), "json_depth"},
      {"twin", kLegacy, R"({"a":1,"a":1})", "json_duplicate_key"},
      {"limit", kLegacy, std::string(1025, '1'), "json_limit"},
      {"batch", kLegacy, "[" + good + "]", "batch"},
      {"number", kLegacy, "7", "not_object"},
      {"twin of method", kLegacy, R"({"jsonrpc":"2.0","id":1,"METHOD":"x"})", "confusable_key"},
      {"1.0", kLegacy, R"({"jsonrpc":"1.0","id":1,"method":"ping"})", "jsonrpc_version"},
      {"id of 256", kLegacy, R"({"jsonrpc":"2.0","method":"ping","id":)" + id_256 + "}",
       "accepted"},
      {"id of 257", kLegacy, R"({"jsonrpc":"2.0","method":"ping","id":"i)" + id_256.substr(1) + "}",
       "bad_id"},
      {"id -2^53", kLegacy, R"({"jsonrpc":"2.0","method":"ping","id":-9007199254740992})",
       "bad_id"},
      {"response without id", kLegacy, R"({"jsonrpc":"2.0","result":{}})", "bad_id"},
      {"two shapes", kLegacy, R"({"jsonrpc":"2.0","id":1,"method":"ping","error":{}})",
       "ambiguous_kind"},
      {"no shape", kLegacy, R"({"jsonrpc":"2.0","id":1})", "no_method"},
      {"empty method", kLegacy, request("", ""), "bad_method"},
      {"method of 128", kLegacy, request(name_128, ""), "accepted"},
      {"method of 129", kLegacy, request(name_128 + "n", ""), "bad_method"},
      {"call as notification", kLegacy, R"({"jsonrpc":"2.0","method":"tools/call"})",
       "call_without_id"},
      {"unknown method as notification", kLegacy, R"({"jsonrpc":"2.0","method":"vendor/run"})",
       "call_without_id"},
      {"params", kLegacy, request("ping", "[]"), "params_not_object"},
      {"twin of name", kLegacy, request("tools/call", R"({"name":"x","NAME":"y"})"),
       "confusable_key"},
      {"twin in meta", kLegacy, request("tools/call", R"({"name":"x","_meta":{"X402/payment":1}})"),
       "confusable_key"},
      {"meta", kLegacy, request("tools/call", R"({"name":"x","_meta":1})"), "meta_not_object"},
      {"twin of the meta beside params", kLegacy,
       R"({"jsonrpc":"2.0","id":1,"method":"ping","_META":{}})", "confusable_key"},
      {"twin in the meta beside params", kLegacy,
       R"({"jsonrpc":"2.0","id":1,"method":"ping","_meta":{"org.paymentauth/Credential":1}})",
       "confusable_key"},
      {"no uri", kLegacy, request("resources/read", R"({"name":"x"})"), "name_missing"},
      {"task id", kLegacy, request("tasks/get", R"({"taskId":7})"), "name_missing"},
      {"name of 128", kLegacy, request("tools/call", "{\"name\":\"" + name_128 + "\"}"),
       "accepted"},
      {"name of 129", kLegacy, request("tools/call", "{\"name\":\"" + name_128 + "n\"}"),
       "name_too_long"},
      {"uri of 8193", kLegacy,
       request("resources/read", "{\"uri\":\"" + std::string(8193, 'u') + "\"}"), "name_too_long"},
      {"arguments", kLegacy, request("prompts/get", R"({"name":"x","arguments":[]})"),
       "arguments_not_object"},
      {"modern response", modern("x"), R"({"jsonrpc":"2.0","id":1,"error":{}})",
       "response_not_allowed"},
      {"header alone", call, request("tools/call", R"({"name":"x"})"), "meta_version_missing"},
      {"number as version", call,
       request("tools/call",
               R"({"name":"x","_meta":{"io.modelcontextprotocol/protocolVersion":1}})"),
       "version_not_string"},
      {"meta alone", {{"Content-Type", "application/json"}}, good, "header_missing_version"},
      {"differ", kLegacy, good, "version_mismatch"},
      {"legacy version in both", kLegacy,
       request("ping", R"({"_meta":{"io.modelcontextprotocol/protocolVersion":"2025-11-25"}})"),
       "version_unsupported"},
      {"future", future,
       request("ping", R"({"_meta":{"io.modelcontextprotocol/protocolVersion":"2027-01-01"}})"),
       "version_unsupported"},
      {"unknown legacy version",
       {{"Content-Type", "application/json"}, {"MCP-Protocol-Version", "1.0"}},
       request("ping", ""),
       "version_unsupported"},
      {"capabilities", modern("ping"),
       request("ping", R"({"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}})"),
       "meta_capabilities_missing"},
      {"no method header",
       {{"Content-Type", "application/json"}, {"MCP-Protocol-Version", "2026-07-28"}},
       good,
       "method_header_missing"},
      {"method differs", modern("Tools/call", "x"), good, "method_mismatch"},
      {"no name header", modern("tools/call"), good, "name_header_missing"},
      {"raw bytes", modern("tools/call", "\xc3\xa9"), modern_call("\xc3\xa9"),
       "name_header_charset"},
      {"name differs", modern("tools/call", "y"), good, "name_mismatch"},
      {"name where none belongs", with(kLegacy, "Mcp-Name", "x"), request("tools/list", ""),
       "name_mismatch"},
      {"empty name where none belongs", with(kLegacy, "Mcp-Name", ""), request("tools/list", ""),
       "name_mismatch"},
      {"modern notification needs no mirror",
       {{"Content-Type", "application/json"}, {"MCP-Protocol-Version", "2026-07-28"}},
       R"({"jsonrpc":"2.0","method":"notifications/x"})",
       "accepted"},
      {"modern notification, versions differ", modern("notifications/x"),
       R"({"jsonrpc":"2.0","method":"notifications/x","params":)"
       R"({"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-29"}}})",
       "version_mismatch"},
  };
  std::set<std::string> reached = {"body_too_large", "param_header_mismatch"};  // below
  for (const Fault& fault : faults) {
    EXPECT_EQ(token_of(read(fault.fields, fault.body)), fault.want) << fault.name;
    reached.insert(fault.want);
  }
  for (const auto& row : kReasons)
    EXPECT_TRUE(reached.contains(std::string(row.token))) << row.token;
}

TEST(Ingress, SettingsBoundTheBodyAndNames) {
  const std::string body = request("tools/call", R"({"name":"a/b"})");
  EXPECT_EQ(token_of(read(kLegacy, body, {.body_bytes_max = body.size()})), "accepted");
  EXPECT_EQ(token_of(read(kLegacy, body, {.body_bytes_max = body.size() - 1})), "body_too_large");
  EXPECT_EQ(token_of(read(kLegacy, body, {.strict_names = true})), "name_missing");
  const std::string plain = request("tools/call", R"({"name":"a.b-C_1"})");
  EXPECT_EQ(token_of(read(kLegacy, plain, {.strict_names = true})), "accepted");
  EXPECT_EQ(read({{"Content-Type", "text/plain"}}, body).error().http_status, 415);
  EXPECT_EQ(read(kLegacy, body, {.body_bytes_max = 1}).error().http_status, 413);
}

TEST(Ingress, KeepsExactRanges) {
  const std::string body =
      R"( {"jsonrpc":"2.0","id":"a\u0062","method":"tools/call","params":{"name":"x","_meta":)"
      R"({"progressToken":7,"tollhouse/l402":"M:r","a":1,"x402/payment":{"p":1},)"
      R"("io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
      R"("io.modelcontextprotocol/clientCapabilities":{"elicitation":{"url":{}},)"
      R"("extensions":{"io.modelcontextprotocol/tasks":{}}}},"arguments":{ "q": 1 },)"
      R"("requestState":"s","inputResponses":{}}})";
  const auto got = read(modern("tools/call", "x"), body);
  ASSERT_TRUE(got) << token_of(got);
  EXPECT_EQ(got->id, R"("a\u0062")");
  EXPECT_EQ(got->arguments, "{ \"q\": 1 }");
  EXPECT_EQ(got->progress_token, "7");
  EXPECT_EQ(got->request_state, "\"s\"");
  EXPECT_EQ(got->input_responses, "{}");
  EXPECT_EQ(got->protocol_version, "2026-07-28");
  ASSERT_EQ(got->credentials.size(), 2u);
  EXPECT_EQ(got->credentials[0].name, "tollhouse/l402");
  EXPECT_EQ(got->credentials[0].value, "\"M:r\"");
  EXPECT_EQ(got->credentials[1].value, "{\"p\":1}");
  EXPECT_TRUE(got->hints.x402);
  EXPECT_FALSE(got->hints.paymentauth);
  EXPECT_TRUE(got->capabilities.elicitation_url);
  EXPECT_FALSE(got->capabilities.elicitation_form);
  EXPECT_TRUE(got->capabilities.tasks);
  EXPECT_TRUE(got->meta_cut.starts_with(",\"_meta\""));
}

TEST(Ingress, BesideParamsOnlyThePaymentSchemesCredentialIsTheGates) {
  const std::string body =
      R"({"_meta":{"org.paymentauth/credential":{"r":1},"tollhouse/l402":"M:r","x402/payment":2},)"
      R"("jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"x","_meta":)"
      R"({"org.paymentauth/credential":{"p":1}}}})";
  const auto got = read(kLegacy, body);
  ASSERT_TRUE(got) << token_of(got);
  ASSERT_EQ(got->credentials.size(), 2u);
  EXPECT_EQ(got->credentials[0].value, R"({"r":1})");
  EXPECT_TRUE(got->credentials[0].beside_params);
  EXPECT_EQ(got->credentials[1].value, R"({"p":1})");
  EXPECT_FALSE(got->credentials[1].beside_params);
  EXPECT_TRUE(got->hints.paymentauth);
  EXPECT_FALSE(got->hints.x402);
  EXPECT_EQ(body_without_credentials(*got),
            R"({"_meta":{"tollhouse/l402":"M:r","x402/payment":2},"jsonrpc":"2.0","id":1,)"
            R"("method":"tools/call","params":{"name":"x","_meta":{}}})");
  EXPECT_EQ(token_of(read(kLegacy, R"({"jsonrpc":"2.0","id":1,"method":"ping","_meta":1})")),
            "accepted");
}

TEST(Ingress, LearnsCapabilitiesFromInitialize) {
  const auto got =
      read({{"Content-Type", "application/json"}},
           request("initialize", R"({"protocolVersion":"2025-11-25","capabilities":)"
                                 R"({"elicitation":{},"experimental":{"payment":{}}}})"));
  ASSERT_TRUE(got) << token_of(got);
  EXPECT_EQ(got->protocol_version, "2025-03-26");
  EXPECT_TRUE(got->capabilities.elicitation_form);
  EXPECT_FALSE(got->capabilities.elicitation_url);
  EXPECT_TRUE(got->capabilities.payment);
}

TEST(Confusable, FoldsWhatOtherParsersFold) {
  const struct {
    const char* name;
    Level level;
    bool want;
  } cases[] = {
      {"name", Level::params, false},
      {"nam", Level::params, false},
      {"names", Level::params, false},
      {"NAME", Level::params, true},
      {"na me", Level::params, true},
      {"\tname", Level::params, true},
      {"n\xc2\xad"
       "ame",
       Level::params, true},                          // soft hyphen
      {"name\xef\xbb\xbf", Level::params, true},      // U+FEFF
      {"name\xf3\xa0\x80\xa0", Level::params, true},  // tag space
      {"\xef\xbd\x8e"
       "ame",
       Level::params, true},  // fullwidth n
      {"\xf0\x9d\x90\xa7"
       "ame",
       Level::params, true},  // mathematical bold n
      {"\xe2\x93\x9d"
       "ame",
       Level::params, true},                       // circled n
      {"n\xe1\xb5\x83me", Level::params, true},    // modifier letter a
      {"argument\xc5\xbf", Level::params, true},   // long s
      {"tas\xe2\x84\xaaId", Level::params, true},  // kelvin sign
      {"taskid", Level::params, true},
      {"reque\xef\xac\x86"
       "State",
       Level::params, true},                         // ligature st
      {"\xef\xbc\xbfmeta", Level::params, true},     // fullwidth low line
      {"n\xc3\xa1me", Level::params, false},         // a acute is another letter
      {"\xd0\xbd\xd0\xb0me", Level::params, false},  // Cyrillic look-alikes are not folded
      {"name", Level::top, false},
      {"ID", Level::top, true},
      {"_Meta", Level::top, true},
      {"\xe2\x85\xb0"
       "d",
       Level::top, true},  // roman numeral one
      {"json\xe2\x82\xa8"
       "pc",
       Level::top, false},  // rupee sign: "rs", not known
      {"Tollhouse/pow", Level::meta, true},
      {"tollhouse /pow", Level::meta, true},
      {"tollhouse/anything Else", Level::meta, false},
      {"ProgressToken", Level::meta, true},
      {"io\xe2\x80\xa4modelcontextprotocol\xef\xbc\x8fprotocolVersion", Level::meta, true},
      {"org.paymentauth/Credential", Level::meta, true},
      {"com.vendor/key", Level::meta, false},
      {"", Level::params, false},
  };
  for (const auto& c : cases) EXPECT_EQ(is_confusable(c.name, c.level), c.want) << c.name;
  EXPECT_TRUE(is_confusable(std::string_view("name\0", 5), Level::params));
  EXPECT_FALSE(is_confusable(std::string(5000, ' ') + "names", Level::params));
  EXPECT_TRUE(is_confusable(std::string(900, ' ') + "name", Level::params));
}

TEST(HeaderCodec, PublishedVectors) {
  const auto file = nlohmann::json::parse(test::vector_file("mcp/header-codec.json"));
  for (const auto& c : file.at("encode")) {
    const std::string value = c.at("value");
    EXPECT_EQ(encode_header_value(value), c.at("header").get<std::string>()) << value;
    EXPECT_EQ(decode_header_value(c.at("header").get<std::string>()), value);
  }
  for (const auto& c : file.at("decode")) {
    const auto got = decode_header_value(c.at("header").get<std::string>());
    ASSERT_EQ(got.has_value(), !c.at("value").is_null()) << c.at("header");
    if (got) EXPECT_EQ(*got, c.at("value").get<std::string>());
  }
  for (const auto& c : file.at("integer_and_boolean_compare")) {
    json::Document document;
    const std::string body = c.at("body");
    const auto argument = json::parse(body, document).value();
    EXPECT_EQ(header_equals_argument(c.at("header").get<std::string>(), argument),
              c.at("equal").get<bool>())
        << c.dump();
  }
}

RC_GTEST_PROP(HeaderCodec, DecodingUndoesEncoding, ()) {
  const std::string value =
      *rc::gen::container<std::string>(rc::gen::elementOf(std::string("a =?base64\t\n\x7f")));
  const std::string field = encode_header_value(value);
  RC_ASSERT(is_plain_header_value(field));
  RC_ASSERT(decode_header_value(field) == value);
}

TEST(ParamHeaders, MirrorTheSchema) {
  json::Document schema_document;
  const auto schema =
      json::parse(
          R"({"properties":{"region":{"type":"string","x-mcp-header":"Region"},)"
          R"("o":{"type":"object","properties":{"n":{"type":"integer","x-mcp-header":"N"}}},)"
          R"("b":{"type":"boolean","x-mcp-header":"B"},"plain":{"type":"string"}}})",
          schema_document)
          .value();
  const auto mirrored = param_headers_of(schema);
  ASSERT_TRUE(mirrored);
  ASSERT_EQ(mirrored->size(), 3u);
  EXPECT_EQ((*mirrored)[1].path, (std::vector<std::string>{"o", "n"}));

  const std::string all = R"({"region":"é","o":{"n":42},"b":true})";
  const struct {
    const char* name;
    Fields fields;
    std::string arguments;
    Era era;
    bool want;
  } cases[] = {
      {"all",
       {{"mcp-param-region", "=?base64?w6k=?="}, {"Mcp-Param-N", "42.0"}, {"Mcp-Param-B", "true"}},
       all,
       Era::modern,
       true},
      {"one missing",
       {{"mcp-param-region", "=?base64?w6k=?="}, {"Mcp-Param-N", "42"}},
       all,
       Era::modern,
       false},
      {"one missing, legacy", {{"Mcp-Param-N", "42"}}, all, Era::legacy, true},
      {"a lie, legacy", {{"Mcp-Param-N", "43"}}, all, Era::legacy, false},
      {"null has none", {}, R"({"region":null})", Era::modern, true},
      {"field for null", {{"Mcp-Param-Region", "null"}}, R"({"region":null})", Era::modern, false},
      {"field for nothing", {{"Mcp-Param-B", "true"}}, "", Era::modern, false},
      {"no argument", {}, "", Era::modern, true},
      {"raw bytes", {{"Mcp-Param-Region", "\xc3\xa9"}}, R"({"region":"é"})", Era::modern, false},
      {"unknown field", {{"Mcp-Param-Zone", "1"}}, "{}", Era::modern, true},
      {"object under a string's name",
       {{"Mcp-Param-Region", "{}"}},
       R"({"region":{}})",
       Era::modern,
       false},
  };
  for (const auto& c : cases) {
    Message message;
    message.era = c.era;
    message.arguments = c.arguments;
    json::Document workspace;
    const auto got = check_param_headers(headers_of(c.fields), *mirrored, message, workspace);
    EXPECT_EQ(got.has_value(), c.want) << c.name;
    if (!got) EXPECT_EQ(got.error(), Reason::param_header_mismatch);
  }
}

TEST(ParamHeaders, BrokenToolsHaveNone) {
  for (const char* text : {R"({"properties":{"a":{"type":"number","x-mcp-header":"A"}}})",
                           R"({"properties":{"a":{"type":"string","x-mcp-header":"A b"}}})",
                           R"({"properties":{"a":{"type":"string","x-mcp-header":1}}})",
                           R"({"properties":{"a":{"type":"string","x-mcp-header":"A"},)"
                           R"("b":{"type":"string","x-mcp-header":"a"}}})"}) {
    json::Document document;
    EXPECT_FALSE(param_headers_of(json::parse(text, document).value())) << text;
  }
}

}  // namespace
}  // namespace tollhouse::mcp
