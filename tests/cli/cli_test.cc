// tests/cli: what people and scripts meet: help, exit codes, init, check, config, keygen, inspect,
// verify-receipt. Goal: each command's promise and each way to use it wrongly. Method: the
// program's own run() with a captured terminal.
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/base64.h"
#include "base/hex.h"
#include "captured.h"
#include "cli/help.h"
#include "support/precompiled.h"
#include "support/vectors.h"

namespace tollhouse::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr const char* kCanary = "b7e0c1a94d52f8360c9d1e7fa2b4586387c0d9e1f2a3b4c5d6e7f8091a2b3c4d";
constexpr const char* kReceiptKey =
    "726563656970742d686d61632d746573742d6b65792d30313233343536373839";

std::string text_of_file(const fs::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

fs::path written(const test::OwnFolder& own, const std::string& name, const std::string& text) {
  std::ofstream(own.path() / name) << text;
  return own.path() / name;
}

TEST(Help, FitsOneScreenAndListsWhatExists) {
  const Captured help = run_captured({"--help"});
  EXPECT_EQ(help.exit, 0);
  EXPECT_EQ(help.error, "");
  std::istringstream lines(help.out);
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line); ++count) EXPECT_LE(line.size(), 100u) << line;
  EXPECT_LE(count, 40u);
  for (const CommandRow& row : commands()) {
    EXPECT_EQ(has(help.out, "\n  " + std::string(row.name) + " "), row.here) << row.name;
  }
}

TEST(Help, NoArgumentsAreSixExamples) {
  const Captured first = run_captured({});
  EXPECT_EQ(first.exit, 0);
  std::size_t examples = 0;
  for (std::size_t at = 0; (at = first.out.find("\n  tollhouse ", at)) != std::string::npos; ++at)
    ++examples;
  EXPECT_EQ(examples, 6u);
}

TEST(Help, EveryCommandHasItsOwnWithAnExample) {
  for (const CommandRow& row : commands()) {
    if (!row.here) continue;
    const Captured help = run_captured({std::string(row.name), "--help"});
    EXPECT_EQ(help.exit, 0) << row.name;
    EXPECT_TRUE(has(help.out, "Example: tollhouse " + std::string(row.name))) << help.out;
    EXPECT_TRUE(has(help.out, std::string(row.purpose))) << help.out;
    EXPECT_EQ(help.error, "");
  }
}

TEST(Help, VersionLine) {
  const Captured version = run_captured({"--version"});
  EXPECT_EQ(version.exit, 0);
  EXPECT_TRUE(version.out.starts_with("tollhouse ")) << version.out;
  EXPECT_TRUE(has(version.out, "OpenSSL") && has(version.out, "SQLite") && has(version.out, " ("));
}

