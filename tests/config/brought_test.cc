// tests/config: settings that users bring along from the systems that the gate stands in for load
// as they are, and what this build lacks is named (R-CFG-2, R-CFG-3, R-LN-3). Method: files of
// brought/ as their pages have them.
#include <algorithm>

#include "base/format.h"
#include "base/hex.h"
#include "config/loading.h"

namespace tollhouse::config {
namespace {

using namespace std::chrono_literals;

Request brought_along(const char* file) {
  Request request = bare_request();
  request.file = (folder("brought") / file).string();
  request.upstream = kUpstream;
  request.environment = {{"LN_GATE_HMAC", kRoot}};
  return request;
}

/// The template has no upstream, secret or wallet: they come from elsewhere.
TEST(Config, R_CFG_3_R_MET_9_TheCompositeTemplateMeansItsRows) {
  const Loaded all = loaded(brought_along("composite_gate_paid.json"));
  const gate::Route& route = *all.settings.policy.route_for("/mcp");
  EXPECT_EQ(route.row_for("image_describe")->terms.price, Msat::of_sat(3));
  EXPECT_EQ(route.row_for("image_describe")->terms.valid_for, Duration(120s));
  EXPECT_EQ(route.row_for("data_query")->terms.price, Msat::of_sat(1));
  EXPECT_TRUE(route.row_for("status")->terms.free());
  EXPECT_EQ(route.row_for("unheard of"), nullptr);
  EXPECT_EQ(all.settings.policy.l402.ttl, Duration(120s));
  ASSERT_EQ(all.warnings.size(), 1u);
  EXPECT_TRUE(all.warnings[0].starts_with("mcp_server.auth.payment.gateway: ")) << all.warnings[0];
}

/// What this build lacks is named, where it stands in the user's file; nothing else is.
TEST(Config, R_CFG_3_TheCompositeTemplateIsToldWhatIsNotHere) {
  auto result = load(brought_along("composite_gate.json"));
  ASSERT_FALSE(result);
  std::vector<std::string> told;
  for (const Fault& fault : result.error().faults) {
    told.push_back(fmt::format("{} {}: {}", fault.place.line, fault.key, fault.message));
  }
  const std::vector<std::string> want = {
      "5 mcp_server.auth.identity: identity is not part of this build",
      "24 mcp_server.tools[0].requires_identity: identity is not part of this build"};
  EXPECT_EQ(told, want);
}

/// Work of `pow_difficulty` bits may stand in for each price, and for nothing that is free.
TEST(Config, R_CFG_3_TheCompositeTemplateTakesWork) {
  std::ifstream file(folder("brought") / "composite_gate_paid.json");
  std::string text{std::istreambuf_iterator<char>(file), {}};
  const std::string off = R"("pow_enabled": false)";
  ASSERT_NE(text.find(off), std::string::npos);
  text.replace(text.find(off), off.size(), R"("pow_enabled": true)");
  const auto with = [](const std::string& written) {
    const TemporaryFile made("gate.json", written);
    Request request = brought_along("composite_gate_paid.json");
    request.file = made.path().string();
    auto result = load(request);
    return result ? std::move(*result) : (ADD_FAILURE() << to_text(result.error()), Loaded{});
  };
  const Loaded all = with(text);
  ASSERT_EQ(all.settings.policy.routes.size(), 1u);
  const gate::Route& route = all.settings.policy.routes.front();
  for (const char* tool : {"image_describe", "data_query"}) {
    const gate::Terms& terms = route.row_for(tool)->terms;
    ASSERT_TRUE(terms.work) << tool;
    EXPECT_EQ(terms.work->bits, 20);
    EXPECT_FALSE(terms.work->with_price) << "in place of the price";
    EXPECT_TRUE(terms.priced());
  }
  EXPECT_FALSE(route.row_for("status")->terms.work);
  EXPECT_EQ(all.settings.policy.work.bits, 20);

  const std::string bits = R"("pow_difficulty": 20)";
  text.replace(text.find(bits), bits.size(), R"("pow_difficulty": 29)");
  const TemporaryFile hard("gate.json", text);
  Request request = brought_along("composite_gate_paid.json");
  request.file = hard.path().string();
  const std::string told = refusal(request);
  EXPECT_NE(told.find("pow_difficulty: is no amount of work"), std::string::npos) << told;
}

/// The options of the dual-rail paywall, with a wallet.
constexpr const char* kPayGate = R"({
  "upstream": "http://127.0.0.1:3001/mcp",
  "pay_gate": {
    "gateUrl": "https://gate.example",
    "priceMsat": 5000,
    "network": "bip122:000000000019d6689c085ae165831e93",
    "scheme": "exact",
    "payTo": "anonymous",
    "lnbits": { "url": "https://lnbits.example", "apiKey": "${INVOICE_KEY}" },
    "settlementCache": "48h"
  }
})";

