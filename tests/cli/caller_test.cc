// Goal: `tools`, `call` and `pay` say no in the right way before anything is sent, and a credential
// that was paid for is kept where nobody else reads it. Calls that succeed are in tests/client and
// tests/process.
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "cli/captured.h"
#include "cli/kept_credential.h"
#include "dialogue/made_offer.h"
#include "l402/credential.h"
#include "support/precompiled.h"
#include "support/vectors.h"

namespace tollhouse::cli {
namespace {

struct Row {
  std::vector<std::string> arguments;
  Exit exit;
  const char* code;
  Terminal::Environment environment = {};
};

const std::string kHere = "http://127.0.0.1:9/mcp";  // the discard port: nobody listens

TEST(Caller, EachWrongCallHasItsCodeAndExit) {
  const Row rows[] = {
      {{"call", "nonsense", "echo"}, Exit::usage, "bad_url"},
      {{"call", "http://gate.example/mcp", "echo"}, Exit::usage, "plain_http"},
      {{"tools", "ftp://gate.example"}, Exit::usage, "bad_url"},
      {{"call", kHere, "echo", "word"}, Exit::usage, "argument_without_value"},
      {{"call", kHere, "echo", "a:={"}, Exit::usage, "argument_not_json"},
      {{"call", kHere, "echo", "--wallet", "cln:https://x"}, Exit::usage, "wallet_not_in_build"},
      {{"call", kHere, "echo"}, Exit::usage, "wallet_not_in_build", {{"TOLLHOUSE_WALLET", "nwc"}}},
      {{"call", kHere, "echo"}, Exit::usage, "bad_credential", {{"TOLLHOUSE_CREDENTIAL", "zz"}}},
      {{"call", kHere, "echo"}, Exit::usage, "bad_credential", {{"TOLLHOUSE_CREDENTIAL", "@/no"}}},
      {{"call", kHere, "echo"}, Exit::unreachable, "refused"},
      {{"tools", kHere}, Exit::unreachable, "refused"},
      {{"pay", "lnbcrt1"}, Exit::usage, "no_wallet"},
      {{"pay", "lnbcrt1", "--wallet", "sim"}, Exit::usage, "no_gate"},
      {{"pay", "lnbcrt1", "--gate", kHere}, Exit::no, "bech32_checksum"},
  };
  for (const Row& row : rows) {
    std::vector<std::string> arguments = row.arguments;
    arguments.push_back("--json");
    const Captured captured = run_captured(arguments, row.environment);
    SCOPED_TRACE(captured.error);
    EXPECT_EQ(captured.exit, exit_with(row.exit));
    EXPECT_NE(captured.error.find(std::string("\"code\":\"") + row.code + "\""), std::string::npos);
    EXPECT_EQ(captured.out, "");
  }
}

TEST(KeptCredential, IsPrivateAndComesBack) {
  const test::OwnFolder folder;
  const Terminal::Environment environment{{"XDG_STATE_HOME", folder.path().native()}};
  const Preimage preimage = test::made_preimage(7);
  client::Unredeemed unredeemed;
  unredeemed.payment_hash = test::hash_of(preimage);
  unredeemed.authorization = l402::authorization_value(test::made_macaroon({}), preimage);
  const std::string words = keep_credential(unredeemed, environment);
  EXPECT_EQ(words.find(unredeemed.authorization), std::string::npos);
  const std::size_t begin = words.find('@') + 1;
  const std::string file = words.substr(begin, words.find(' ', begin) - begin);
  struct stat state{};
  ASSERT_EQ(::stat(file.c_str(), &state), 0);
  EXPECT_EQ(state.st_mode & 0777, 0600u);
  ASSERT_EQ(::stat(std::filesystem::path(file).parent_path().c_str(), &state), 0);
  EXPECT_EQ(state.st_mode & 0777, 0700u);
  for (const std::string& shown :
       {"@" + file, unredeemed.authorization, unredeemed.authorization.substr(5)}) {
    Terminal::Streams streams;
    const Terminal terminal(std::move(streams), {{"TOLLHOUSE_CREDENTIAL", shown}});
    const auto credential = shown_credential(terminal);
    ASSERT_TRUE(credential);
    EXPECT_EQ(*credential, unredeemed.authorization);
  }
}

TEST(KeptCredential, PaymentsOfTheOtherRailsComeBackToo) {
  const auto shown = [](const std::string& text) {
    Terminal::Streams streams;
    const Terminal terminal(std::move(streams), {{"TOLLHOUSE_CREDENTIAL", text}});
    const auto credential = shown_credential(terminal);
    return credential ? credential->value_or("") : credential.error().code;
  };
  for (const std::string text : {"x402 eyJ4IjoxfQ==", "Payment eyJ4IjoxfQ"}) {
    EXPECT_EQ(shown(text + "\n"), text);
  }
  for (const char* bad :
       {"Payment ", "Payment a b", "Payment e\r\nX: y", "x402 ***", "Bearer abc"}) {
    EXPECT_EQ(shown(bad), "bad_credential") << bad;
  }
}

TEST(KeptCredential, WithoutAPlaceTheWalletIsNamed) {
  EXPECT_NE(keep_credential({}, {}).find("could not be kept"), std::string::npos);
  EXPECT_NE(keep_credential({}, {{"HOME", "/proc"}}).find("could not be kept"), std::string::npos);
}

}  // namespace
}  // namespace tollhouse::cli
