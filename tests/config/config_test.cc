// tests/config: what good files mean, what bad files are told, and in which order sources win.
// Goal: each fault with its words; no secret in any output. Method: files in good/ and bad/, the
// expected text beside each bad one (bad/NAME.txt).
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/format.h"
#include "base/hex.h"
#include "config/load.h"
#include "config/loading.h"
#include "config/options.h"
#include "config/secrets.h"
#include "config/units.h"
#include "support/precompiled.h"
#include "support/vectors.h"

namespace tollhouse::config {
namespace {

using namespace std::chrono_literals;

std::string text_of_file(const fs::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string without_folder(std::string text, const fs::path& path) {
  for (std::size_t at; (at = text.find(path.string() + "/")) != std::string::npos;) {
    text.erase(at, path.string().size() + 1);
  }
  return text;
}

const Entry* entry_of(const Loaded& all, std::string_view key) {
  for (const Entry& entry : all.entries) {
    if (entry.key == key) return &entry;
  }
  return nullptr;
}

TEST(Config, R_CFG_1_EveryBadFileIsToldAllItsFaults) {
  std::size_t files = 0;
  for (const auto& file : fs::directory_iterator(folder("bad"))) {
    if (file.path().extension() != ".yaml") continue;
    SCOPED_TRACE(file.path().filename().string());
    ++files;
    fs::path expected_path = file.path();
    expected_path.replace_extension(".txt");
    const std::string told = without_folder(refusal(request_of(file.path())), folder("bad"));
    if (std::getenv("TOLLHOUSE_WRITE_EXPECTED") != nullptr) std::ofstream(expected_path) << told;
    EXPECT_EQ(told, text_of_file(expected_path));
  }
  EXPECT_GE(files, 20u);
}

TEST(Config, GoodFilesLoad) {
  for (const auto& file : fs::directory_iterator(folder("good"))) {
    SCOPED_TRACE(file.path().filename().string());
    const Loaded all = loaded(request_of(file.path()));
    EXPECT_FALSE(all.settings.policy.routes.empty());
    EXPECT_EQ(all.warnings, std::vector<std::string>());
  }
}

TEST(Config, EverythingReachesTheSettings) {
  const Loaded all = loaded(request_of(folder("good") / "everything.yaml"));
  const Settings& s = all.settings;
  ASSERT_EQ(s.listen.size(), 2u);
  EXPECT_EQ(s.listen[1].text(), "[::1]:8402");
  EXPECT_FALSE(s.admin);
  EXPECT_EQ(s.data_dir, "./books");
  EXPECT_EQ(s.workers, 2u);
  EXPECT_EQ(s.policy.public_origin, "https://gate.example");
  EXPECT_EQ(s.policy.allowed_hosts, (std::vector<std::string>{"gate.example", "gate.example"}));
  EXPECT_EQ(s.policy.trusted_proxies.size(), 3u);

  ASSERT_EQ(s.policy.routes.size(), 2u);
  const gate::Route& route = *s.policy.route_for("/mcp");
  EXPECT_EQ(route.service, "mcp");
  EXPECT_EQ(route.upstream.host, "mcp.internal");
  EXPECT_EQ(route.upstream.port, 3001);
  EXPECT_EQ(route.upstream.path, "/mcp?tenant=a");
  EXPECT_EQ(route.upstream.authority, "mcp.internal:3001");
  EXPECT_EQ(route.upstream.first_byte_timeout, Duration(90s));
  EXPECT_EQ(route.upstream.connect_timeout, Duration(500ms));
  EXPECT_EQ(route.upstream.connections_max, 64u);
  ASSERT_EQ(route.upstream.fields.size(), 1u);
  EXPECT_EQ(route.upstream.fields[0].second, "Bearer canary-token-0123456789");
  EXPECT_TRUE(route.receipt_in_meta && route.strict_names);
  EXPECT_EQ(route.row_for("unheard of"), nullptr);

  const gate::Terms& search = route.row_for("web_search")->terms;
  EXPECT_EQ(search.price, Msat::of_sat(3));
  EXPECT_EQ(search.uses, 1u);
  EXPECT_EQ(search.charge_on, gate::ChargeOn::attempt);
  EXPECT_TRUE(search.bind_body && search.bind_address);
  EXPECT_EQ(search.valid_for, Duration(120s));
  EXPECT_EQ(route.row_for("burst")->terms.uses, 100u);
  EXPECT_EQ(route.row_for("pass")->terms.uses, 0u);
  EXPECT_EQ(route.row_for("pass")->terms.price, Msat::of_sat(500));
  EXPECT_EQ(route.row_for("pass")->terms.valid_for, Duration(24h));
  EXPECT_EQ(route.row_for("cent")->terms.price, Msat::of(1500));
  EXPECT_EQ(route.row_for("cent")->id, "0f8fad5b-d9cb-469f-a165-70867728950e");
  EXPECT_TRUE(route.row_for("status")->terms.free());
  EXPECT_TRUE(s.policy.route_for("/other/mcp")->row_for("a.b/c d")->terms.free());
  EXPECT_EQ(s.policy.route_for("/other/mcp")->service, "other-mcp");

  EXPECT_EQ(s.root_keys.size(), 2u);
  EXPECT_EQ(hex(s.root_keys[0].secret), kRoot);
  EXPECT_EQ(s.policy.l402.failure_status, 402);
  EXPECT_EQ(s.policy.l402.replay_status, 402);
  EXPECT_TRUE(s.policy.l402.lsat_line);
  EXPECT_EQ(s.fees.basis_points, 250u);
  EXPECT_EQ(s.fees.minimum, Msat::of(500));
  EXPECT_EQ(s.receipts.key_id, "gate-1");
  EXPECT_EQ(hex(s.receipts.hmac_key.reveal()), kReceiptKey);
  EXPECT_EQ(s.policy.limits.body_bytes_max, 1024u * 1024);
  EXPECT_EQ(s.policy.limits.releases, 0u);
  EXPECT_EQ(s.policy.limits.connections, 100u);
  EXPECT_EQ(s.policy.limits.drain_timeout, Duration(5s));
  EXPECT_EQ(s.log.format, LogFormat::json);
  EXPECT_EQ(s.log.level, LogLevel::debug);
}

TEST(Config, DefaultsOfTheTableAreThoseOfTheGate) {
  Request request = bare_request();
  request.upstream = kUpstream;
  const Settings s = loaded(request).settings;
  const gate::Limits want;
  const gate::Limits& got = s.policy.limits;
  EXPECT_EQ(got.body_bytes_max, want.body_bytes_max);
  EXPECT_EQ(got.head_bytes_max, want.head_bytes_max);
  EXPECT_EQ(got.settle_buffer_bytes, want.settle_buffer_bytes);
  EXPECT_EQ(got.event_bytes_max, want.event_bytes_max);
  EXPECT_EQ(got.receipt_event_bytes_max, want.receipt_event_bytes_max);
  EXPECT_EQ(got.stream_buffer_bytes, want.stream_buffer_bytes);
  EXPECT_EQ(got.kept_result_bytes_max, want.kept_result_bytes_max);
  EXPECT_EQ(got.body_bytes_in_process, want.body_bytes_in_process);
  EXPECT_EQ(got.requests_per_connection, want.requests_per_connection);
  EXPECT_EQ(got.connections, want.connections);
  EXPECT_EQ(got.connections_per_client, want.connections_per_client);
  EXPECT_EQ(got.streams, want.streams);
  EXPECT_EQ(got.streams_per_client, want.streams_per_client);
  EXPECT_EQ(got.challenges_per_minute, want.challenges_per_minute);
  EXPECT_EQ(got.challenges_per_second_in_all, want.challenges_per_second_in_all);
  EXPECT_EQ(got.unpaid_per_client, want.unpaid_per_client);
  EXPECT_EQ(got.unpaid_in_all, want.unpaid_in_all);
  EXPECT_EQ(got.failed_credentials_per_minute, want.failed_credentials_per_minute);
  EXPECT_EQ(got.releases, want.releases);
  EXPECT_EQ(got.upstream_waiting_max, want.upstream_waiting_max);
  EXPECT_EQ(got.upstream_wait, want.upstream_wait);
  EXPECT_EQ(got.head_timeout, want.head_timeout);
  EXPECT_EQ(got.body_timeout, want.body_timeout);
  EXPECT_EQ(got.idle_timeout, want.idle_timeout);
  EXPECT_EQ(got.write_stall, want.write_stall);
  EXPECT_EQ(got.call_age_max, want.call_age_max);
  EXPECT_EQ(got.stream_age_max, want.stream_age_max);
  EXPECT_EQ(got.stream_comment_interval, want.stream_comment_interval);
  EXPECT_EQ(got.mint_timeout, want.mint_timeout);
  EXPECT_EQ(got.lookup_timeout, want.lookup_timeout);
  EXPECT_EQ(got.ledger_timeout, want.ledger_timeout);
  EXPECT_EQ(got.drain_timeout, want.drain_timeout);
  EXPECT_EQ(got.redelivery_window, want.redelivery_window);
  EXPECT_EQ(s.policy.l402.ttl, gate::L402Settings().ttl);
  EXPECT_EQ(s.policy.l402.replay_status, gate::L402Settings().replay_status);
  EXPECT_EQ(s.fees.minimum, Msat::of_sat(1));
}

TEST(Config, NoFileIsAGateAtOneSat) {
  Request request = bare_request();
  request.upstream = kUpstream;
  const Loaded all = loaded(request);
  EXPECT_FALSE(all.file);
  EXPECT_EQ(all.settings.listen[0].text(), "127.0.0.1:8402");
  EXPECT_EQ(all.settings.admin->text(), "127.0.0.1:8403");
  EXPECT_EQ(all.settings.policy.routes[0].row_for("anything")->terms.price, Msat::of_sat(1));
  EXPECT_TRUE(all.settings.root_keys.empty());

  // What serve prints as the file that would do the same does the same.
  const TemporaryFile root("root.key", std::string(kRoot) + "\n");
  std::string yaml = equivalent_yaml(all.settings);
  const std::size_t at = yaml.find("${file:");
  ASSERT_NE(at, std::string::npos);
  yaml.replace(at, yaml.find('}', at) - at, "${file:" + root.path().string());
  const TemporaryFile file("tollhouse.yaml", yaml);
  const Loaded again = loaded(request_of(file.path()));
  EXPECT_EQ(equivalent_yaml(again.settings), equivalent_yaml(all.settings));
}

TEST(Config, NothingAtAllNamesWhatIsMissing) {
  const std::string told = refusal(bare_request());
  EXPECT_NE(told.find("Missing required configuration: upstream"), std::string::npos) << told;
  Request missing = bare_request();
  missing.file = "/nonexistent/tollhouse.yaml";
  EXPECT_NE(refusal(missing).find("missing or cannot be read"), std::string::npos);
}

TEST(Config, LaterSourcesWinAndSayWhoTheyAre) {
  Request request = request_of(folder("good") / "short_form.yaml");
  EXPECT_EQ(entry_of(loaded(request), "tools.web_search.price")->value, "3 sat");
  request.environment["TOLLHOUSE_TOOLS__WEB_SEARCH__PRICE"] = "4 sat";
  request.environment["TOLLHOUSE_RAILS__L402__TTL"] = "90s";
  request.environment["TOLLHOUSE_LISTEN"] = "[127.0.0.1:1, 127.0.0.1:2]";
  Loaded all = loaded(request);
  EXPECT_EQ(all.settings.policy.routes[0].row_for("web_search")->terms.price, Msat::of_sat(4));
  EXPECT_EQ(entry_of(all, "tools.web_search.price")->origin,
            "environment TOLLHOUSE_TOOLS__WEB_SEARCH__PRICE");
  EXPECT_EQ(all.settings.policy.l402.ttl, Duration(90s));
  EXPECT_EQ(all.settings.listen.size(), 2u);
  request.sets = {"tools.web_search.price=5 sat", "rails.l402.ttl=80s", "listen=[::1]:8402",
                  "tools[\"a.b\"].price=7 sat", "log={format: text}"};
  all = loaded(request);
  EXPECT_EQ(all.settings.policy.routes[0].row_for("web_search")->terms.price, Msat::of_sat(5));
  EXPECT_EQ(all.settings.policy.routes[0].row_for("a.b")->terms.price, Msat::of_sat(7));
  EXPECT_EQ(entry_of(all, "tools.web_search.price")->origin, "--set");
  EXPECT_EQ(all.settings.policy.l402.ttl, Duration(80s));
  EXPECT_EQ(all.settings.listen.at(0).text(), "[::1]:8402");
  EXPECT_EQ(entry_of(all, "fees.basis_points")->origin, "default");
  EXPECT_EQ(entry_of(all, "upstream")->origin,
            (folder("good") / "short_form.yaml").string() + ":1");
}

TEST(Config, UnknownEnvironmentNameIsAWarningWithASuggestion) {
  Request request = request_of(folder("good") / "short_form.yaml");
  request.environment["TOLLHOUSE_LISTNE"] = "127.0.0.1:1";
  request.environment["TOLLHOUSE_WALLET"] = "sim";
  const Loaded all = loaded(request);
  ASSERT_EQ(all.warnings.size(), 1u);
  EXPECT_EQ(all.warnings[0],
            "environment TOLLHOUSE_LISTNE: no key has this name; did you mean TOLLHOUSE_LISTEN?");
}

TEST(Config, ContradictingEnvironmentNames) {
  Request request = request_of(folder("good") / "short_form.yaml");
  request.environment["LN_GATE_HMAC"] = kRoot;
  request.environment["TOLLHOUSE_SECRETS__ROOT"] = kPrevious;
  const std::string told = refusal(request);
  EXPECT_NE(told.find("environment LN_GATE_HMAC gives another value"), std::string::npos) << told;
  EXPECT_EQ(told.find(kPrevious), std::string::npos);
  request.environment["TOLLHOUSE_SECRETS__ROOT"] = kRoot;
  loaded(request);
}

TEST(Config, R_CFG_5_SecretsFromFilesAndCredentials) {
  const TemporaryFile good("root", std::string(kRoot) + "\n");
  const TemporaryFile open("root", std::string(kRoot) + "\n", 0644);
  Request request = request_of(folder("good") / "short_form.yaml");
  request.environment.erase("TEST_ROOT");
  EXPECT_NE(refusal(request).find("Missing required configuration: TEST_ROOT"), std::string::npos);
  request.environment["TEST_ROOT_FILE"] = good.path();
  EXPECT_EQ(hex(loaded(request).settings.root_keys.at(0).secret), kRoot);
  request.environment["TEST_ROOT_FILE"] = open.path();
  EXPECT_NE(refusal(request).find("mode 0644 lets others read it"), std::string::npos);

  request.environment.erase("TEST_ROOT_FILE");
  const TemporaryFile credential("TEST_ROOT", kRoot, 0440);  // systemd's own mode
  request.environment["CREDENTIALS_DIRECTORY"] = credential.path().parent_path();
  EXPECT_EQ(hex(loaded(request).settings.root_keys.at(0).secret), kRoot);

  const TemporaryFile file(
      "tollhouse.yaml",
      "upstream: http://127.0.0.1:1/\ntools: { a: free }\nsecrets: { root: \"${file:root}\" }\n");
  std::ofstream(file.path().parent_path() / "root") << kRoot;
  ::chmod((file.path().parent_path() / "root").c_str(), 0600);
  EXPECT_EQ(hex(loaded(request_of(file.path())).settings.root_keys.at(0).secret), kRoot);

  for (const char* set :
       {"secrets.root=x", "secrets={root: x}", "receipts.hmac_key=x", "lightning.seed=x",
        "lightning.key=x", "admin_token=x", "secrets.rooot=x"}) {
    Request on_command_line = request_of(folder("good") / "short_form.yaml");
    on_command_line.sets = {set};
    const auto result = load(on_command_line);
    ASSERT_FALSE(result) << set;
    EXPECT_TRUE(result.error().wrong_usage) << set;
  }
  for (const char* set :
       {"nothing", "=x", "a..b=x", "listen[0=x", "upstream.url=x", "routes[3].path=/x"}) {
    Request wrong = request_of(folder("good") / "short_form.yaml");
    wrong.sets = {set};
    const auto result = load(wrong);
    ASSERT_FALSE(result) << set;
    EXPECT_TRUE(result.error().wrong_usage) << set;
  }
}

TEST(Config, R_CFG_5_LengthIsMeasuredInBytesOfTheKey) {
  EXPECT_EQ(secret_from_text(kRoot)->size(), 32u);
  EXPECT_FALSE(secret_from_text(std::string(kRoot).substr(0, 62)));
  EXPECT_FALSE(secret_from_text(std::string(kRoot).substr(0, 32)));
  EXPECT_TRUE(secret_from_text("0Zjq+Xo8vC5sWm2kq1n7Tt0aBd4uYhLe"));
  EXPECT_FALSE(secret_from_text("0Zjq+Xo8vC5sWm2kq1n7Tt0aBd4uYhL"));
  // Longer keys count with all their bytes.
  const auto a = root_key_from(*secret_from_text(std::string(kRoot) + "00"));
  const auto b = root_key_from(*secret_from_text(std::string(kRoot) + "01"));
  EXPECT_NE(a.secret, b.secret);
}

TEST(Config, R_CFG_8_NoSecretOutOfADocument) {
  const nlohmann::json cases = nlohmann::json::parse(test::vector_file("l402/verify_cases.json"));
  std::size_t seen = 0;
  const std::function<void(const nlohmann::json&)> walk = [&](const nlohmann::json& value) {
    if (value.is_object() && value.contains("root_key")) {
      const auto key = bytes_from_hex(value["root_key"].get<std::string>());
      if (key && key->size() >= 32) {
        ++seen;
        EXPECT_TRUE(is_published_secret(*key)) << value["root_key"];
      }
    }
    if (value.is_structured()) {
      for (const auto& below : value) walk(below);
    }
  };
  walk(cases);
  EXPECT_GT(seen, 0u);
  EXPECT_TRUE(is_published_secret(bytes_of("receipt-hmac-test-key-0123456789")));
  EXPECT_TRUE(is_published_secret(Bytes(32, 0)));
  EXPECT_FALSE(is_published_secret(*bytes_from_hex(kRoot)));
  // The command line never gives a default secret either: without one there is none.
  Request request = bare_request();
  request.upstream = kUpstream;
  EXPECT_TRUE(loaded(request).settings.root_keys.empty());
  EXPECT_TRUE(loaded(request).settings.receipts.hmac_key.empty());
  EXPECT_TRUE(loaded(request).settings.lightning.seed.empty());
}

TEST(Config, SecretsAreNeverPrinted) {
  const Loaded all = loaded(request_of(folder("good") / "everything.yaml"));
  for (const Entry& entry : all.entries) {
    for (const char* secret : {kRoot, kPrevious, kReceiptKey, "canary-token"}) {
      EXPECT_EQ(entry.value.find(secret), std::string::npos) << entry.key;
    }
  }
  EXPECT_EQ(entry_of(all, "secrets.root")->value, "***");

  const std::string canary = "canary9f8e7d6c5b4a39281706f5e4d3c2";
  const std::string texts[] = {
      "secrets: { root: " + canary + ", roott: " + canary + " }\nupstream: x\n",
      "secrets: { root: [" + canary + "] }\n",
      "secrets: { root: \"" + canary + "\n",
      "secrets:\n  root: " + canary + "\n  root: " + canary + "\n",
      "listen: " + canary + "\nroot: " + canary + "\n",
      "log: { format: " + canary + " }\nadmin_token: " + canary + "\n",
      "lightning: { key: " + canary + ", driver: lnbits, keey: " + canary + " }\n",
      "receipts: { hmac_key: " + canary + ", key_id: \"a b\" }\n",
      "routes: [ { path: x, upstream: { url: y, headers: { \"Host\": " + canary + " } } } ]\n",
      "upstream: ${TEST_TOKEN}\nlog: { level: \"${CANARY}\" }\n"};
  for (const std::string& text : texts) {
    const TemporaryFile file("tollhouse.yaml", text);
    Request request = request_of(file.path());
    request.environment["CANARY"] = canary;
    const std::string told = refusal(request);
    EXPECT_EQ(told.find("canary"), std::string::npos) << told;
    EXPECT_NE(told, "(loaded)");
  }
}

TEST(Config, UnitsAreStrict) {
  for (const char* bad :
       {"3", "3 sats", "3  sat", "sat", "03 sat", "+3 sat", "3.0 sat", "3 SAT",
        "2100000000000001 sat", "99999999999999999999 msat", " 3 sat", "3 sat "}) {
    EXPECT_FALSE(amount_from_text(bad)) << bad;
  }
  EXPECT_EQ(amount_from_text("3sat"), Msat::of_sat(3));
  EXPECT_EQ(amount_from_text("2100000000000000 sat"), Msat::of(Msat::kMax));
  EXPECT_EQ(duration_from_text("5m"), Duration(5min));
  EXPECT_EQ(duration_from_text("250ms"), Duration(250ms));
  for (const char* bad : {"5", "5 min", "5 M", "1h30m", "-1s", "9999999999h"}) {
    EXPECT_FALSE(duration_from_text(bad)) << bad;
  }
  EXPECT_EQ(size_from_text("4 MiB"), 4u * 1024 * 1024);
  for (const char* bad : {"4", "4 MB", "4M", "4 mib"}) EXPECT_FALSE(size_from_text(bad)) << bad;
  EXPECT_FALSE(truth_from_text("yes"));
  EXPECT_FALSE(whole_number_from_text("010"));
  EXPECT_FALSE(whole_number_from_text("1_000"));
  EXPECT_FALSE(endpoint_from_text("[::1"));
  EXPECT_FALSE(endpoint_from_text("::1:80"));
  EXPECT_EQ(endpoint_from_text("localhost:1")->text(), "127.0.0.1:1");
}

RC_GTEST_PROP(Config, AmountsComeBackFromTheirText, (std::uint64_t seed)) {
  const Msat amount = *Msat::of(seed % (Msat::kMax + 1));
  RC_ASSERT(amount_from_text(to_text(amount)) == amount);
}

TEST(Config, DefaultsOfTheTableAreAllowedByTheTable) {
  for (const Option& option : options()) {
    if (option.standard.empty() || option.kind == Kind::list || !option.part.empty()) continue;
    EXPECT_FALSE(complaint_about(option, option.standard)) << option.path;
  }
}

class CountingRandom final : public Random {
 public:
  void fill(std::span<std::uint8_t> into) override {
    for (auto& byte : into) byte = next_ = static_cast<std::uint8_t>(next_ * 5 + 17);
  }

 private:
  std::uint8_t next_ = 3;
};

TEST(KeyFiles, MadeOnceAndKept) {
  const test::OwnFolder own;
  CountingRandom random;
  const fs::path data = own.path() / "deep" / "data";
  const auto made = ensure_root_key(data, random);
  ASSERT_TRUE(made) << made.error();
  EXPECT_TRUE(made->made);
  EXPECT_EQ(made->path, data / "root.key");
  struct stat status{};
  ::stat(made->path.c_str(), &status);
  EXPECT_EQ(status.st_mode & 0777u, 0600u);
  ::stat(data.c_str(), &status);
  EXPECT_EQ(status.st_mode & 0777u, 0700u);
  const auto again = ensure_root_key(data, random);
  ASSERT_TRUE(again);
  EXPECT_FALSE(again->made);
  EXPECT_EQ(hex(again->secret.reveal()), hex(made->secret.reveal()));
  const auto receipt = ensure_receipt_key(data, random);
  ASSERT_TRUE(receipt);
  EXPECT_NE(hex(receipt->secret.reveal()), hex(made->secret.reveal()));
  EXPECT_EQ(std::distance(fs::directory_iterator(data), fs::directory_iterator()), 2);
  EXPECT_FALSE(make_key_file(made->path, random));

  ::chmod(made->path.c_str(), 0640);
  EXPECT_FALSE(ensure_root_key(data, random));
  ::chmod(made->path.c_str(), 0600);
  std::ofstream(made->path) << "abc";
  EXPECT_FALSE(ensure_root_key(data, random));
}

}  // namespace
}  // namespace tollhouse::config
