// tests/process: identity and payment in one field. Goal: its payment part pays as L402 does, what
// cannot be read is refused before anything is judged, and the upstream never sees it.
#include "process/gate_process.h"
#include "support/precompiled.h"

namespace tollhouse::test {
namespace {

constexpr const char* kField = "X-MCP-Auth-Composite";
constexpr const char* kIdentity = "Identity eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln";

class CompositeHeader : public ::testing::Test {
 protected:
  Upstream upstream;
  Site site{upstream.port()};
  GateProcess gate{site};

  void SetUp() override { ASSERT_TRUE(gate.started()) << gate.output(); }
  using Fields = std::vector<std::pair<std::string, std::string>>;
  HttpAnswer call(const Fields& fields, const std::string& tool = "success.json") {
    HttpRequest request = gate.request(tool, "");
    for (const auto& field : fields) request.fields.push_back(field);
    return gate.call_settled(request);
  }
  void expect_charges(std::size_t charges) {
    const auto report = site.check();
    EXPECT_TRUE(report["ok"].get<bool>()) << report;
    EXPECT_EQ(report.value("charges", 0U), charges) << report;
  }
};

TEST_F(CompositeHeader, R_ID_9_ItsPaymentPartPays) {
  const std::string other_order = "; " + std::string(kIdentity);
  for (const bool reversed : {false, true}) {
    const std::string payment = "payment " + gate.buy("success.json").pair();
    const std::string value = reversed ? payment + other_order : kIdentity + (", " + payment);
    const HttpAnswer paid = call({{kField, value}});
    ASSERT_EQ(paid.status, 200) << paid.body;
    const auto seen = upstream.received().back();
    EXPECT_EQ(seen.field(kField), "");
    EXPECT_EQ(call({{kField, value}}).status, 409) << "spent as any other";
  }
  const Credential credential = gate.buy("success.json");
  const HttpAnswer by_lines = call({{kField, kIdentity}, {kField, "Payment " + credential.pair()}});
  EXPECT_EQ(by_lines.status, 200) << by_lines.body;
  expect_charges(3);
}

TEST_F(CompositeHeader, R_ID_9_WhatStandsBesideItIsTheSame) {
  const Credential credential = gate.buy("success.json");
  const std::string payment = "Payment " + credential.pair();
  const Fields conflicts[] = {
      {{kField, payment}, {"X-L402", gate.buy("success.sse").pair()}},
      {{kField, payment}, {"X-L402", "nonsense"}},
      {{kField, kIdentity}, {"Authorization", "Bearer eyJhbGciOiJSUzI1NiJ9.e30.c2ln"}},
  };
  for (const Fields& fields : conflicts) {
    const HttpAnswer refused = call(fields);
    // What cannot be read in an earlier carrier is said as that.
    const bool malformed = fields.back().second == "nonsense";
    EXPECT_EQ(refused.status, malformed ? 401 : 400) << refused.body;
    EXPECT_EQ(code_of(refused), malformed ? "malformed" : "conflicting_credentials");
  }
  EXPECT_EQ(upstream.requests(), 0U);
  const HttpAnswer same = call({{kField, payment}, {"X-L402", credential.pair()}});
  EXPECT_EQ(same.status, 200) << same.body;
  expect_charges(1);
}

TEST_F(CompositeHeader, R_ID_9_WhatCannotBeReadIsRefusedAndSpendsNothing) {
  const Credential credential = gate.buy("success.json");
  const struct {
    std::string value;
    std::string detail;
  } rows[] = {
      {kIdentity + (", Budget 3, Payment " + credential.pair()), "unknown_part"},
      {"Payment " + credential.pair() + ", Payment " + credential.pair(), "duplicate_part"},
      {"Payment " + credential.macaroon, "malformed_payment"},
      {"Identity a.b, Payment " + credential.pair(), "malformed_identity"},
      {",;", "empty"},
  };
  for (const auto& row : rows) {
    const HttpAnswer refused =
        call({{kField, row.value}, {"Authorization", credential.authorization()}});
    EXPECT_EQ(refused.status, 400) << refused.body;
    EXPECT_EQ(code_of(refused), "invalid_request");
    EXPECT_EQ(refusal_of(refused).value("detail", ""), row.detail);
    EXPECT_EQ(refused.field("WWW-Authenticate"), "");
  }
  const std::string list = "Payment " + credential.macaroon + ", " + credential.pair();
  EXPECT_EQ(code_of(call({{kField, list}})), "malformed") << "a list pays nothing here";
  EXPECT_EQ(upstream.requests(), 0U);
  EXPECT_EQ(gate.call("success.json", credential.authorization()).status, 200);
  expect_charges(1);
}

TEST_F(CompositeHeader, R_ID_9_IdentityAloneLeavesThePriceToBePaid) {
  const HttpAnswer asked = call({{kField, kIdentity}});
  EXPECT_EQ(asked.status, 402);
  EXPECT_EQ(code_of(asked), "payment_required");
  const HttpAnswer free = call({{kField, "Budget 3"}}, "free.json");
  EXPECT_EQ(free.status, 200) << "nothing is asked, so nothing shown counts: " << free.body;
  EXPECT_EQ(upstream.received().back().field(kField), "");
}

}  // namespace
}  // namespace tollhouse::test
