// tests/process: what the ways to pay promise each other, and what they promise over a restart: by
// the real program over real sockets. Promise: a refusal spends neither money nor work.
#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "pow/challenge.h"
#include "pow/verify.h"
#include "pow/work.h"
#include "process/gate_process.h"
#include "support/precompiled.h"

namespace tollhouse::test {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kTool = "success.json";

Json offer_on(const HttpAnswer& refused, std::string_view network) {
  for (const Json& each : refusal_of(refused)["accepts"]) {
    if (each["network"].get<std::string>().starts_with(network)) return each;
  }
  ADD_FAILURE() << "no offer on " << network << ": " << refused.body;
  return {};
}

HttpRequest paying(HttpRequest request, const Json& accepted, const Json& payload) {
  const Json payment = {{"x402Version", 2}, {"accepted", accepted}, {"payload", payload}};
  request.fields.emplace_back("PAYMENT-SIGNATURE", base64(bytes_of(payment.dump())));
  return request;
}

HttpAnswer show_work(const GateProcess& gate, const std::string& tool,
                     const std::string& solution) {
  HttpRequest request = gate.request(tool);
  request.fields.emplace_back("X-PoW-Solution", solution);
  return send_request(gate.port(), request);
}

class TheRails : public ::testing::Test {
 protected:
  Upstream upstream;