Request pay_gate_request(const TemporaryFile& file) {
  Request request = bare_request();
  request.file = file.path().string();
  request.environment = {{"LN_GATE_HMAC", kRoot},
                         {"INVOICE_KEY", "00112233445566778899aabbccddeeff"}};
  return request;
}

TEST(Config, R_CFG_4_TheOptionsOfThePaywallMapOneToOne) {
  const TemporaryFile file("gate.json", kPayGate);
  const Loaded all = loaded(pay_gate_request(file));
  const Settings& s = all.settings;
  EXPECT_EQ(s.policy.l402.other_gate.url, "https://gate.example");
  const gate::ToolRow* row = s.policy.route_for("/mcp")->row_for("any tool");
  ASSERT_NE(row, nullptr);
  EXPECT_EQ(row->terms.price, Msat::of(5000));
  EXPECT_TRUE(row->terms.rails.x402 && row->terms.rails.l402) << "both rails";
  EXPECT_TRUE(s.policy.x402.bip122);
  EXPECT_EQ(s.policy.x402.settlement_ttl, Duration(48h));
  EXPECT_EQ(s.lightning.driver, LightningDriver::lnbits);
  EXPECT_EQ(s.lightning.network, LightningNetwork::mainnet);
  EXPECT_EQ(s.lightning.url, "https://lnbits.example");
  EXPECT_EQ(text_of(s.lightning.key.reveal()), "00112233445566778899aabbccddeeff");
  for (const Entry& entry : all.entries) EXPECT_EQ(entry.value.find("00112233"), std::string::npos);
}

TEST(Config, R_CFG_4_WhatThePaywallDoesNotSayIsItsDefault) {
  const auto price_of = [](const std::string& options) {
    const TemporaryFile file("gate.yaml",
                             "upstream: http://127.0.0.1:3001/mcp\npay_gate: " + options + "\n");
    const Loaded all = loaded(pay_gate_request(file));
    const gate::Route* route = all.settings.policy.route_for("/mcp");
    return route != nullptr && route->other ? route->other->terms.price : Msat();
  };
  EXPECT_EQ(price_of("{ payTo: anonymous }"), Msat::of(3000));
  EXPECT_EQ(price_of("{ satsAmount: 7 }"), Msat::of(7000));
  EXPECT_EQ(price_of("{ satsAmount: 7, priceMsat: 7000 }"), Msat::of(7000));
}

/// What the environment says of a key of ours is said later than the file.
TEST(Config, R_CFG_4_LaterSourcesWin) {
  const TemporaryFile file("gate.json", kPayGate);
  Request request = pay_gate_request(file);
  request.environment["WALLET_BASE_URL"] = "https://other.example";
  request.sets = {"rails.x402.settlement_ttl=72h"};
  const Loaded all = loaded(request);
  EXPECT_EQ(all.settings.lightning.url, "https://other.example");
  EXPECT_EQ(all.settings.policy.x402.settlement_ttl, Duration(72h));
}

