// tests/process: a gate whose wallet is an LNbits that lies, stalls, is restarted in the middle of
// a payment, knows another key, can spend, or belongs to another network. What proves itself goes
// on working, the rest waits, and nothing is spent (lightning-backends.md 2, 10 and 13, R-LN-10).
#include <fstream>
#include <set>
#include <sstream>
#include <tuple>

#include "base/base64.h"
#include "process/gate_process.h"
#include "support/lnbits.h"
#include "support/precompiled.h"

namespace tollhouse::test {
namespace {

struct WithLnbits : ::testing::Test {
  static constexpr std::size_t kPricedRows = 29;  ///< of the site's configuration
  /// Invoices that commit to a request are not minted ahead.
  static constexpr const char* kMintedAhead = "rails: { x402: { profiles: [bip122] } }\n";

  static GateOptions options(const Lnbits& wallet, const std::string& key = Lnbits::kInvoiceKey,
                             const std::string& network = "regtest") {
    return {.environment = {"TOLLHOUSE_LIGHTNING__DRIVER=lnbits",
                            "TOLLHOUSE_LIGHTNING__NETWORK=" + network,
                            "WALLET_BASE_URL=" + wallet.url(), "WALLET_INVOICE_KEY=" + key}};
  }
  /// Until the wallet's checks have passed, or have not.
  static bool wait_ready(const GateProcess& gate, int status = 200) {
    const auto until = std::chrono::steady_clock::now() + kPatience;
    while (std::chrono::steady_clock::now() < until) {
      if (gate.get("/readyz").status == status) return true;
    }
    return false;
  }
  /// The offer of a 402; the test fails where there is none.
  static Offer ask(const GateProcess& gate, const std::string& tool, int source = 1) {
    const HttpAnswer asked = gate.call(tool, "", source);
    EXPECT_EQ(asked.status, 402) << tool << asked.head << asked.body << gate.output();
    return offer_of(asked);
  }
  Credential buy(const GateProcess& gate, const std::string& tool, int source = 1) {
    const Offer offer = ask(gate, tool, source);
    return {offer.macaroon, wallet.pay(offer.invoice).value_or("")};
  }
  static void expect_wait(const HttpAnswer& answer, const std::string& code) {
    EXPECT_EQ(answer.status, 503) << answer.head << answer.body;
    EXPECT_EQ(code_of(answer), code) << answer.body;
    EXPECT_FALSE(answer.field("Retry-After").empty()) << answer.head;
    EXPECT_TRUE(offer_of(answer).invoice.empty()) << "no invoice while payments cannot be seen";
  }
  static void expect_books(const Site& site, std::size_t charges) {
    const auto report = site.check();
    EXPECT_TRUE(report["ok"].get<bool>()) << report;
    EXPECT_EQ(report.value("charges", 999U), charges) << report;
  }