TEST(Usage, WrongUsageIsAlwaysTwo) {
  const std::vector<std::vector<std::string>> wrong = {
      {"chekc"},
      {"zzz"},
      {"--nonsense"},
      {"check", "--nonsense"},
      {"check", "stray"},
      {"inspect"},
      {"ledger"},
      {"ledger", "chek"},
      {"ledger", "show", "xyz"},
      {"keygen"},
      {"keygen", "rsa"},
      {"solve"},
      {"solve", "--challenge", "abc"},
      {"solve", "--challenge", "a b", "--difficulty", "1"},
      {"solve", "--challenge", "abc", "--difficulty", "1", "--unit", "octal"},
      {"solve", "--challenge", "abc", "--difficulty", "65"},
      {"solve", "--challenge", "abc", "--difficulty", "-1"},
      {"solve", "--challenge", "abc", "--difficulty", "1", "--count", "0"},
      {"solve", "--challenge", "abc", "--difficulty", "1", "--count", "65"},
      {"bench"},
      {"bench", "coffee"},
      {"verify-receipt"},
      {"verify-receipt", "-"},
      {"verify-receipt", "-", "--key", "xx"},
      {"verify-receipt", "/nonexistent", "--key", "00"},
      {"call", "http://127.0.0.1:1/mcp"},
      {"call", "http://127.0.0.1:1/mcp", "echo", "--rail", "cash"},
      {"call", "http://127.0.0.1:1/mcp", "echo", "--max-sats", "-1"},
      {"demo", "--port", "70000"},
      {"demo", "--port", "-1"},
      {"ledger", "backup"},
      {"ledger", "export", "--since", "yesterday"},
      {"check", "--set", "secrets.root=" + std::string(kCanary)},
      {"check", "--set", "novalue"},
      {"--color", "sometimes", "check"},
      {"init", "--upstream", "ftp://x"},
      {"init", "a b.yaml"}};
  for (const auto& arguments : wrong) {
    std::string line;
    for (const auto& argument : arguments) line += " " + argument;
    SCOPED_TRACE(line);
    const test::OwnFolder own;
    Terminal::Environment environment = {
        {"TOLLHOUSE_CONFIG",
         written(own, "t.yaml", "upstream: http://127.0.0.1:1/\ntools: { a: free }\n")}};
    const Captured plain = run_captured(arguments, environment);
    EXPECT_EQ(plain.exit, 2) << plain.error;
    EXPECT_EQ(plain.out, "");
    EXPECT_FALSE(has(plain.error, kCanary));
    auto with_json = arguments;
    with_json.push_back("--json");
    const Captured json = run_captured(with_json, environment);
    EXPECT_EQ(json.exit, 2);
    const Json error = Json::parse(json.error).at("error");
    EXPECT_EQ(error.at("exitCode"), 2);
    EXPECT_TRUE(error.at("code").is_string() && error.at("message").is_string());
    EXPECT_TRUE(error.contains("cure"));
  }
  EXPECT_TRUE(has(run_captured({"chekc"}).error, "did you mean tollhouse check?"));
  EXPECT_TRUE(has(run_captured({"ledger", "exprot"}).error, "did you mean ledger export?"));
}

TEST(Usage, WhatThisBuildLacksIsNamed) {
  const std::vector<std::vector<std::string>> lacking = {
      {"session", "start"},
      {"session-mcp"},
      {"review"},
      {"bench", "gate"},
      {"keygen", "ed25519"},
      {"keygen", "nostr"},
      {"keygen", "api-key"},
      {"ledger", "revenue"},
      {"ledger", "restore", "x"},
      {"init", "--profile", "internal"},
      {"init", "--command", "npx x"},
      {"call", "http://127.0.0.1:1/mcp", "echo", "--identity", "t"}};
  for (const auto& arguments : lacking) {
    const Captured told = run_captured(arguments);
    EXPECT_EQ(told.exit, 2) << arguments[0];
    EXPECT_TRUE(has(told.error, "is not part of this build")) << told.error;
  }
}

