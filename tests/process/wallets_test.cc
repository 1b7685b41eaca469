// tests/process: gates that sell for wallets other than LNbits (R-LN-5): one call each, a wallet
// that is away, and a credential that can spend (lightning-backends.md 2, 10 and 13).
#include <sys/stat.h>

#include <fstream>

#include "base/base64.h"
#include "base/hex.h"
#include "process/gate_process.h"
#include "support/lnd.h"
#include "support/phoenixd.h"
#include "support/precompiled.h"
#include "support/vectors.h"

namespace tollhouse::test {
namespace {

bool wait_ready(const GateProcess& gate) {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < until) {
    if (gate.get("/readyz").status == 200) return true;
  }
  return false;
}

/// The offer of a 402; the test fails where there is none.
Offer ask(const GateProcess& gate, const std::string& tool) {
  const HttpAnswer asked = gate.call(tool);
  EXPECT_EQ(asked.status, 402) << tool << asked.head << asked.body << gate.output();
  return offer_of(asked);
}

void expect_charges(const Site& site, std::size_t charges) {
  const auto report = site.check();
  EXPECT_TRUE(report["ok"].get<bool>()) << report;
  EXPECT_EQ(report.value("charges", 999U), charges) << report;
}

struct WithPhoenixd : ::testing::Test {
  GateOptions options(const std::string& password = Phoenixd::kLimited) const {
    return {.environment = {"TOLLHOUSE_LIGHTNING__DRIVER=phoenixd",
                            "TOLLHOUSE_LIGHTNING__NETWORK=regtest",
                            "TOLLHOUSE_LIGHTNING__URL=" + wallet.url(),
                            "TOLLHOUSE_LIGHTNING__PASSWORD=" + password}};
  }

  Upstream upstream;
  Phoenixd wallet;
  const Site site{upstream.port()};
};

TEST_F(WithPhoenixd, R_LN_5_R_LN_4_SellsForWholeSatoshiOnce) {
  GateProcess gate(site, options());
  ASSERT_TRUE(gate.started() && wait_ready(gate)) << gate.output();
  const Offer offer = ask(gate, "attempt.json");
  EXPECT_EQ(offer.price_msat, 2000U) << "1500 msat, rounded up before it is quoted";
  const Credential guessed{offer.macaroon, std::string(64, '0')};
  EXPECT_NE(gate.call("attempt.json", guessed.authorization()).status, 200);
  EXPECT_EQ(upstream.calls("attempt.json"), 0U);
  const Credential paid{offer.macaroon, wallet.pay(offer.invoice).value_or("")};
  EXPECT_EQ(gate.call("attempt.json", paid.authorization()).status, 200);
  EXPECT_EQ(gate.call("attempt.json", paid.authorization()).status, 409) << "spent";
  EXPECT_EQ(gate.stop(), 0);
  expect_charges(site, 1);
  EXPECT_EQ(gate.output().find(Phoenixd::kLimited), std::string::npos);
  EXPECT_EQ(gate.output().find(paid.preimage), std::string::npos);
}

TEST_F(WithPhoenixd, R_LN_5_R_LN_10_WhileItIsAwayWhatWasPaidIsGood) {
  GateProcess gate(site, options());
  ASSERT_TRUE(gate.started() && wait_ready(gate)) << gate.output();
  const Offer offer = ask(gate, "success.json");
  const Credential paid{offer.macaroon, wallet.pay(offer.invoice).value_or("")};
  wallet.stop();
  EXPECT_EQ(gate.call("success.json", paid.authorization()).status, 200)
      << "phoenixd shows preimages to nobody: this one proves the payment";
  EXPECT_EQ(gate.call("free.json").status, 200);
  EXPECT_EQ(gate.stop(), 0);
  expect_charges(site, 1);
}

TEST_F(WithPhoenixd, R_LN_2_ThePasswordThatCanPayEndsTheProgram) {
  GateProcess gate(site, options(Phoenixd::kFull));
  EXPECT_EQ(gate.child().wait(), 3) << gate.output();
  EXPECT_TRUE(gate.child().wait_for_line("http-password-limited-access"));
  EXPECT_NE(gate.output().find("overpowered_credential"), std::string::npos);
  EXPECT_EQ(gate.output().find(Phoenixd::kFull), std::string::npos);
  EXPECT_EQ(wallet.minted(), 0U);
  EXPECT_EQ(wallet.orders(), 0U);
}

struct WithLnd : ::testing::Test {
  GateOptions options(const std::string& macaroon = Lnd::invoices_macaroon()) const {
    const std::filesystem::path file = folder.path() / "gate.macaroon";
    std::ofstream(file, std::ios::binary) << text_of(*bytes_from_hex(macaroon));
    ::chmod(file.c_str(), 0600);
    const std::filesystem::path certificate = folder.path() / "tls.cert";
    std::ofstream(certificate) << wallet.certificate();
    return {.environment = {"TOLLHOUSE_LIGHTNING__DRIVER=lnd",
                            "TOLLHOUSE_LIGHTNING__NETWORK=regtest",
                            "TOLLHOUSE_LIGHTNING__URL=" + wallet.url(),
                            "TOLLHOUSE_LIGHTNING__MACAROON=" + file.string(),
                            "TOLLHOUSE_LIGHTNING__TLS_CERT=" + certificate.string()}};
  }