  Upstream upstream;
  Lnbits wallet{bolt::Network::regtest, true};
};

TEST_F(WithLnbits, R_LN_1_R_LN_4_SellsForWholeSatoshiAndBelievesTheWalletOnly) {
  const Site site(upstream.port());
  GateProcess gate(site, options(wallet));
  ASSERT_TRUE(gate.started()) << gate.output();
  ASSERT_TRUE(wait_ready(gate)) << gate.output();
  EXPECT_TRUE(gate.child().wait_for_line("wallet_shows_preimages"));
  EXPECT_EQ(gate.post("/sim/pay", "{}").status, 404) << "that wallet is not here";

  const Offer offer = ask(gate, "attempt.json");
  EXPECT_EQ(offer.price_msat, 2000U) << "1500 msat, rounded up before it is quoted";
  // The preimage of an unpaid invoice is known to everybody here: it buys nothing.
  const Credential unpaid{offer.macaroon, *wallet.preimage_of(offer.invoice)};
  const HttpAnswer refused = gate.call("attempt.json", unpaid.authorization());
  EXPECT_EQ(refused.status, 402);
  EXPECT_EQ(code_of(refused), "invoice_not_paid");
  EXPECT_EQ(offer_of(refused).invoice, offer.invoice) << "the invoice that is still to be paid";
  EXPECT_EQ(upstream.calls("attempt.json"), 0U);
  EXPECT_EQ(gate.sample("tollhouse_credential_checks_total{result=\"unpaid\"}"), 1);

  ASSERT_TRUE(wallet.pay(offer.invoice));
  EXPECT_EQ(gate.call("attempt.json", unpaid.authorization()).status, 200);
  EXPECT_EQ(gate.call("attempt.json", unpaid.authorization()).status, 409) << "spent";
  EXPECT_EQ(gate.stop(), 0);
  expect_books(site, 1);
  EXPECT_EQ(gate.output().find(Lnbits::kInvoiceKey), std::string::npos);
  EXPECT_EQ(gate.output().find(unpaid.preimage), std::string::npos);
}

TEST_F(WithLnbits, AHintIsLookedUpAndDecidesNothing) {
  wallet.tell(true);
  const Site site(upstream.port(), kMintedAhead);
  GateProcess gate(site, options(wallet));
  ASSERT_TRUE(gate.started() && wait_ready(gate)) << gate.output();
  const auto hints = [&](const char* result, double wanted) {
    const std::string name = std::string("tollhouse_wallet_hints_total{result=\"") + result + "\"}";
    const auto until = std::chrono::steady_clock::now() + kPatience;
    while (std::chrono::steady_clock::now() < until) {
      if (gate.sample(name) == wanted) return true;
    }
    return false;
  };
  // Anybody can tell those who listen that an invoice was paid.
  const Offer lied = ask(gate, "success.json");
  ASSERT_TRUE(wallet.wait_for_listeners(1));
  wallet.forge(lied.invoice);
  ASSERT_TRUE(hints("not_paid", 1)) << gate.output();
  const Credential unpaid{lied.macaroon, *wallet.preimage_of(lied.invoice)};
  const HttpAnswer refused = gate.call("success.json", unpaid.authorization());
  EXPECT_EQ(refused.status, 402);
  EXPECT_EQ(code_of(refused), "invoice_not_paid");
  EXPECT_EQ(upstream.calls("success.json"), 0U);

  // What the look-up after a hint found holds when LNbits is gone before the payment is shown.
  const Offer paid = ask(gate, "attempt.json", 2);
  ASSERT_TRUE(wallet.wait_for_listeners(2));
  const Credential credential{paid.macaroon, *wallet.pay(paid.invoice)};
  ASSERT_TRUE(hints("paid", 1)) << gate.output();
  wallet.stop();
  EXPECT_EQ(gate.call("attempt.json", credential.authorization(), 2).status, 200);
  EXPECT_EQ(upstream.calls("attempt.json"), 1U);
  wallet.start();
  EXPECT_EQ(gate.stop(), 0) << "a drain does not wait for who listens";
  expect_books(site, 1);
}

TEST_F(WithLnbits, R_L402_11_AnotherGateIsNotToldYesBeforeTheWalletHasSaidPaid) {
  const Site site(upstream.port());
  GateProcess gate(site, options(wallet));
  ASSERT_TRUE(gate.started() && wait_ready(gate)) << gate.output();
  const Offer offer = ask(gate, "success.json");
  const Credential credential{offer.macaroon, *wallet.preimage_of(offer.invoice)};
  const auto verify = [&] {
    const auto answer = gate.post("/v1/verify", R"({"token":")" + credential.pair() + "\"}");
    return std::pair(answer.status, nlohmann::json::parse(answer.body));
  };
  const auto unpaid = verify();
  EXPECT_EQ(unpaid.first, 200);
  EXPECT_EQ(unpaid.second["ok"], false);
  EXPECT_EQ(unpaid.second["code"], "invoice_not_paid");
  wallet.pay(offer.invoice);
  wallet.set_fault(LnbitsFault::garbage);
  const auto unknown = verify();
  EXPECT_EQ(unknown.first, 503);
  EXPECT_EQ(unknown.second["code"], "settlement_unknown");
  wallet.set_fault(LnbitsFault::none);
  EXPECT_EQ(verify().second["ok"], true);
  wallet.set_fault(LnbitsFault::stall);
  EXPECT_EQ(verify().second["ok"], true) << "what was seen as paid once";
  EXPECT_EQ(gate.call("success.json", credential.authorization()).status, 200);
  wallet.set_fault(LnbitsFault::none);
  EXPECT_EQ(gate.stop(), 0);
  expect_books(site, 1);
}

TEST_F(WithLnbits, R_CFG_6_AReloadTakesPricesOverAndNamesWhatTheWalletReadsAtTheStart) {
  const Site site(upstream.port(), kMintedAhead);
  const auto write = [&site](const std::string& text) {
    std::ofstream(site.configuration()) << text;
  };
  std::ostringstream read;
  read << std::ifstream(site.configuration()).rdbuf();
  const auto with = [](std::string text, const std::string& old, const std::string& replacement) {
    const std::size_t at = text.find(old);
    EXPECT_NE(at, std::string::npos) << old;
    return text.replace(at, old.size(), replacement);
  };
  const std::string before = with(read.str(), "{ driver: simulated }",
                                  "{ driver: lnbits, network: regtest, url: \"" + wallet.url() +
                                      "\", key: \"" + Lnbits::kInvoiceKey + "\" }");
  write(before);
  GateProcess gate(site);
  ASSERT_TRUE(gate.started() && wait_ready(gate)) << gate.output();
  const Credential bought = buy(gate, "success.json");
  const auto reload = [&](const std::string& text) {
    write(text);
    HttpRequest request;
    request.target = "/api/admin/reload";
    return send_request(gate.admin(), request);
  };
  const std::tuple<const char*, std::string, std::string> rows[] = {
      {"lightning.key", Lnbits::kInvoiceKey, Lnbits::kAdminKey},
      {"lightning.url", wallet.url(), "http://127.0.0.1:1"},
      {"lightning.network", "network: regtest", "network: signet"},
      {"lightning.allow_spending_key", "driver: lnbits",
       "driver: lnbits, allow_spending_key: true"}};
  for (const auto& [key, old, replacement] : rows) {
    const HttpAnswer answer = reload(with(before, old, replacement));
    EXPECT_EQ(answer.status, 409) << answer.body;
    EXPECT_EQ(code_of(answer), "restart_required");
    EXPECT_NE(answer.body.find(key), std::string::npos) << answer.body;
    EXPECT_EQ(answer.body.find(Lnbits::kAdminKey), std::string::npos);
  }
  // New prices are minted ahead, and what was sold under the old ones is good.
  ASSERT_TRUE(wallet.wait_for_minted(kPricedRows + 3)) << gate.output();
  const std::size_t minted = wallet.minted();
  const std::string dearer =
      with(before, "\"success.json\": { price: 3 sat }", "\"success.json\": { price: 7 sat }");
  ASSERT_EQ(reload(dearer).status, 200);
  ASSERT_TRUE(wallet.wait_for_minted(minted + 1)) << gate.output();
  EXPECT_EQ(ask(gate, "success.json").price_msat, 7000U);
  EXPECT_EQ(gate.call("success.json", bought.authorization()).status, 200);
  EXPECT_EQ(gate.get("/readyz").status, 200);
  EXPECT_EQ(gate.stop(), 0);
  expect_books(site, 1);
}

TEST_F(WithLnbits, R_LN_10_RestartedInTheMiddleOfAPayment) {
  const Site site(upstream.port());
  auto gate = std::make_unique<GateProcess>(site, options(wallet));
  ASSERT_TRUE(gate->started() && wait_ready(*gate)) << gate->output();
  const Credential pass = buy(*gate, "pass.json");
  const Credential counted = buy(*gate, "counted.json");
  EXPECT_EQ(gate->call("pass.json", pass.authorization()).status, 200);
  EXPECT_EQ(gate->call("counted.json", counted.authorization()).status, 200);
  const Credential tool_error = buy(*gate, "success.tool_error");
  EXPECT_EQ(gate->call("success.tool_error", tool_error.authorization()).status, 200) << "not kept";
  const Offer open = ask(*gate, "success.json");

  wallet.stop();
  const Credential paid{open.macaroon, *wallet.pay(open.invoice)};
  for (int i = 0; i < 4; ++i) {
    expect_wait(gate->call("success.json", paid.authorization()), "settlement_unknown");
  }
  expect_wait(gate->call("bound.json"), "rails_unavailable");
  EXPECT_EQ(upstream.calls("success.json"), 0U);
  EXPECT_TRUE(wait_ready(*gate, 503));
  EXPECT_EQ(gate->sample("tollhouse_wallet_up{driver=\"lnbits\"}"), 0);
  EXPECT_EQ(gate->sample("tollhouse_wallet_circuit_open{driver=\"lnbits\"}"), 1);
  // What was seen as paid once is good without the wallet, and so is what costs nothing.
  EXPECT_EQ(gate->call("pass.json", pass.authorization()).status, 200);
  EXPECT_EQ(gate->call("counted.json", counted.authorization()).status, 200);
  EXPECT_EQ(gate->call("success.tool_error", tool_error.authorization()).status, 200);
  EXPECT_EQ(gate->call("free.json").status, 200);

  // The gate is started again while the wallet is down: the books know who has paid.
  EXPECT_EQ(gate->stop(), 0);
  gate = std::make_unique<GateProcess>(site, options(wallet));
  ASSERT_TRUE(gate->started()) << gate->output();
  EXPECT_EQ(gate->call("pass.json", pass.authorization()).status, 200);
  EXPECT_EQ(gate->call("counted.json", counted.authorization()).status, 200);
  expect_wait(gate->call("success.json", paid.authorization()), "settlement_unknown");
  expect_wait(gate->call("bound.json"), "rails_unavailable");

  wallet.start();
  EXPECT_TRUE(wait_ready(*gate)) << gate->output();
  EXPECT_EQ(gate->call("success.json", paid.authorization()).status, 200);
  EXPECT_EQ(gate->stop(), 0);
  expect_books(site, 5);
}

TEST_F(WithLnbits, AWalletThatLiesSellsNothing) {
  const Site site(upstream.port());
  for (const LnbitsFault lie : {LnbitsFault::wrong_amount, LnbitsFault::wrong_hash,
                                LnbitsFault::same_invoice, LnbitsFault::endless}) {
    wallet.set_fault(LnbitsFault::none);
    GateProcess gate(site, options(wallet));
    ASSERT_TRUE(gate.started() && wait_ready(gate)) << gate.output();
    wallet.set_fault(lie);
    // Those minted ahead are good ones; the first one minted now is not.
    HttpAnswer answer;
    for (int i = 0; i < 6; ++i) {
      answer = gate.call("bound.json", "", 10 + i);
      if (answer.status != 402) break;
      EXPECT_EQ(offer_of(answer).price_msat, 3000U);
    }
    expect_wait(answer, "rails_unavailable");
    EXPECT_TRUE(gate.child().wait_for_line("wallet_circuit_open")) << gate.output();
    EXPECT_EQ(gate.get("/readyz").status, 503);
    EXPECT_EQ(gate.stop(), 0);
  }
  expect_books(site, 0);
}

TEST_F(WithLnbits, TooLittleIsNotPaidAndTheOperatorIsTold) {
  const Site site(upstream.port());
  GateProcess gate(site, options(wallet));
  ASSERT_TRUE(gate.started() && wait_ready(gate)) << gate.output();
  const Credential credential = buy(gate, "success.json");
  wallet.set_fault(LnbitsFault::underpaid);
  const HttpAnswer answer = gate.call("success.json", credential.authorization());
  EXPECT_EQ(answer.status, 402);
  EXPECT_EQ(code_of(answer), "invoice_not_paid");
  EXPECT_TRUE(gate.child().wait_for_line("wallet_underpaid")) << gate.output();
  wallet.set_fault(LnbitsFault::other_payment);
  expect_wait(gate.call("success.json", credential.authorization()), "settlement_unknown");
  EXPECT_EQ(upstream.calls("success.json"), 0U);
  EXPECT_EQ(gate.stop(), 0);
  expect_books(site, 0);
}

TEST_F(WithLnbits, R_L402_16_WhoShowsWhatIsNotPaidLeavesTheLookUpsToOthers) {
  const Site site(upstream.port(), "limits: { failed_credentials_per_minute: 2 }\n");
  GateProcess gate(site, options(wallet));
  ASSERT_TRUE(gate.started() && wait_ready(gate)) << gate.output();
  const Offer offer = ask(gate, "success.json");
  const Credential unpaid{offer.macaroon, *wallet.preimage_of(offer.invoice)};
  const HttpRequest shown = gate.request("success.json", unpaid.authorization());
  for (int i = 0; i < 2; ++i) EXPECT_EQ(send_request(gate.port(), shown).status, 402);
  const auto look_ups = [&] {
    const std::string heard = wallet.heard();
    const std::string look_up = "/payments/" + offer.payment_hash;
    std::size_t count = 0;
    for (std::size_t at = 0; (at = heard.find(look_up, at)) != std::string::npos; ++at) {
      ++count;
    }
    return count;
  };
  const std::size_t asked = look_ups();
  EXPECT_EQ(asked, 2U);
  const HttpAnswer limited = send_request(gate.port(), shown);
  EXPECT_EQ(limited.status, 429) << limited.body;
  EXPECT_EQ(code_of(limited), "rate_limited");
  EXPECT_GE(std::stoi(limited.field("Retry-After")), 1);
  const std::string token = R"({"token":")" + unpaid.pair() + "\"}";
  const HttpAnswer too_often = gate.post("/v1/verify", token);
  EXPECT_EQ(too_often.status, 429);
  EXPECT_FALSE(too_often.field("Retry-After").empty());
  EXPECT_EQ(look_ups(), asked) << "the wallet is not asked";
  // Another client, who has paid, is served; nothing of it was spent meanwhile.
  wallet.pay(offer.invoice);
  EXPECT_EQ(gate.call("success.json", unpaid.authorization(), 2).status, 200);
  EXPECT_EQ(gate.stop(), 0);
  expect_books(site, 1);
}