TEST(Init, R_CLI_1_WhatInitWritesPassesCheck) {
  const test::OwnFolder own;
  const std::string file = own.path() / "tollhouse.yaml";
  const Captured init = run_captured({"init", file, "--upstream", "http://127.0.0.1:4001/mcp"});
  ASSERT_EQ(init.exit, 0) << init.error;
  EXPECT_TRUE(has(init.out, "tollhouse check -c " + file) &&
              has(init.out, "tollhouse serve -c " + file));
  const fs::path secret = own.path() / "tollhouse.secret";
  struct stat status{};
  ASSERT_EQ(::stat(secret.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777u, 0600u);
  const std::string key = text_of_file(secret).substr(0, 64);
  EXPECT_FALSE(has(text_of_file(file), key));
  EXPECT_FALSE(has(init.out + init.error, key));

  const Captured check = run_captured({"check", "-c", file});
  EXPECT_EQ(check.exit, 0) << check.error;
  EXPECT_EQ(check.error, "");
  const Captured config = run_captured({"config", "-c", file, "--json"});
  EXPECT_EQ(config.exit, 0) << config.error;
  EXPECT_FALSE(has(config.out, key));
  EXPECT_TRUE(has(config.out, "http://127.0.0.1:4001/mcp"));

  const std::string profiled = own.path() / "profiled.yaml";
  EXPECT_EQ(run_captured({"init", profiled, "--profile", "pay-per-use"}).exit, 0);
  EXPECT_TRUE(has(text_of_file(profiled), "profile: pay-per-use "));
  const Captured effective = run_captured({"config", "-c", profiled});
  EXPECT_EQ(effective.exit, 0) << effective.error;
  EXPECT_TRUE(has(effective.out, "18 bits")) << effective.out;

  const Captured again = run_captured({"init", file});
  EXPECT_EQ(again.exit, 1);
  EXPECT_TRUE(has(again.error, "exists already"));
  EXPECT_EQ(text_of_file(secret).substr(0, 64), key);
  const std::string other = own.path() / "no/such/folder/t.yaml";
  EXPECT_EQ(run_captured({"init", other}).exit, 6);
}

TEST(Check, R_CLI_1_FaultsAreThree) {
  const test::OwnFolder own;
  const std::string file = written(own, "t.yaml", "upstraem: x\nlisten: y\n");
  const Captured told = run_captured({"check", "-c", file});
  EXPECT_EQ(told.exit, 3);
  EXPECT_EQ(told.out, "");
  EXPECT_TRUE(has(told.error, file + ":1:1: upstraem: unknown key\n"));
  EXPECT_TRUE(has(told.error, "  = did you mean `upstream`?\n"));
  EXPECT_TRUE(has(told.error, file + ":2:1: listen: \"y\" is not an address and port\n"));
  EXPECT_TRUE(has(told.error, "Missing required configuration: LN_GATE_HMAC"));
  const Json error = Json::parse(run_captured({"check", "-c", file, "--json"}).error).at("error");
  EXPECT_EQ(error.at("code"), "configuration_invalid");
  EXPECT_EQ(error.at("exitCode"), 3);
  EXPECT_EQ(error.at("faults").at(0).at("nearest"), "upstream");
  EXPECT_EQ(error.at("faults").at(0).at("line"), 1);
  EXPECT_EQ(run_captured({"check", "-c", own.path() / "missing.yaml"}).exit, 3);
  EXPECT_EQ(run_captured({"config", "-c", own.path() / "missing.yaml"}).exit, 3);
}

TEST(Config, R_CLI_1_SecretsAreMasked) {
  const test::OwnFolder own;
  const std::string file = written(own, "t.yaml",
                                   "upstream: http://127.0.0.1:1/\ntools: { a: { price: 2 sat } }\n"
                                   "secrets: { root: \"${LN_GATE_HMAC}\" }\n");
  const Terminal::Environment environment = {{"LN_GATE_HMAC", kCanary}, {"TOLLHOUSE_LISTNE", "x"}};
  const Captured text =
      run_captured({"config", "-c", file, "--set", "rails.l402.ttl=90s"}, environment);
  EXPECT_EQ(text.exit, 0) << text.error;
  EXPECT_TRUE(has(text.out, "secrets.root: *** (key "));
  EXPECT_TRUE(has(text.out, "rails.l402.ttl: 90s"));
  EXPECT_TRUE(has(text.out, "# --set") && has(text.out, "# default") &&
              has(text.out, "# " + file + ":2"));
  EXPECT_TRUE(has(text.error, "did you mean TOLLHOUSE_LISTEN?"));
  EXPECT_FALSE(has(text.out + text.error, kCanary));
  const Captured json = run_captured({"config", "-c", file, "--json"}, environment);
  EXPECT_FALSE(has(json.out + json.error, kCanary));
  EXPECT_EQ(Json::parse(json.out).at("file"), file);
  for (const Json& entry : Json::parse(json.out).at("values")) {
    EXPECT_EQ(entry.contains("keyNumber"), entry.at("key") == "secrets.root");
    EXPECT_FALSE(entry.at("origin").get<std::string>().empty());
  }
}

TEST(Terminal, ColourOnlyWhereWanted) {
  const test::OwnFolder own;
  const std::string file =
      written(own, "t.yaml",
              "upstream: http://127.0.0.1:1/\ntools: { a: free }\nsecrets: { root: \"${K}\" }\n");
  const Terminal::Environment environment = {{"K", kCanary}};
  const StreamTraits colour{true, true};
  EXPECT_FALSE(has(run_captured({"check", "-c", file}, environment).out, "\x1b["));
  EXPECT_TRUE(has(run_captured({"check", "-c", file}, environment, {}, colour).out, "\x1b[32m"));
  EXPECT_FALSE(has(
      run_captured({"--color=never", "check", "-c", file}, environment, {}, colour).out, "\x1b["));
  EXPECT_TRUE(
      has(run_captured({"--color", "always", "check", "-c", file}, environment).out, "\x1b["));
  EXPECT_TRUE(has(run_captured({"check", "-c", file, "--color=always"}, environment).out, "\x1b["));
  EXPECT_FALSE(
      has(run_captured({"check", "--color", "never", "-c", file}, environment, {}, colour).out,
          "\x1b["));
  EXPECT_EQ(run_captured({"check", "-c", file, "--color"}, environment).exit, 2);
  struct Row {
    Terminal::Environment environment;
    bool terminal, colour;
  };
  const Row rows[] = {{{{"TERM", "xterm"}}, true, true},
                      {{{"TERM", "dumb"}}, true, false},
                      {{{"TERM", "xterm"}, {"NO_COLOR", "1"}}, true, false},
                      {{{"TERM", "xterm"}, {"NO_COLOR", ""}}, true, true},
                      {{{"TERM", "xterm"}}, false, false},
                      {{{"CLICOLOR_FORCE", "1"}}, false, true},
                      {{{"CLICOLOR_FORCE", "0"}}, false, false}};
  for (const Row& row : rows) {
    Terminal::Environment all = row.environment;
    all["K"] = kCanary;
    const Captured told =
        run_captured({"--color=auto", "check", "-c", file}, all, {}, {row.terminal, false});
    EXPECT_EQ(has(told.out, "\x1b["), row.colour);
  }
}

TEST(Keygen, FreshEachTime) {
  const Captured one = run_captured({"keygen", "hmac"});
  EXPECT_EQ(one.exit, 0);
  EXPECT_EQ(one.out.size(), 65u);
  EXPECT_TRUE(bytes_from_hex(one.out.substr(0, 64)));
  EXPECT_NE(one.out, run_captured({"keygen", "hmac"}).out);
  EXPECT_EQ(Json::parse(run_captured({"keygen", "hmac", "--json"}).out)
                .at("key")
                .get<std::string>()
                .size(),
            64u);
}

TEST(VerifyReceipt, R_CLI_3_R_RCPT_4_PublishedCases) {
  const Json vectors = Json::parse(test::vector_file("receipts/receipts.json"));
  const Json key_set = {{"keys",
                         {{{"keyId", "liveauth-mcp-receipt-v1"},
                           {"algorithm", "HMAC-SHA256"},
                           {"key", kReceiptKey}}}}};
  const test::OwnFolder own;
  const std::string keys = written(own, "keys.json", key_set.dump());
  std::size_t seen = 0;
  for (const Json& row : vectors.at("mcp-call-receipt-v1")) {
    SCOPED_TRACE(row.at("name").get<std::string>());
    const std::string envelope = row.at("receipt").dump();
    for (const std::string& input : {envelope, base64url(bytes_of(envelope))}) {
      ++seen;
      const Captured json =
          run_captured({"verify-receipt", "-", "--key", kReceiptKey, "--json"}, {}, input);
      EXPECT_EQ(json.exit, 0) << json.out << json.error;
      const Json answer = Json::parse(json.out);
      EXPECT_EQ(answer.at("valid"), true);
      EXPECT_EQ(answer.at("version"), "mcp-call-receipt-v1");
      EXPECT_EQ(answer.at("keyId"), "liveauth-mcp-receipt-v1");
      EXPECT_TRUE(answer.at("warnings").is_array() && answer.at("body").is_object());
      EXPECT_FALSE(answer.at("body").contains("version"));
      EXPECT_EQ(run_captured({"verify-receipt", "-", "--keys", keys}, {}, input).exit, 0);
    }
    const Captured other =
        run_captured({"verify-receipt", "-", "--key", kCanary, "--json"}, {}, envelope);
    EXPECT_EQ(other.exit, 1);
    EXPECT_EQ(Json::parse(other.out), Json({{"valid", false}, {"reason", "bad_signature"}}));
  }
  EXPECT_GT(seen, 4u);
  const Captured junk = run_captured({"verify-receipt", "-", "--key", kReceiptKey}, {}, "junk");
  EXPECT_EQ(junk.exit, 1);
  EXPECT_TRUE(has(junk.out, "malformed_envelope"));
  const std::string no_keys = written(own, "none.json", R"({"keys":[]})");
  const Captured unknown = run_captured({"verify-receipt", "-", "--keys", no_keys}, {},
                                        vectors.at("mcp-call-receipt-v1")[0].at("receipt").dump());
  EXPECT_TRUE(has(unknown.out, "unknown_key")) << unknown.out;
}

TEST(Inspect, InvoicesOfTheSpecification) {
  const Json vectors = Json::parse(test::vector_file("bolt11.json"));
  const std::string invoice = vectors.at("valid").at(0).at("invoice");
  const Captured plain = run_captured({"inspect", invoice});
  EXPECT_EQ(plain.exit, 0) << plain.error;
  EXPECT_TRUE(plain.out.starts_with("bolt11\n"));
  const Json json = Json::parse(run_captured({"inspect", "lightning:" + invoice, "--json"}).out);
  EXPECT_EQ(json.at("kind"), "bolt11");
  EXPECT_EQ(json.at("paymentHash"), vectors.at("valid").at(0).at("expect").at("payment_hash"));
  const Captured broken = run_captured({"inspect", invoice + "q", "--json"});
  EXPECT_EQ(broken.exit, 1);
  EXPECT_EQ(Json::parse(broken.out).at("reason"), "bech32_checksum");
}

TEST(Inspect, CredentialOfTheSpecification) {
  const Json vectors = Json::parse(test::vector_file("l402/macaroons_valid.json"));
  const std::string all = vectors.dump();
  const std::size_t at = all.find("AgEE");  // base64 of a binary version 2 macaroon
  ASSERT_NE(at, std::string::npos);
  const std::string macaroon = all.substr(at, all.find('"', at) - at);
  const std::string preimage = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
  const Json alone = Json::parse(run_captured({"inspect", macaroon, "--json"}).out);
  EXPECT_EQ(alone.at("kind"), "macaroon");
  EXPECT_EQ(alone.at("verified"), false);
  for (const std::string& thing : {macaroon + ":" + preimage, "L402 " + macaroon + ":" + preimage,
                                   "Authorization: LSAT " + macaroon + ":" + preimage}) {
    const Captured json = run_captured({"inspect", thing, "--json"});
    EXPECT_EQ(json.exit, 0) << json.error;
    EXPECT_EQ(Json::parse(json.out).at("kind"), "l402_credential");
    EXPECT_EQ(Json::parse(json.out).at("preimageFits"), true);
    EXPECT_FALSE(has(json.out, preimage));
    EXPECT_FALSE(has(run_captured({"inspect", thing}).out, preimage.substr(8)));
  }
  const std::string lines = macaroon + "\n\n" + macaroon + ":" + preimage + "\nnothing\n";
  const Captured many = run_captured({"inspect", "-", "--json"}, {}, lines);
  EXPECT_EQ(many.exit, 1);  // one of them is nothing
  EXPECT_EQ(std::ranges::count(many.out, '\n'), 2);
  EXPECT_TRUE(has(many.error, "unknown_thing"));
}

TEST(Inspect, ReceiptIsMarkedNotVerified) {
  const Json vectors = Json::parse(test::vector_file("receipts/receipts.json"));
  const std::string envelope = vectors.at("mcp-call-receipt-v1")[0].at("receipt").dump();
  for (const std::string& input : {envelope, base64url(bytes_of(envelope))}) {
    const Json json = Json::parse(run_captured({"inspect", input, "--json"}).out);
    EXPECT_EQ(json.at("kind"), "receipt");
    EXPECT_EQ(json.at("verified"), false);
    EXPECT_EQ(json.at("body").at("grossSats"), 5);
  }
}

RC_GTEST_PROP(Inspect, AnyTextIsAnsweredOrRefused, (const std::string& text)) {
  const int exit = run_captured({"inspect", "-", "--json"}, {}, text).exit;
  RC_ASSERT(exit == 0 || exit == 1);
}

}  // namespace
}  // namespace tollhouse::cli