TEST(Config, R_CFG_4_WhatCannotBeMeantIsNamed) {
  const std::pair<std::string, const char*> refused[] = {
      {"pay_gate: { satsAmount: 3, priceMsat: 4000 }", "two values for one thing"},
      {"pay_gate: { priceMsat: 4000 }\ntools: { \"*\": { price: 3 sat } }",
       "`pay_gate.priceMsat` and `tools` are two values for one thing"},
      {"pay_gate: { settlementCache: 24h }\nrails: { x402: { settlement_ttl: 25h } }",
       "two values for one thing"},
      {"pay_gate: { scheme: upto }", "pay_gate.scheme"},
      {"pay_gate: { payTo: me }", "pay_gate.payTo"},
      {"pay_gate: { network: \"eip155:1\" }", "pay_gate.network: is no network of this gate"},
      {"pay_gate: { network: \"bip122:000000000019d6689c085ae165831e93\" }",
       "the simulated wallet"},
      {"pay_gate: { settlementCache: 24 }", "pay_gate.settlementCache"},
      {"pay_gate: { priceMsat: cheap }", "pay_gate.priceMsat"},
      {"pay_gate: { invoiceFn: x }", "pay_gate.invoiceFn: unknown key"},
      {"pay_gate: { lnbits: { apiKey: 00112233445566778899AABBCCDDEEFF } }", "lightning.key"},
  };
  for (const auto& [options, why] : refused) {
    const TemporaryFile file("gate.yaml", "upstream: http://127.0.0.1:3001/mcp\n" + options + "\n");
    const std::string told = refusal(pay_gate_request(file));
    EXPECT_NE(told.find(why), std::string::npos) << options << "\n" << told;
    EXPECT_EQ(told.find("AABBCC"), std::string::npos) << told;
  }
}

TEST(Config, TheCompositeTemplateWithoutUpstreamOrSecretIsToldSo) {
  Request request = brought_along("composite_gate_paid.json");
  request.upstream.reset();
  request.environment.clear();
  const std::string told = refusal(request);
  EXPECT_NE(told.find("Missing required configuration: LN_GATE_HMAC"), std::string::npos) << told;
  EXPECT_NE(told.find("Missing required configuration: upstream"), std::string::npos) << told;
}

Environment environment_of(const fs::path& file) {
  Environment environment;
  std::ifstream lines(file);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t equals = line.find('=');
    environment[line.substr(0, equals)] = line.substr(equals + 1);
  }
  return environment;
}

/// The whole environment of the dual-control gate: but for reputation, which is named, it is here.
TEST(Config, R_CFG_2_TheDualControlEnvironmentMeansWhatItSays) {
  Request request = bare_request();
  request.upstream = kUpstream;
  request.environment = environment_of(folder("brought") / "dual_control.env");
  ASSERT_EQ(request.environment.size(), 10u);
  const auto result = load(request);
  ASSERT_FALSE(result);
  ASSERT_EQ(result.error().faults.size(), 1u) << to_text(result.error());
  EXPECT_EQ(result.error().faults[0].key, "REPUTATION_ORACLE_ENDPOINT");
  EXPECT_EQ(result.error().faults[0].message, "reputation is not part of this build");

  request.environment.erase("REPUTATION_ORACLE_ENDPOINT");
  const Loaded all = loaded(request);
  const Settings& s = all.settings;
  ASSERT_EQ(s.listen.size(), 1u);
  EXPECT_EQ(s.listen[0].text(), "127.0.0.1:3100");
  EXPECT_EQ(hex(s.root_keys.at(0).secret), request.environment["LN_GATE_HMAC"]);
  EXPECT_EQ(s.lightning.driver, LightningDriver::lnbits);
  EXPECT_EQ(s.lightning.network, LightningNetwork::mainnet);
  EXPECT_EQ(s.lightning.url, "https://your-lnbits-instance.example");
  EXPECT_EQ(text_of(s.lightning.key.reveal()), request.environment["WALLET_INVOICE_KEY"]);
  EXPECT_EQ(s.policy.l402.ttl, Duration(300s));
  const gate::ToolRow* row = s.policy.route_for("/mcp")->row_for("any tool");
  ASSERT_NE(row, nullptr) << "every tool is priced";
  EXPECT_FALSE(row->terms.free());
  const std::string told = "environment CHINTIP_MAX_AGE_BLOCKS is read as CHAINTIP_MAX_AGE_BLOCKS";
  EXPECT_EQ(std::ranges::count_if(all.warnings, [&](const auto& w) { return w.starts_with(told); }),
            1);
  for (const char* name : {"WALLET_INVOICE_KEY", "WALLET_BASE_URL"}) {
    Request missing = request;
    missing.environment.erase(name);
    const std::string why = refusal(missing);
    EXPECT_NE(why.find(std::string("Missing required configuration: ") + name), std::string::npos)
        << why;
  }
}