TEST_F(WithLnbits, TooMuchIsAPaymentOfWhatWasAsked) {
  const Site site(upstream.port());
  GateProcess gate(site, options(wallet));
  ASSERT_TRUE(gate.started() && wait_ready(gate)) << gate.output();
  const Credential credential = buy(gate, "success.json");
  wallet.set_fault(LnbitsFault::overpaid);
  const HttpAnswer answer = gate.call("success.json", credential.authorization());
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(gate.call("success.json", credential.authorization()).status, 409)
      << "once all the same";
  EXPECT_EQ(gate.stop(), 0);
  expect_books(site, 1);
  EXPECT_EQ(site.check().value("grossMsat", 0U), 3000U);
}

TEST_F(WithLnbits, AStalledWalletCostsTheCallerAnAnswerAndNothingElse) {
  const Site site(upstream.port(), kMintedAhead);
  GateProcess gate(site, options(wallet));
  ASSERT_TRUE(gate.started() && wait_ready(gate)) << gate.output();
  // Invoices minted ahead are all there, also those behind the one that is sold: nothing else
  // waits.
  ASSERT_TRUE(wallet.wait_for_minted(kPricedRows + 1)) << gate.output();
  const Credential credential = buy(gate, "success.json");
  ASSERT_TRUE(wallet.wait_for_minted(kPricedRows + 3)) << gate.output();
  wallet.set_fault(LnbitsFault::stall);
  expect_wait(gate.call("success.json", credential.authorization()), "settlement_unknown");
  wallet.set_fault(LnbitsFault::none);
  EXPECT_EQ(gate.call("success.json", credential.authorization()).status, 200);
  EXPECT_EQ(gate.stop(), 0);
  expect_books(site, 1);
}

