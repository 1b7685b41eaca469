// tests/process: what an operator has in hand beside the program: metrics, the alert rules on them
// and the runbook for keys. Goal: each thing that a page names is there, and does what it says.
// The rules themselves are tried with promtool, the runbook on an installed package, by
// tests/install.
#include <cstdlib>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "process/gate_process.h"
#include "support/precompiled.h"

namespace tollhouse::test {
namespace {

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string source_text(const std::string& name) {
  return text_of(std::string(TOLLHOUSE_SOURCE) + "/" + name);
}

const std::string kProgram = std::string(TOLLHOUSE_BUILD) + "/tollhouse";

struct Operators : ::testing::Test {
  Upstream upstream;
};

// --- metrics ---

/// Names that a scrape has, histograms by their own name.
std::set<std::string> names_in(const std::string& page) {
  std::set<std::string> names;
  std::istringstream lines(page);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("# TYPE ")) names.insert(line.substr(7, line.rfind(' ') - 7));
  }
  return names;
}

TEST_F(Operators, R_OPS_3_AScrapeHasWhatIsAskedOfIt) {
  const Site site(upstream.port());
  const GateProcess gate(site);
  ASSERT_TRUE(gate.started()) << gate.output();
  const std::set<std::string> names = names_in(gate.metrics());
  const std::pair<const char*, const char*> asked[] = {
      {"payment latency", "tollhouse_payment_latency_seconds"},
      {"payment latency: the invoice", "tollhouse_invoice_duration_seconds"},
      {"success rate: what was offered, and 402 counts", "tollhouse_challenges_total"},
      {"success rate: what was charged", "tollhouse_charges_total"},
      {"success rate: what was made of credentials", "tollhouse_credential_checks_total"},
      {"replays", "tollhouse_replays_total"},
      {"breaker state", "tollhouse_wallet_circuit_open"},
      {"cache hit rate", "tollhouse_cache_requests_total"},
      {"ledger lag", "tollhouse_ledger_lag_seconds"},
      {"ledger lag: how long a charge takes", "tollhouse_store_duration_seconds"},
  };
  for (const auto& [what, name] : asked) EXPECT_TRUE(names.contains(name)) << what;
}

TEST_F(Operators, R_OPS_3_TheNumbersAreThoseOfTheCalls) {
  const Site site(upstream.port());
  const GateProcess gate(site);
  ASSERT_TRUE(gate.started()) << gate.output();
  EXPECT_EQ(gate.sample("tollhouse_payment_latency_seconds_count"), 0);
  const Credential once = gate.buy("success.json");
  EXPECT_EQ(gate.sample("tollhouse_payment_latency_seconds_count"), 0) << "paid, and not shown";
  EXPECT_EQ(gate.call("success.json", once.authorization()).status, 200);
  const HttpRequest again = gate.request("success.json", once.authorization());
  EXPECT_EQ(code_of(gate.call_settled(again)), "replay");
  const Credential pass = gate.buy("pass.json");
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(gate.call("pass.json", pass.authorization()).status, 200) << i;
  }
  EXPECT_EQ(gate.sample("tollhouse_payment_latency_seconds_count"), 2) << "each payment once";
  EXPECT_EQ(gate.sample("tollhouse_payment_latency_seconds_bucket{le=\"600\"}"), 2);
  EXPECT_GT(gate.sample("tollhouse_payment_latency_seconds_sum"), 0);
  EXPECT_GE(gate.sample("tollhouse_replays_total"), 1);
  const double hits =
      gate.sample("tollhouse_cache_requests_total{cache=\"passes\",result=\"hit\"}");
  const double misses =
      gate.sample("tollhouse_cache_requests_total{cache=\"passes\",result=\"miss\"}");
  EXPECT_EQ(hits + misses, 3);
  EXPECT_GE(misses, 1) << "each reactor has to see it once";
  EXPECT_LE(misses, 2);
  EXPECT_LT(gate.sample("tollhouse_ledger_lag_seconds"), 20) << "all that was answered is durable";
}

// --- alert rules ---

struct Rule {
  std::string name;
  std::string text;
};

std::vector<Rule> rules() {
  std::vector<Rule> found;
  std::istringstream lines(source_text("packaging/prometheus/tollhouse.rules.yml"));
  const std::string start = "      - alert: ";
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(start)) found.push_back({line.substr(start.size()), {}});
    if (!found.empty()) found.back().text += line + "\n";
  }
  return found;
}