TEST(Config, R_CFG_2_NamesThatUsersBringAlong) {
  Request request = bare_request();
  request.upstream = kUpstream;
  request.environment = {{"PORT", "3100"},
                         {"NODE_ENV", "production"},
                         {"LN_GATE_HMAC", kRoot},
                         {"MACAROON_TTL_MS", "250000"},
                         {"ORACLE_TIMEOUT_MS", "2000"},
                         {"CHINTIP_MAX_AGE_BLOCKS", "6"},
                         {"MIN_REPUTATION_THRESHOLD", "10"},
                         {"LIVEAUTH_DEMO", "true"}};
  const Loaded all = loaded(request);
  EXPECT_EQ(all.settings.listen[0].text(), "127.0.0.1:3100");
  EXPECT_EQ(all.settings.policy.l402.ttl, Duration(250s));
  EXPECT_EQ(hex(all.settings.root_keys.at(0).secret), kRoot);

  request.environment = {{"HMAC_SECRET_V1", kPrevious}, {"HMAC_SECRET_V2", kRoot}};
  const Loaded pair = loaded(request);
  ASSERT_EQ(pair.settings.root_keys.size(), 2u);
  EXPECT_EQ(hex(pair.settings.root_keys[0].secret), kRoot);
  EXPECT_EQ(hex(pair.settings.root_keys[1].secret), kPrevious);

  const std::pair<const char*, const char*> lacking[] = {
      {"REPUTATION_ORACLE_ENDPOINT", "https://identity.example"},
      {"MIN_REPUTATION_THRESHOLD", "20"},
      {"ORACLE_TIMEOUT_MS", "100"},
      {"CHAINTIP_MAX_AGE_BLOCKS", "9"}};
  for (const auto& [name, value] : lacking) {
    request.environment = {{name, value}};
    const std::string told = refusal(request);
    EXPECT_NE(told.find(name), std::string::npos) << told;
    EXPECT_NE(told.find("is not part of this build"), std::string::npos) << told;
    EXPECT_EQ(told.find("canary"), std::string::npos) << told;
  }
  for (const char* name : {"PORT", "MACAROON_TTL_MS"}) {
    request.environment = {{name, "0x10"}};
    EXPECT_NE(refusal(request).find(name), std::string::npos);
  }
  request.environment = {{"LN_GATE_HMAC", kRoot}, {"HMAC_SECRET_V2", kPrevious}};
  EXPECT_NE(refusal(request).find("two values for one thing"), std::string::npos);
}