TEST_F(WithLnbits, ALatePaymentIsAPayment) {
  const Site site(upstream.port());
  GateProcess gate(site, options(wallet));
  ASSERT_TRUE(gate.started() && wait_ready(gate)) << gate.output();
  const Offer offer = ask(gate, "success.json");
  const Credential credential{offer.macaroon, *wallet.preimage_of(offer.invoice)};
  wallet.expire(offer.invoice);
  EXPECT_EQ(code_of(gate.call("success.json", credential.authorization())), "invoice_not_paid");
  wallet.pay(offer.invoice);
  EXPECT_EQ(gate.call("success.json", credential.authorization()).status, 200);
  EXPECT_EQ(gate.stop(), 0);
  expect_books(site, 1);
}

TEST_F(WithLnbits, AWrongKeyOrAnotherNetworkIsTriedAgainAndSellsNothing) {
  const Site site(upstream.port());
  Lnbits mainnet(bolt::Network::mainnet);
  const std::string unknown(32, 'f');
  const std::pair<GateOptions, const char*> rows[] = {{options(wallet, unknown), "unauthenticated"},
                                                      {options(mainnet), "wrong_network"}};
  for (const auto& [given, why] : rows) {
    GateProcess gate(site, given);
    ASSERT_TRUE(gate.started()) << gate.output();
    const auto told = gate.child().wait_for_line("wallet_check_failed");
    ASSERT_TRUE(told) << gate.output();
    EXPECT_NE(told->find(why), std::string::npos) << *told;
    EXPECT_EQ(gate.get("/readyz").status, 503);
    expect_wait(gate.call("success.json"), "rails_unavailable");
    EXPECT_EQ(gate.call("free.json").status, 200);
    EXPECT_EQ(gate.output().find(unknown), std::string::npos);
    EXPECT_EQ(gate.stop(), 0);
  }
}

