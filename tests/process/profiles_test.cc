// tests/process: the configurations of docs/profiles.md as they stand there: a caller who passes,
// and one who is refused at every stage (requirements.md 19).
#include <fstream>
#include <sstream>

#include "process/gate_process.h"
#include "support/precompiled.h"

namespace tollhouse::test {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kLinesMax = 10;
// Random once, used in these tests only.
constexpr const char* kRoot = "cf93fdb18d8595efb8799d8b583445451ad652e088ed26b51b5fd65de212f4fe";

/// The block of the page that begins with `profile: NAME`.
std::string configuration_of(const std::string& name) {
  std::ifstream page(std::string(TOLLHOUSE_SOURCE) + "/docs/profiles.md");
  std::string block;
  std::size_t lines = 0;
  bool inside = false;
  for (std::string line; std::getline(page, line);) {
    if (line == "```" && inside) break;
    inside = inside || line == "profile: " + name;
    if (!inside) continue;
    block += line + "\n";
    ++lines;
  }
  EXPECT_GT(lines, 0U) << name;
  EXPECT_LE(lines, kLinesMax) << name;
  return block;
}

class Profiles : public ::testing::Test {
 protected:
  /// The page's server is the one of this run.
  GateProcess started(const std::string& name) {
    std::string text = configuration_of(name);
    const std::string there = "127.0.0.1:3001";
    text.replace(text.find(there), there.size(), "127.0.0.1:" + std::to_string(upstream_.port()));
    site_.emplace(text);
    return GateProcess(
        *site_, {.environment = {"TOLLHOUSE_LISTEN=127.0.0.1:0", "TOLLHOUSE_ADMIN=127.0.0.1:0",
                                 "TOLLHOUSE_DATA_DIR=" + site_->books().string(),
                                 "LN_GATE_HMAC=" + std::string(kRoot)}});
  }

  static std::vector<std::string> offered(const HttpAnswer& refused) {
    std::vector<std::string> schemes;
    for (const auto& [name, value] : refused.fields) {
      if (name == "WWW-Authenticate") schemes.push_back(value.substr(0, value.find(' ')));
    }
    return schemes;
  }

  static HttpAnswer by_work(const GateProcess& gate, const std::string& tool,
                            const std::string& solution) {
    HttpRequest request = gate.request(tool);
    request.fields.emplace_back("X-PoW-Solution", solution);
    return send_request(gate.port(), request);
  }

  /// The work of a refusal, done by the program's own solver.
  static std::string solved(const HttpAnswer& refused) {
    const Json asked = refusal_of(refused)["pow"];
    const std::string challenge = asked["challenge"];
    Child solver({std::string(TOLLHOUSE_BUILD) + "/tollhouse", "solve", "--challenge", challenge,
                  "--unit", "bits", "--difficulty",
                  std::to_string(asked["difficultyBits"].get<int>())});
    EXPECT_EQ(solver.wait(), 0) << solver.output();
    solver.wait_for_line("\x01");  // until it has said all
    const Json found = Json::parse(solver.output());
    return "challenge=" + challenge + ",nonce=" + found["nonce"].get<std::string>();
  }

  using Schemes = std::vector<std::string>;

 private:
  Upstream upstream_;
  std::optional<Site> site_;
};

TEST_F(Profiles, R_PROF_1_CheapWrapperIsPaidAndNothingElse) {
  GateProcess gate = started("cheap-wrapper");
  const HttpAnswer refused = gate.call("web_search");
  EXPECT_EQ(refused.status, 402);
  EXPECT_EQ(offered(refused), (Schemes{"L402", "x402"}));
  EXPECT_EQ(offer_of(refused).price_msat, 3000U);
  EXPECT_EQ(offer_of(gate.call("echo")).price_msat, 1000U) << "the profile's price";
  EXPECT_EQ(gate.call("status").status, 200);
  EXPECT_EQ(by_work(gate, "web_search", "challenge=" + std::string(64, 'A') + ",nonce=1").status,
            402)
      << "work opens nothing here";

  const Credential bought = gate.buy("web_search");
  EXPECT_EQ(gate.call("web_search", "L402 " + bought.macaroon + ":" + std::string(64, '0')).status,
            401);
  EXPECT_EQ(gate.call("echo", bought.authorization()).status, 403) << "another tool's";
  EXPECT_EQ(gate.call("web_search", bought.authorization()).status, 200);
  EXPECT_EQ(gate.call_settled(gate.request("web_search", bought.authorization())).status, 409);
}

TEST_F(Profiles, R_PROF_7_PayPerUseIsFreeForAWhileToWhoWorks) {
  GateProcess gate = started("pay-per-use");
  const HttpAnswer refused = gate.call("web_search");
  EXPECT_EQ(refused.status, 402);
  EXPECT_EQ(offered(refused), (Schemes{"L402", "x402", "PoW"}));
  EXPECT_EQ(refusal_of(refused)["pow"]["difficultyBits"], 18);
  const std::string junk = refusal_of(refused)["pow"]["challenge"];
  EXPECT_EQ(code_of(by_work(gate, "web_search", "challenge=" + junk + ",nonce=0")),
            "invalid_solution");
  const std::string first = solved(refused);
  EXPECT_EQ(by_work(gate, "web_search", first).status, 200);
  EXPECT_EQ(code_of(by_work(gate, "web_search", first)), "pow_replay");
  EXPECT_EQ(by_work(gate, "web_search", solved(gate.call("web_search"))).status, 200);
  const HttpAnswer third = by_work(gate, "web_search", solved(gate.call("web_search")));
  EXPECT_EQ(third.status, 429) << "two a day are free";
  EXPECT_FALSE(third.field("Retry-After").empty());
  EXPECT_EQ(gate.call("web_search", gate.buy("web_search").authorization()).status, 200)
      << "the next one is paid";
}

TEST_F(Profiles, R_PROF_10_AnonymousPublicIsOpenedByWorkOrPaid) {
  GateProcess gate = started("anonymous-public");
  const HttpAnswer refused = gate.call("web_search");
  EXPECT_EQ(refused.status, 402);
  EXPECT_EQ(offered(refused), (Schemes{"L402", "x402", "PoW"}));
  EXPECT_GE(refusal_of(refused)["pow"]["difficultyBits"], 12);
  const std::string solution = solved(refused);
  HttpRequest elsewhere = gate.request("web_search");
  elsewhere.fields.emplace_back("X-PoW-Solution", solution);
  elsewhere.source = 2;
  EXPECT_EQ(code_of(send_request(gate.port(), elsewhere)), "pow_binding")
      << "another client's work";
  EXPECT_EQ(by_work(gate, "web_search", solution).status, 200);
  EXPECT_EQ(by_work(gate, "web_search", solution).status, 409);
  EXPECT_EQ(gate.call("web_search", gate.buy("web_search").authorization()).status, 200)
      << "the way out of work";
}

}  // namespace
}  // namespace tollhouse::test