std::vector<std::string> matches_of(const std::string& text, const std::string& pattern) {
  const std::regex expression(pattern);
  std::vector<std::string> found;
  for (std::sregex_iterator at(text.begin(), text.end(), expression), end; at != end; ++at) {
    found.push_back((*at)[1]);
  }
  return found;
}

TEST_F(Operators, R_OPS_4_EveryAlertIsOnMetricsAndLabelsThatAGateHas) {
  const Site site(upstream.port());
  const GateProcess gate(site);
  ASSERT_TRUE(gate.started()) << gate.output();
  const std::string page = gate.metrics();
  const std::set<std::string> names = names_in(page);
  for (const Rule& rule : rules()) {
    const auto used = matches_of(rule.text, R"(\b(tollhouse_\w+))");
    EXPECT_TRUE(!used.empty() || rule.name == "TollhouseDown") << rule.name << " is on nothing";
    for (std::string name : used) {
      const std::string bucket = "_bucket";
      if (name.ends_with(bucket)) name.resize(name.size() - bucket.size());
      EXPECT_TRUE(names.contains(name)) << rule.name << ": " << name;
    }
    for (const std::string& label : matches_of(rule.text, R"((?:\{|, )(\w+!?="[a-z_0-9]+"))")) {
      const std::string sample = std::regex_replace(label, std::regex("!="), "=");
      const bool of_the_scraper = sample.starts_with("job=");
      EXPECT_TRUE(of_the_scraper || page.find(sample) != std::string::npos)
          << rule.name << ": " << sample;
    }
    for (const char* part : {"expr:", "severity:", "summary:", "cure:"}) {
      EXPECT_NE(rule.text.find(part), std::string::npos) << rule.name << " has no " << part;
    }
  }
}

TEST_F(Operators, R_OPS_4_WhatIsAskedForHasAnAlert) {
  std::set<std::string> names;
  for (const Rule& rule : rules()) EXPECT_TRUE(names.insert(rule.name).second) << rule.name;
  // Of ux-and-ops.md 2.3, for the parts that this build has.
  for (const char* name :
       {"TollhouseDown", "TollhouseWalletDown", "TollhousePaymentFlowBroken",
        "TollhouseInvoiceFailures", "TollhouseLedgerLag", "TollhouseGateErrors",
        "TollhouseUpstreamErrors", "TollhousePaymentSlow", "TollhousePaymentSuccessLow",
        "TollhouseReplayBurst", "TollhouseReloadFailed", "TollhouseWalletCircuitOpen"}) {
    EXPECT_TRUE(names.contains(name)) << name;
  }
}

// --- the runbook ---

std::string replaced(std::string text, const std::string& old, const std::string& fresh) {
  for (std::size_t at = 0; (at = text.find(old, at)) != std::string::npos; at += fresh.size()) {
    text.replace(at, old.size(), fresh);
  }
  return text;
}

/// A gate as its unit starts it, and the commands of the runbook typed beside it. The service
/// manager is this class; everything else is run as it stands on the page.
class Machine {
 public:
  explicit Machine(const Site& site) : site_(site) {
    const std::string in_text = "secrets: { root: \"" + site.root_key() + "\" }\n";
    const std::string configuration = text_of(site.configuration());
    EXPECT_NE(configuration.find(in_text), std::string::npos);
    std::ofstream(site.configuration()) << replaced(configuration, in_text, "");
    std::ofstream(root_key()) << site.root_key() << "\n";
    std::filesystem::permissions(root_key(), std::filesystem::perms(0600));
    control("start");
  }

  GateProcess& gate() { return *gate_; }
  std::filesystem::path root_key() const { return site_.folder() / "root.key"; }
  std::filesystem::path previous() const { return site_.folder() / "root.key.previous"; }

