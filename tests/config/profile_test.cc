// tests/config: a profile is what rows and keys are that nobody has set, and nothing else
// (requirements.md 19, R-CFG-7).
#include "config/loading.h"

namespace tollhouse::config {
namespace {

Request with_profile(const TemporaryFile& file) {
  Request request = bare_request();
  request.file = file.path().string();
  request.environment = {{"LN_GATE_HMAC", kRoot}};
  return request;
}

struct Profiled {
  explicit Profiled(const std::string& text)
      : file("gate.yaml", "upstream: http://127.0.0.1:3001/mcp\n" + text),
        all(loaded(with_profile(file))) {}

  gate::Terms terms(const char* tool) const {
    const gate::Route* route = all.settings.policy.route_for("/mcp");
    const gate::ToolRow* row = route == nullptr ? nullptr : route->row_for(tool);
    if (row == nullptr) ADD_FAILURE() << "no row for " << tool;
    return row == nullptr ? gate::Terms() : row->terms;
  }
  const gate::WorkSettings& work() const { return all.settings.policy.work; }

  TemporaryFile file;
  Loaded all;
};

TEST(Profile, R_PROF_1_CheapWrapperSellsEachToolForASat) {
  const Profiled gate("profile: cheap-wrapper\n");
  EXPECT_EQ(gate.terms("any").price, Msat::of_sat(1));
  EXPECT_TRUE(gate.terms("any").rails.l402 && gate.terms("any").rails.x402);
  EXPECT_FALSE(gate.terms("any").work);
  EXPECT_EQ(gate.work().per_day, 10'000u) << "a key that no profile sets";
}

TEST(Profile, R_PROF_7_PayPerUseHasAFreeTierOfWork) {
  const Profiled gate("profile: pay-per-use\n");
  EXPECT_EQ(gate.terms("any").price, Msat::of_sat(1));
  ASSERT_TRUE(gate.terms("any").work);
  EXPECT_EQ(gate.terms("any").work->bits, 18);
  EXPECT_FALSE(gate.terms("any").work->with_price);
  EXPECT_EQ(gate.work().per_minute, 10u);
  EXPECT_EQ(gate.work().per_day, 100u);
}

TEST(Profile, R_PROF_10_AnonymousPublicAsksForWorkThatFollowsTheLoad) {
  const Profiled gate("profile: anonymous-public\n");
  ASSERT_TRUE(gate.terms("any").work);
  EXPECT_TRUE(gate.terms("any").work->automatic);
  EXPECT_EQ(gate.terms("any").price, Msat::of_sat(1)) << "the way out of work";
}

TEST(Profile, WhatIsSetStaysAsItIs) {
  const Profiled gate(
      "profile: pay-per-use\nrails: { pow: { per_day: 7 } }\n"
      "tools: { a: { price_msat: 2500 }, b: { work: 20 bits }, c: { price: 9 sat, work: none }, "
      "d: , status: free }\n");
  EXPECT_EQ(gate.terms("a").price, Msat::of(2500));
  EXPECT_EQ(gate.terms("a").work->bits, 18);
  EXPECT_EQ(gate.terms("b").work->bits, 20);
  EXPECT_EQ(gate.terms("b").price, Msat::of_sat(1));
  EXPECT_FALSE(gate.terms("c").work) << "none is a value too";
  EXPECT_EQ(gate.terms("d").price, Msat::of_sat(1));
  EXPECT_TRUE(gate.terms("status").free());
  EXPECT_EQ(gate.work().per_day, 7u);
  EXPECT_EQ(gate.work().per_minute, 10u);
  const gate::Route* route = gate.all.settings.policy.route_for("/mcp");
  ASSERT_NE(route, nullptr);
  EXPECT_FALSE(route->other) << "rows that are named are all there are";
}

TEST(Profile, IsTheSameOnEachRouteAndFromEachSource) {
  const TemporaryFile file(
      "gate.yaml",
      "routes:\n  - { path: /a, upstream: { url: \"http://127.0.0.1:1/mcp\" } }\n"
      "  - { path: /b, upstream: { url: \"http://127.0.0.1:2/mcp\" }, tools: { x: {} } }\n");
  Request request = with_profile(file);
  request.environment["TOLLHOUSE_PROFILE"] = "cheap-wrapper";
  const Loaded by_environment = loaded(request);
  const gate::Policy& policy = by_environment.settings.policy;
  EXPECT_EQ(policy.route_for("/a")->row_for("any")->terms.price, Msat::of_sat(1));
  EXPECT_EQ(policy.route_for("/b")->row_for("x")->terms.price, Msat::of_sat(1));
  EXPECT_EQ(policy.route_for("/b")->row_for("any"), nullptr);
  request.sets = {"profile=pay-per-use"};
  EXPECT_TRUE(loaded(request).settings.policy.route_for("/a")->row_for("any")->terms.work);
}

TEST(Profile, StandsInTheConfigurationThatServeShows) {
  Request request = bare_request();
  request.upstream = kUpstream;
  request.environment = {{"LN_GATE_HMAC", kRoot}, {"TOLLHOUSE_PROFILE", "pay-per-use"}};
  const std::string yaml = equivalent_yaml(loaded(request).settings);
  EXPECT_NE(yaml.find("\"*\": { price: 1 sat, work: 18 bits }"), std::string::npos) << yaml;
}

/// Where a value came from can be seen.
TEST(Profile, IsNamedAsTheSourceOfWhatItSets) {
  const Profiled gate("profile: pay-per-use\n");
  const auto entry = std::ranges::find(gate.all.entries, "rails.pow.per_day", &Entry::key);
  ASSERT_NE(entry, gate.all.entries.end());
  EXPECT_EQ(entry->origin, "profile pay-per-use");
}

TEST(Profile, R_CFG_7_OthersAreNamedForWhatTheyLack) {
  const std::pair<const char*, const char*> lacking[] = {
      {"standard-paid", "reputation"},  {"gpu", "reputation"},
      {"destructive", "reputation"},    {"internal", "identity"},
      {"enterprise-sso", "identity"},   {"hybrid", "identity"},
      {"internal-tooling", "identity"}, {"realtime", "the session server"}};
  for (const auto& [name, part] : lacking) {
    const TemporaryFile file("gate.yaml",
                             "upstream: http://127.0.0.1:1/mcp\nprofile: " + std::string(name) +
                                 "\ntools: { x: { price: 1 sat } }\n");
    const std::string told = refusal(with_profile(file));
    EXPECT_NE(told.find("profile: " + std::string(part) + " is not part of this build"),
              std::string::npos)
        << told;
  }
  const TemporaryFile file("gate.yaml",
                           "upstream: http://127.0.0.1:1/mcp\nprofile: cheep\n"
                           "tools: { x: { price: 1 sat } }\n");
  const std::string told = refusal(with_profile(file));
  EXPECT_NE(told.find("cheap-wrapper, pay-per-use, anonymous-public"), std::string::npos) << told;
}

}  // namespace
}  // namespace tollhouse::config
