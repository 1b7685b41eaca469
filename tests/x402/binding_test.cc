// tests/x402: request hashes of published calls, and calls that have none.
#include "x402/binding.h"

#include <nlohmann/json.hpp>

#include "base/hex.h"
#include "crypto/sha256.h"
#include "support/precompiled.h"
#include "support/vectors.h"

namespace tollhouse::x402 {
namespace {

using Json = nlohmann::json;

/// The exact text of a member of `params`, as the gate hands it over.
std::string member_text(const Json& item, json::Document& workspace, std::string_view name) {
  const std::string params =
      item.contains("params_json") ? item["params_json"].get<std::string>() : item["params"].dump();
  const auto value = json::parse(params, workspace);
  if (!value) return "not JSON";  // a gate never gets that far; bind_mcp refuses it all the same
  const auto member = value->find(name);
  return member ? std::string(member->raw()) : std::string();
}

Result<Binding, Reason> bind_mcp_case(const Json& item) {
  json::Document workspace;
  const auto metadata = item["bound_metadata"].get<std::vector<std::string>>();
  const std::string server = item["server"].get<std::string>();
  std::string name = member_text(item, workspace, "name");
  name = name.size() > 2 ? name.substr(1, name.size() - 2) : std::string();
  const std::string arguments = member_text(item, workspace, "arguments");
  const std::string meta = member_text(item, workspace, "_meta");
  return bind_mcp({server, metadata, name, arguments, meta}, workspace);
}

Result<Binding, Reason> bind_http_case(const Json& item) {
  const auto headers = item["bound_headers"].get<std::vector<std::string>>();
  const Json& given = item["header_lines"];
  std::vector<HttpCall::Line> lines;
  for (const Json& line : given) {
    lines.push_back({line[0].get_ref<const std::string&>(), line[1].get_ref<const std::string&>()});
  }
  const std::string method = item["method"].get<std::string>();
  const std::string url = item["url"].get<std::string>();
  const Digest body = crypto::sha256(bytes_from_hex(item["body_hex"].get<std::string>()).value());
  return bind_http({method, url, body, headers, lines});
}

TEST(BindRequest, EveryPublishedCase) {
  const Json vectors = Json::parse(test::vector_file("x402/lnbtc-binding.json"));
  EXPECT_EQ(vectors["cases"].size(), 34u);
  for (const Json& item : vectors["cases"]) {
    SCOPED_TRACE(item["id"].get<std::string>());
    const bool mcp = item["profile"] == "mcp:1";
    const auto bound = mcp ? bind_mcp_case(item) : bind_http_case(item);
    const Json& expect = item["expect"];
    if (expect.contains("error")) {
      ASSERT_FALSE(bound);
      EXPECT_EQ(to_text(bound.error()), expect["error"].get<std::string>());
      continue;
    }
    ASSERT_TRUE(bound);
    EXPECT_EQ(hex(bound->request_hash.view()), expect["request_hash"].get<std::string>());
    json::Document workspace;
    const auto parameters = json::parse(bound->parameters, workspace);
    ASSERT_TRUE(parameters);
    EXPECT_TRUE(well_formed_parameters(bound->profile, *parameters));
  }
}

TEST(BindRequest, LongIntegersHaveNoHash) {
  json::Document workspace;
  const auto bind = [&](std::string_view arguments, std::string_view meta,
                        std::span<const std::string> names) {
    return bind_mcp({"https://gate.example/mcp", names, "t", arguments, meta}, workspace);
  };
  EXPECT_TRUE(bind(R"({"n":9007199254740992})", "", {}));
  EXPECT_FALSE(bind(R"({"n":9007199254740993})", "", {}));
  EXPECT_FALSE(bind(R"({"n":[{"m":-9007199254740993}]})", "", {}));
  EXPECT_FALSE(bind(R"({"n":123456789012345678901234567890})", "", {}));
  const std::vector<std::string> names{"tenant"};
  EXPECT_FALSE(bind("{}", R"({"tenant":9007199254740993})", names));
  EXPECT_TRUE(bind("{}", R"({"other":9007199254740993})", names));
}

TEST(BindRequest, NamesThatMayBeBound) {
  using Names = std::vector<std::string>;
  EXPECT_TRUE(valid_metadata_names(Names{}));
  EXPECT_TRUE(valid_metadata_names(Names{"a/tenant", "plan"}));
  EXPECT_FALSE(valid_metadata_names(Names{"plan", "a"}));
  EXPECT_FALSE(valid_metadata_names(Names{"a", "a"}));
  EXPECT_FALSE(valid_metadata_names(Names{""}));
  EXPECT_FALSE(valid_metadata_names(Names{"x402/payment"}));
  EXPECT_TRUE(valid_header_names(Names{"accept", "x-tenant"}));
  EXPECT_FALSE(valid_header_names(Names{"Accept"}));
  EXPECT_FALSE(valid_header_names(Names{"a b"}));
  EXPECT_FALSE(valid_header_names(Names{"payment-signature"}));
}

TEST(BindRequest, ParametersHaveTheirMembersAndNoOther) {
  struct Case {
    BindingProfile profile;
    const char* text;
    bool want;
  };
  const Case cases[] = {
      {BindingProfile::mcp, R"({"server":"https://a/","metadata":[]})", true},
      {BindingProfile::mcp, R"({"metadata":["a","b"],"server":"https://a/"})", true},
      {BindingProfile::mcp, R"({"metadata":["b","a"],"server":"https://a/"})", false},
      {BindingProfile::mcp, R"({"metadata":[1],"server":"https://a/"})", false},
      {BindingProfile::mcp, R"({"metadata":[],"server":7})", false},
      {BindingProfile::mcp, R"({"metadata":[],"server":"https://a/","x":1})", false},
      {BindingProfile::mcp, R"({"server":"https://a/"})", false},
      {BindingProfile::mcp, R"([])", false},
      {BindingProfile::http, R"({"headers":["accept"]})", true},
      {BindingProfile::http, R"({"headers":["Accept"]})", false},
      {BindingProfile::http, R"({"headers":["accept"],"x":1})", false},
      {BindingProfile::http, R"({"headers":null})", false},
  };
  for (const Case& item : cases) {
    json::Document workspace;
    const auto value = json::parse(item.text, workspace);
    ASSERT_TRUE(value);
    EXPECT_EQ(well_formed_parameters(item.profile, *value), item.want) << item.text;
  }
}

}  // namespace
}  // namespace tollhouse::x402