  /// Every line of the runbook's block of this name.
  void follow(const std::string& block) {
    std::istringstream lines(source_text("docs/runbooks/rotation.md"));
    std::size_t followed = 0;
    bool inside = false;
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with("```")) {
        inside = line == "```sh " + block;
      } else if (inside) {
        ++followed;
        type(line);
      }
    }
    EXPECT_GT(followed, 0U) << "the runbook has no block " << block;
  }

 private:
  void type(const std::string& line) {
    const std::string service = "systemctl ";
    if (line.starts_with(service)) {
      const std::string rest = line.substr(service.size());
      ASSERT_TRUE(rest.ends_with(" tollhouse")) << line;
      return control(rest.substr(0, rest.find(' ')));
    }
    std::string here = replaced(line, "/etc/tollhouse/tollhouse.yaml", site_.configuration());
    here = replaced(here, "/etc/tollhouse", site_.folder().string());
    here = replaced(here, "/var/lib/private/tollhouse", site_.books().string());
    const std::string path = "PATH='" + std::string(TOLLHOUSE_BUILD) + ":/usr/bin:/bin' ";
    Child typed({"/bin/sh", "-euc", "export " + path + "; " + here});
    EXPECT_EQ(typed.wait(), 0) << line << "\n" << typed.output();
  }
  void control(const std::string& verb) {
    if (gate_ && verb != "start") {
      EXPECT_EQ(gate_->stop(), 0) << gate_->output();
      gate_.reset();
    }
    if (verb == "stop") return;
    // As LoadCredential= gives them; a file that is not there gives nothing.
    GateOptions options;
    options.environment = {"HMAC_SECRET_V2=" + text_of(root_key()).substr(0, 64)};
    if (std::filesystem::exists(previous())) {
      options.environment.push_back("HMAC_SECRET_V1=" + text_of(previous()).substr(0, 64));
    }
    gate_ = std::make_unique<GateProcess>(site_, options);
    ASSERT_TRUE(gate_->started()) << gate_->output();
  }

  const Site& site_;
  std::unique_ptr<GateProcess> gate_;
};

TEST_F(Operators, R_OPS_6_TheRunbookRotatesTheRootKeyAndNobodyWhoPaidLoses) {
  const Site site(upstream.port());
  Machine machine(site);
  const Credential first = machine.gate().buy("pass.json");
  EXPECT_EQ(machine.gate().call("pass.json", first.authorization()).status, 200);
  const std::string key = text_of(machine.root_key());

  machine.follow("rotate");
  EXPECT_NE(text_of(machine.root_key()), key);
  EXPECT_EQ(text_of(machine.previous()).substr(0, 64), key.substr(0, 64));
  EXPECT_EQ(machine.gate().call("pass.json", first.authorization()).status, 200);
  const Credential second = machine.gate().buy("pass.json");
  EXPECT_EQ(machine.gate().call("pass.json", second.authorization()).status, 200);

  machine.follow("retire");
  EXPECT_FALSE(std::filesystem::exists(machine.previous()));
  EXPECT_EQ(machine.gate().call("pass.json", second.authorization()).status, 200);
  const HttpAnswer retired = machine.gate().call("pass.json", first.authorization());
  EXPECT_EQ(retired.status, 401);
  EXPECT_EQ(code_of(retired), "bad_signature");
}

TEST_F(Operators, R_OPS_6_TheRunbookRotatesTheReceiptKeyAndReceiptsStayGood) {
  const Site site(upstream.port());
  Machine machine(site);
  const auto sell_one = [&] {
    const Credential credential = machine.gate().buy("success.json");
    EXPECT_EQ(machine.gate().call("success.json", credential.authorization()).status, 200);
  };
  sell_one();
  const std::string key = text_of(site.books() / "receipt.key");
  machine.follow("receipt");
  EXPECT_NE(text_of(site.books() / "receipt.key"), key);
  EXPECT_EQ(text_of(site.books() / "receipt.key.1"), key);
  sell_one();
  EXPECT_EQ(machine.gate().stop(), 0);
  Child check({kProgram, "ledger", "check", "-c", site.configuration(), "--json"},
              {"HMAC_SECRET_V2=" + text_of(machine.root_key()).substr(0, 64)});
  EXPECT_EQ(check.wait(), 0) << check.output();
  check.wait_for_line("\x01");  // until it has said all
  const auto report = nlohmann::json::parse(check.output());
  EXPECT_EQ(report.value("receipts", 0U), 2U) << report;
}

TEST_F(Operators, R_OPS_6_EveryCommandOfTheRunbookIsTheProgramsOwn) {
  const std::string runbook = source_text("docs/runbooks/rotation.md");
  const std::regex command(R"((?:^|[\s`])tollhouse ([a-z][a-z-]+)(?: ([a-z]+))?)");
  std::size_t found = 0;
  for (std::sregex_iterator at(runbook.begin(), runbook.end(), command), end; at != end; ++at) {
    const std::string name = (*at)[1];
    const std::string choice = (*at)[2];
    Child help({kProgram, name, "--help"});
    ASSERT_EQ(help.wait(), 0) << name << help.output();
    help.wait_for_line("\x01");  // until it has said all
    EXPECT_NE(help.output().find(choice), std::string::npos) << name << " " << choice;
    ++found;
  }
  EXPECT_GE(found, 6U);
}

}  // namespace
}  // namespace tollhouse::test
