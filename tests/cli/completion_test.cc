// tests/cli: `completion`. Goal: what the shell offers is what the program takes, and a stranger's
// tool names are words and nothing more. Method: bash runs the script and is asked.
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "captured.h"
#include "cli/help.h"
#include "support/precompiled.h"
#include "support/vectors.h"

namespace tollhouse::cli {
namespace {

using Words = std::set<std::string>;

class Completion : public ::testing::Test {
 protected:
  /// What bash offers where the cursor stands behind `line`. `tollhouse` is a double there that
  /// lists tools of its own.
  Words offered(const std::string& line) const {
    const auto folder = own_.path();
    std::ofstream(folder / "script") << run_captured({"completion", "bash"}).out;
    std::ofstream(folder / "tollhouse") << "#!/bin/bash\n[ \"$*\" = \"tools http://h:1/mcp\" ] &&\n"
                                           "printf '%s\\n' 'echo  1 sat' 'web_search  2 sat' "
                                           "'$(touch$IFS$HOME/bad)' '`id`' 'a;b'\n";
    std::ofstream(folder / "ask") << "export HOME=" << folder.string()
                                  << " PATH=" << folder.string() << ":$PATH\nsource "
                                  << folder.string() << "/script\nCOMP_LINE='" << line
                                  << "'\nCOMP_POINT=${#COMP_LINE}\n_tollhouse\n"
                                     "printf '%s\\n' \"${COMPREPLY[@]}\"\n";
    std::filesystem::permissions(folder / "tollhouse", std::filesystem::perms(0755));
    const std::string command = "/bin/bash --norc " + (folder / "ask").string() + " 2>&1";
    FILE* pipe = ::popen(command.c_str(), "r");
    std::array<char, 4096> piece{};
    std::string said;
    while (std::fgets(piece.data(), piece.size(), pipe) != nullptr) said += piece.data();
    EXPECT_EQ(::pclose(pipe), 0) << said;
    std::istringstream lines(said);
    Words words;
    for (std::string word; std::getline(lines, word);) words.insert(word);
    words.erase("");
    return words;
  }
  std::filesystem::path folder() const { return own_.path(); }

 private:
  test::OwnFolder own_;
};

TEST_F(Completion, OffersEveryCommandAndWhatFollowsIt) {
  Words commands_here = {"--help", "--version", "--color"};
  for (const CommandRow& row : commands()) {
    if (row.here) commands_here.emplace(row.name);
  }
  EXPECT_EQ(offered("tollhouse "), commands_here);
  EXPECT_EQ(offered("tollhouse do"), Words{"doctor"});
  EXPECT_EQ(offered("tollhouse completion "), (Words{"bash", "zsh", "fish", "-h", "--help"}));
  EXPECT_EQ(offered("tollhouse ledger b"), Words{"backup"});
  EXPECT_EQ(offered("tollhouse ledger check --si"), Words{"--since"});
  EXPECT_EQ(offered("tollhouse serve --"), (Words{"--help", "--config", "--set", "--upstream"}));
  EXPECT_EQ(offered("tollhouse call --m"), (Words{"--max-bits", "--max-sats"}));
  EXPECT_TRUE(offered("tollhouse init --com").empty()) << "not in this build, so not offered";
  EXPECT_TRUE(offered("tollhouse nothing ").empty());
}

TEST_F(Completion, AsksTheGateForItsToolsAndTakesOnlyPlainNames) {
  EXPECT_EQ(offered("tollhouse call http://h:1/mcp "), (Words{"echo", "web_search"}));
  EXPECT_EQ(offered("tollhouse call http://h:1/mcp we"), Words{"web_search"});
  EXPECT_EQ(offered("tollhouse call http://h:1/mcp --dr"), Words{"--dry-run"});
  EXPECT_EQ(offered("tollhouse call http://h:1/mcp echo --dr"), Words{"--dry-run"});
  EXPECT_FALSE(std::filesystem::exists(folder() / "bad")) << "a tool's name was run";
}

TEST_F(Completion, EachShellKnowsEveryCommandAndOption) {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const Captured script = run_captured({"completion", shell});
    EXPECT_EQ(script.exit, 0) << script.error;
    for (const CommandPicture& command : command_pictures()) {
      EXPECT_NE(script.out.find(command.name), std::string::npos) << shell << command.name;
      for (const OptionPicture& option : command.options) {
        if (option.by_place) continue;
        const std::string name = option.names.back();
        const std::string wanted =
            std::string(shell) == "fish" ? "-l " + name.substr(2) + " " : name;
        EXPECT_NE((script.out).find(wanted), std::string::npos) << shell << wanted;
      }
    }
  }
  const Captured other = run_captured({"completion", "tcsh"});
  EXPECT_EQ(other.exit, 2);
  EXPECT_EQ(other.out, "");
}

}  // namespace
}  // namespace tollhouse::cli
