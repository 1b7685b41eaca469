// tests/process: what a client of the Payment scheme reads and writes, and the place that its tests
// have: a tool server and a gate that takes the scheme beside L402 and x402.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "process/gate_process.h"

namespace tollhouse::test {

using Json = nlohmann::json;

constexpr std::string_view kTool = "success.json";
constexpr const char* kOn = "rails: { mpp: { enabled: true } }\n";
constexpr const char* kProblems = "https://paymentauth.org/problems/";

/// The values of each `WWW-Authenticate` line, in their order.
std::vector<std::string> lines_of(const HttpAnswer& answer);

/// The parameters of the answer's Payment line; null where there is none.
Json challenge_of(const HttpAnswer& answer);

/// What stands in base64 of either alphabet; null where it is none.
Json decoded(const std::string& text);

Json credential(const Json& challenge, const std::string& preimage);
std::string authorization(const Json& shown);
std::string payment(const Json& challenge, const std::string& preimage);

/// The challenge under an id that this gate would have given it: what it says is its own word.
Json under_the_gates_id(Json challenge, const Site& site);

class Mpp : public ::testing::Test {
 protected:
  Upstream upstream;
  Site site{upstream.port(), kOn};

  struct Bought {
    HttpAnswer refused;
    Json challenge;
    Credential token;
    std::string authorization() const { return payment(challenge, token.preimage); }
  };
  static Bought buy(const GateProcess& gate, const std::string& tool = std::string(kTool)) {
    Bought bought;
    bought.refused = gate.call(tool);
    bought.challenge = challenge_of(bought.refused);
    const auto paid = gate.pay(offer_of(bought.refused));
    EXPECT_TRUE(paid && !bought.challenge.is_null()) << bought.refused.head;
    if (paid) bought.token = *paid;
    return bought;
  }
  static HttpAnswer show(const GateProcess& gate, const std::string& shown,
                         const std::string& tool = std::string(kTool)) {
    return gate.call(tool, shown);
  }
  void expect_books(std::size_t charges) {
    const auto report = site.check();
    EXPECT_TRUE(report["ok"].get<bool>()) << report;
    EXPECT_EQ(report.value("charges", 999U), charges) << report;
    EXPECT_EQ(report.value("receipts", 999U), charges) << report;
  }
};

}  // namespace tollhouse::test