/// They belong to programs beside the gate, which stand in the same environment: told, no fault.
TEST(Config, R_CFG_2_NamesOfTheSessionServerAndOfProfilesAreTold) {
  Request request = bare_request();
  request.upstream = kUpstream;
  request.environment = {
      {"LN_GATE_HMAC", kRoot}, {"NODE_ENV", "production"}, {"LIVEAUTH_DEMO", "false"}};
  EXPECT_TRUE(loaded(request).warnings.empty());
  request.environment = {{"LN_GATE_HMAC", kRoot},
                         {"NODE_ENV", "development"},
                         {"LIVEAUTH_API_KEY", "la_pk_canary"},
                         {"LIVEAUTH_API_BASE", "https://api.example"},
                         {"LIVEAUTH_DEMO", "true"},
                         {"LIVEAUTH_PUBLIC_KEY", "la_pk_canary"},
                         {"LIVEAUTH_API_URL", "https://api.example"}};
  const std::vector<std::string> told = loaded(request).warnings;
  ASSERT_EQ(told.size(), 6u);
  EXPECT_EQ(told[0],
            "environment NODE_ENV: a profile other than production is not part of this build; the "
            "gate goes on without");
  for (const std::string& line : told) {
    EXPECT_NE(line.find("is not part of this build"), std::string::npos) << line;
    EXPECT_EQ(line.find("canary"), std::string::npos) << line;
  }
}

TEST(Config, R_LN_3_AnLnbitsWalletOutOfTheEnvironmentOrTheFile) {
  const std::string key = "00112233445566778899aabbccddeeff";
  Request request = request_of(folder("good") / "short_form.yaml");
  for (const auto& [url, name] : {std::pair("WALLET_BASE_URL", "WALLET_INVOICE_KEY"),
                                  std::pair("LNBITS_URL", "LNBITS_INVOICE_KEY")}) {
    Request named = request;
    named.file.reset();
    named.upstream = "http://127.0.0.1:9/mcp";
    named.environment = {
        {"LN_GATE_HMAC", kRoot}, {url, "https://lnbits.example/wallet/"}, {name, key}};
    const LightningSettings lightning = loaded(named).settings.lightning;
    EXPECT_EQ(lightning.driver, LightningDriver::lnbits) << url;
    EXPECT_EQ(lightning.url, "https://lnbits.example/wallet");
    EXPECT_EQ(text_of(lightning.key.reveal()), key);
    EXPECT_EQ(lightning.network, LightningNetwork::mainnet) << "a real wallet is on mainnet";
    EXPECT_FALSE(lightning.allow_spending_key);
  }
  const std::string start =
      "upstream: http://127.0.0.1:9/mcp\ntools: { \"*\": { price: 1 sat } }\nsecrets: { root: " +
      std::string(kRoot) + " }\nlightning: ";
  const auto with = [&](const std::string& lightning) {
    const TemporaryFile file("tollhouse.yaml", start + lightning + "\n");
    return refusal(request_of(file.path()));
  };
  const std::string good = "driver: lnbits, url: https://l.example, key: " + key;
  EXPECT_EQ(with("{ " + good + ", network: signet, allow_spending_key: true }"), "(loaded)");
  const std::pair<std::string, const char*> refused[] = {
      {"{ driver: lnbits, key: " + key + " }", "Missing required configuration: WALLET_BASE_URL"},
      {"{ driver: lnbits, url: https://l.example }",
       "Missing required configuration: WALLET_INVOICE_KEY"},
      {"{ driver: lnbits, url: http://l.example, key: " + key + " }", "plain http"},
      {"{ driver: lnbits, url: \"https://l.example/?a=b\", key: " + key + " }", "query"},
      {"{ driver: lnbits, url: https://l.example, key: 00112233445566778899AABBCCDDEEFF }",
       "is no LNbits key"},
      {"{ " + good + ", seed: " + key + key + " }", "seed"},
      {"{ driver: simulated, url: https://l.example }", "the simulated wallet takes none"},
  };
  for (const auto& [lightning, why] : refused) {
    const std::string told = with(lightning);
    EXPECT_NE(told.find(why), std::string::npos) << lightning << told;
    EXPECT_EQ(told.find(key), std::string::npos) << told;
  }
  request.environment = {{"WALLET_INVOICE_KEY", key}, {"LNBITS_INVOICE_KEY", key + "0"}};
  EXPECT_NE(refusal(request).find("two values for one thing"), std::string::npos);
}

}  // namespace
}  // namespace tollhouse::config