  Upstream upstream;
  OwnFolder folder;
  Lnd wallet;
  /// Without P2, so that invoices are minted ahead and a spent payment gets an offer while the node
  /// is down.
  const Site site{upstream.port(), "rails: { x402: { profiles: [bip122] } }\n"};
};

TEST_F(WithLnd, R_LN_5_SellsToTheMillisatoshiOnce) {
  GateProcess gate(site, options());
  ASSERT_TRUE(gate.started() && wait_ready(gate)) << gate.output();
  const Offer offer = ask(gate, "attempt.json");
  EXPECT_EQ(offer.price_msat, 1500U) << "LND needs no rounding";
  const Credential guessed{offer.macaroon, std::string(64, '0')};
  EXPECT_NE(gate.call("attempt.json", guessed.authorization()).status, 200);
  const Credential paid{offer.macaroon, wallet.pay(offer.invoice).value_or("")};
  EXPECT_EQ(gate.call("attempt.json", paid.authorization()).status, 200);
  EXPECT_EQ(gate.call("attempt.json", paid.authorization()).status, 409) << "spent";
  const Offer other = ask(gate, "success.json");
  const Credential shown_late{other.macaroon, wallet.pay(other.invoice).value_or("")};
  wallet.stop();
  EXPECT_EQ(gate.call("success.json", shown_late.authorization()).status, 200)
      << "LND shows preimages to nobody: this one proves the payment";
  EXPECT_EQ(gate.stop(), 0);
  expect_charges(site, 2);
  EXPECT_EQ(gate.output().find(Lnd::invoices_macaroon()), std::string::npos);
  EXPECT_EQ(gate.output().find(paid.preimage), std::string::npos);
}

/// The wallet's seam. Books and verifiers: docs/decisions/0008.
TEST_F(WithLnd, R_X402_12_R_LN_5_BothProfilesOfX402AreSoldByAnotherWalletToo) {
  const Site both{upstream.port()};
  GateProcess gate(both, options());
  ASSERT_TRUE(gate.started() && wait_ready(gate)) << gate.output();
  for (const std::string network : {"bip122:", "lnbtc:"}) {
    const HttpAnswer refused = gate.call("success.json");
    nlohmann::json payment{{"x402Version", 2}, {"payload", nlohmann::json::object()}};
    for (const auto& accepted : refusal_of(refused)["accepts"]) {
      if (accepted["network"].get<std::string>().starts_with(network))
        payment["accepted"] = accepted;
    }
    ASSERT_TRUE(payment.contains("accepted")) << network << refused.body;
    const auto preimage = wallet.pay(offer_of(refused).invoice);
    ASSERT_TRUE(preimage);
    if (network == "lnbtc:") payment["payload"]["preimage"] = *preimage;
    if (network == "bip122:") payment["payload"]["invoice"] = offer_of(refused).invoice;
    HttpRequest request = gate.request("success.json");
    request.fields.emplace_back("PAYMENT-SIGNATURE", base64(bytes_of(payment.dump())));
    const HttpAnswer served = send_request(gate.port(), request);
    EXPECT_EQ(served.status, 200) << network << served.body;
  }
  EXPECT_EQ(gate.stop(), 0);
  expect_charges(both, 2);
}

TEST_F(WithLnd, R_X402_13_APaymentOnItsWayIsOfferedAgainAlsoAfterARestart) {
  const auto shown = [](const GateProcess& gate, const nlohmann::json& payment) {
    HttpRequest request = gate.request("success.json");
    request.fields.emplace_back("PAYMENT-SIGNATURE", base64(bytes_of(payment.dump())));
    return send_request(gate.port(), request);
  };
  nlohmann::json payment{{"x402Version", 2}};
  Offer offer;
  {
    GateProcess gate(site, options());
    ASSERT_TRUE(gate.started() && wait_ready(gate)) << gate.output();
    const HttpAnswer refused = gate.call("success.json");
    offer = offer_of(refused);
    payment["accepted"] = refusal_of(refused)["accepts"][0];
    payment["payload"]["invoice"] = offer.invoice;
    EXPECT_EQ(gate.stop(), 0);
  }
  GateProcess gate(site, options());
  ASSERT_TRUE(gate.started() && wait_ready(gate)) << gate.output();
  wallet.set_fault(LndFault::held);
  for (const char* wait : {"2", "4"}) {
    const HttpAnswer waiting = shown(gate, payment);
    EXPECT_EQ(waiting.status, 402);
    EXPECT_EQ(code_of(waiting), "invoice_in_flight") << waiting.body;
    EXPECT_EQ(waiting.field("Retry-After"), wait);
    EXPECT_EQ(offer_of(waiting).invoice, offer.invoice);
    EXPECT_EQ(offer_of(waiting).payment_hash, offer.payment_hash);
    EXPECT_FALSE(waiting.field("WWW-Authenticate").empty());
    EXPECT_EQ(refusal_of(waiting)["accepts"][0]["extra"], payment["accepted"]["extra"]);
  }
  wallet.set_fault(LndFault::none);
  ASSERT_TRUE(wallet.pay(offer.invoice));
  EXPECT_EQ(shown(gate, payment).status, 200);
  EXPECT_EQ(gate.stop(), 0);
  expect_charges(site, 1);
}

TEST_F(WithLnd, R_LN_2_AMacaroonThatCanSpendEndsTheProgram) {
  GateProcess gate(site, options(Lnd::admin_macaroon()));
  EXPECT_EQ(gate.child().wait(), 3) << gate.output();
  EXPECT_TRUE(gate.child().wait_for_line("invoices.macaroon"));
  EXPECT_NE(gate.output().find("overpowered_credential"), std::string::npos);
  EXPECT_EQ(wallet.heard(), "") << "LND was not even asked";
}

TEST(PayCommand, R_LN_5_PaysWithPhoenixdAndLndByKeysThatStandInFiles) {
  const OwnFolder folder;
  const auto file = [&](const char* name, std::string_view content) {
    const std::filesystem::path path = folder.path() / name;
    std::ofstream(path, std::ios::binary) << content;
    ::chmod(path.c_str(), 0600);
    return path.string();
  };
  Phoenixd phoenixd;
  Lnd lnd;
  const std::string password = file("password", std::string(Phoenixd::kFull) + "\n");
  const Bytes binary = *bytes_from_hex(Lnd::admin_macaroon());
  const std::string macaroon = file("admin.macaroon", text_of(binary));
  const std::string certificate = file("tls.cert", lnd.certificate());
  const auto pay = [](const PayeeInvoice& invoice, const std::string& wallet,
                      const std::vector<std::string>& environment) {
    Child child({std::string(TOLLHOUSE_BUILD) + "/tollhouse", "pay", "--json", "--wallet", wallet,
                 invoice.bolt11},
                environment);
    const int exit = child.wait();
    child.wait_for_line("\x01");  // until it has said all
    return std::pair(exit, child.output());
  };
  const PayeeInvoice one = phoenixd.foreign_invoice(*Msat::of_sat(3));
  const auto [exit, said] =
      pay(one, "phoenixd:" + phoenixd.url(), {"TOLLHOUSE_WALLET_KEY_FILE=" + password});
  EXPECT_EQ(exit, 0) << said;
  EXPECT_NE(said.find(one.preimage), std::string::npos) << said;
  EXPECT_EQ(said.find(Phoenixd::kFull), std::string::npos);
  EXPECT_EQ(phoenixd.orders(), 1U);

  const PayeeInvoice other = lnd.foreign_invoice(*Msat::of(1500));
  const std::vector<std::string> key = {"TOLLHOUSE_WALLET_KEY_FILE=" + macaroon};
  const auto [untrusted, why] = pay(other, "lnd:" + lnd.url(), key);
  EXPECT_EQ(untrusted, 4) << why;
  EXPECT_EQ(lnd.heard(), "") << "the macaroon was shown to nobody";
  const auto [paid, told] =
      pay(other, "lnd:" + lnd.url(), {key[0], "TOLLHOUSE_WALLET_TLS_CERT=" + certificate});
  EXPECT_EQ(paid, 0) << told;
  EXPECT_NE(told.find(other.preimage), std::string::npos) << told;

  ::chmod(macaroon.c_str(), 0644);
  const auto [open, warned] = pay(other, "lnd:" + lnd.url(), key);
  EXPECT_EQ(open, 2) << warned;
  EXPECT_NE(warned.find("lets others read it"), std::string::npos) << warned;
  EXPECT_EQ(lnd.orders(), 1U);
}

}  // namespace
}  // namespace tollhouse::test