TEST_F(WithLnbits, R_LN_2_AKeyThatCanSpendEndsTheProgram) {
  const Site site(upstream.port());
  GateOptions given = options(wallet, Lnbits::kAdminKey);
  {
    GateProcess gate(site, given);
    EXPECT_EQ(gate.child().wait(), 3) << gate.output();
    EXPECT_TRUE(gate.child().wait_for_line("lightning.allow_spending_key: true"));
    EXPECT_NE(gate.output().find("overpowered_credential"), std::string::npos);
    EXPECT_EQ(gate.output().find(Lnbits::kAdminKey), std::string::npos);
  }
  EXPECT_EQ(wallet.minted(), 0U);
  given.environment.emplace_back("TOLLHOUSE_LIGHTNING__ALLOW_SPENDING_KEY=true");
  GateProcess gate(site, given);
  ASSERT_TRUE(gate.started()) << gate.output();
  EXPECT_TRUE(wait_ready(gate)) << gate.output();
  EXPECT_TRUE(gate.child().wait_for_line("wallet_key_can_spend"));
  ask(gate, "success.json");
  EXPECT_EQ(gate.stop(), 0);
}

TEST_F(WithLnbits, R_X402_10_AReadablePreimageOfAnUnpaidInvoiceIsNoPaymentByX402) {
  const Site site(upstream.port());
  GateProcess gate(site, options(wallet));
  ASSERT_TRUE(gate.started() && wait_ready(gate)) << gate.output();
  const nlohmann::json accepted = [&] {
    const HttpAnswer refused = gate.call("success.json");
    EXPECT_EQ(refused.status, 402) << refused.body;
    return refusal_of(refused)["accepts"][0];
  }();
  ASSERT_TRUE(accepted["network"].get<std::string>().starts_with("lnbtc:")) << accepted;
  const std::string invoice = accepted["extra"]["invoice"];
  const auto show = [&] {
    const nlohmann::json payment = {{"x402Version", 2},
                                    {"accepted", accepted},
                                    {"payload", {{"preimage", *wallet.preimage_of(invoice)}}}};
    HttpRequest request = gate.request("success.json");
    request.fields.emplace_back("PAYMENT-SIGNATURE", base64(bytes_of(payment.dump())));
    return send_request(gate.port(), request);
  };
  const HttpAnswer unpaid = show();
  EXPECT_EQ(unpaid.status, 402);
  EXPECT_EQ(code_of(unpaid), "invoice_not_paid");
  EXPECT_EQ(upstream.calls("success.json"), 0U);
  ASSERT_TRUE(wallet.pay(invoice));
  const HttpAnswer served = show();
  EXPECT_EQ(served.status, 200) << served.body;
  EXPECT_EQ(gate.stop(), 0);
  expect_books(site, 1);
}

TEST_F(WithLnbits, R_LN_6_TheFirstAnswerDoesNotWaitForTheNode) {
  const Site site(upstream.port(), kMintedAhead);
  GateProcess gate(site, options(wallet));
  ASSERT_TRUE(gate.started() && wait_ready(gate)) << gate.output();
  // One for each priced row and the check's own: the first ones are ready long before the last is
  // minted.
  ASSERT_TRUE(wallet.wait_for_minted(kPricedRows + 1)) << gate.output();
  wallet.set_fault(LnbitsFault::stall);
  std::set<std::string> invoices;
  for (const char* tool : {"success.json", "success.sse", "success.wait"}) {
    EXPECT_TRUE(invoices.insert(ask(gate, tool).invoice).second);
  }
  wallet.set_fault(LnbitsFault::none);
  EXPECT_EQ(gate.stop(), 0);
}

}  // namespace
}  // namespace tollhouse::test