  void expect_books(const Site& site, std::size_t charges) {
    const auto report = site.check();
    EXPECT_TRUE(report["ok"].get<bool>()) << report;
    EXPECT_EQ(report.value("charges", 999U), charges) << report;
  }
};

TEST_F(TheRails, R_POW_9_WorkBesideAPaymentThatTheWalletDoesNotConfirmIsGivenBack) {
  const Site site(upstream.port());
  GateProcess gate(site);
  const HttpAnswer refused = gate.call("both.json");
  const Json accepted = offer_on(refused, "bip122:");
  HttpRequest request =
      paying(gate.request("both.json"), accepted, {{"invoice", accepted["extra"]["invoice"]}});
  request.fields.emplace_back("X-PoW-Solution", solved(refusal_of(refused)["pow"]));
  EXPECT_EQ(code_of(send_request(gate.port(), request)), "invoice_not_paid");
  ASSERT_TRUE(gate.pay(offer_of(refused)));
  gate.fault("down");
  const HttpAnswer unknown = send_request(gate.port(), request);
  EXPECT_EQ(unknown.status, 503);
  EXPECT_EQ(code_of(unknown), "lnbits_unreachable");
  gate.fault("none");
  EXPECT_EQ(send_request(gate.port(), request).status, 200) << "by the same work";
  EXPECT_EQ(upstream.calls("both.json"), 1U);
  expect_books(site, 1);
}

TEST_F(TheRails, R_POW_9_WhoHasPaidIsAskedForWorkAlsoWhileTheWalletIsDown) {
  const Site site(upstream.port());
  GateProcess gate(site);
  const HttpAnswer refused = gate.call("both.json");
  const auto paid = gate.pay(offer_of(refused));
  ASSERT_TRUE(paid);
  const Json accepted = offer_on(refused, "bip122:");
  HttpRequest by_x402 =
      paying(gate.request("both.json"), accepted, {{"invoice", accepted["extra"]["invoice"]}});
  HttpRequest by_l402 = gate.request("both.json", paid->authorization());
  // From where no invoice is open that could be offered again.
  by_x402.source = by_l402.source = 2;
  gate.fault("down");
  for (const HttpRequest& request : {by_x402, by_l402}) {
    const HttpAnswer asked = send_request(gate.port(), request);
    EXPECT_EQ(asked.status, 402) << asked.body;
    EXPECT_EQ(code_of(asked), "pow_required");
    EXPECT_EQ(asked.count("WWW-Authenticate"), 1U);
    EXPECT_TRUE(asked.field("WWW-Authenticate").starts_with("PoW challenge=\"")) << asked.head;
    EXPECT_TRUE(asked.field("PAYMENT-REQUIRED").empty());
    EXPECT_FALSE(refusal_of(asked).contains("invoice"));
    EXPECT_TRUE(refusal_of(asked).contains("pow"));
  }
  const HttpAnswer asked = send_request(gate.port(), by_l402);
  by_l402.fields.emplace_back("X-PoW-Solution", solved(refusal_of(asked)["pow"]));
  EXPECT_EQ(send_request(gate.port(), by_l402).status, 200);
  // Who has neither gets no further by work.
  const HttpAnswer nothing = gate.call("both.json", "", 3);
  EXPECT_EQ(nothing.status, 503);
  EXPECT_EQ(code_of(nothing), "rails_unavailable");
  EXPECT_EQ(nothing.count("WWW-Authenticate"), 0U);
  EXPECT_FALSE(refusal_of(nothing).contains("pow"));
  expect_books(site, 1);
}

TEST_F(TheRails, R_POW_4_WorkFromBeforeARestartIsRefusedAfterIt) {
  const Site site(upstream.port());
  std::string used;
  std::string kept;
  {
    GateProcess gate(site);
    used = solved(refusal_of(gate.call("alone.json"))["pow"]);
    kept = solved(refusal_of(gate.call("alone.json"))["pow"]);
    EXPECT_EQ(show_work(gate, "alone.json", used).status, 200);
    EXPECT_EQ(gate.stop(), 0);
  }
  GateProcess gate(site);
  EXPECT_EQ(code_of(show_work(gate, "alone.json", used)), "pow_bad_mac");
  EXPECT_EQ(code_of(show_work(gate, "alone.json", kept)), "pow_bad_mac");
  EXPECT_EQ(upstream.calls("alone.json"), 1U);
}

TEST_F(TheRails, R_POW_8_WorkWhoseTimeHasPassedIsRefused) {
  const Site site(upstream.port(), "rails: { pow: { ttl: 3s, challenges_per_minute: 1000000 } }\n");
  GateProcess gate(site);
  ASSERT_TRUE(gate.started()) << gate.output();
  const Json old = refusal_of(gate.call("alone.json"))["pow"];
  std::string unsolved = solved(old);
  // Until its time is over a nonce that solves nothing is refused as such.
  while (pow::leading_zero_bits(pow::work_hash(old["challenge"].get<std::string>(),
                                               unsolved.substr(unsolved.rfind('=') + 1))) >= 8U) {
    unsolved += '0';
  }
  std::string code = "invalid_solution";
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (code == "invalid_solution" && std::chrono::steady_clock::now() < until) {
    code = code_of(show_work(gate, "alone.json", unsolved));
  }
  EXPECT_EQ(code, "pow_expired");
  EXPECT_EQ(code_of(show_work(gate, "alone.json", solved(old))), "pow_expired");
  EXPECT_EQ(upstream.calls("alone.json"), 0U);
}

TEST_F(TheRails, R_POW_15_AChallengeThatWasNeverIssuedOpensNothing) {
  const Site site(upstream.port());
  GateProcess gate(site);
  const std::string issued = refusal_of(gate.call("alone.json"))["pow"]["challenge"];
  pow::ChallengeBytes bytes;
  ASSERT_TRUE(read_base64url(issued, bytes));
  bytes[2] = 1;  // one bit of work, under the MAC of eight
  const std::string easier = solved({{"challenge", base64url(bytes)}, {"difficultyBits", 1}});
  EXPECT_EQ(code_of(show_work(gate, "alone.json", easier)), "pow_bad_mac");
  EXPECT_EQ(upstream.calls("alone.json"), 0U);
}

TEST_F(TheRails, AnExclusiveReceiverIsNotAskedAboutAPreimage) {
  for (const bool exclusive : {false, true}) {
    const Site site(upstream.port(),
                    exclusive ? "rails:\n  x402: { receiver_exclusive: true }\n" : "");
    GateProcess gate(site);
    ASSERT_TRUE(gate.started()) << gate.output();
    const HttpAnswer refused = gate.call(std::string(kTool));
    const auto paid = gate.pay(offer_of(refused));
    ASSERT_TRUE(paid);
    Json unsealed = offer_on(refused, "lnbtc:");
    unsealed["extra"].erase("gate");
    gate.fault("down");
    const HttpRequest request =
        paying(gate.request(std::string(kTool)), unsealed, {{"preimage", paid->preimage}});
    EXPECT_EQ(send_request(gate.port(), request).status, exclusive ? 200 : 503);
    gate.fault("none");
    if (!exclusive) {
      EXPECT_EQ(send_request(gate.port(), request).status, 200);
    }
    expect_books(site, 1);
  }
}

}  // namespace
}  // namespace tollhouse::test
