// tests/process: the pages of docs/quickstart do what they say. Their commands are run as they
// stand there, in one shell, against the program and a server beside it; what a page shows of an
// answer has to be in that answer, line by line, `…` standing for anything.
#include <fstream>
#include <sstream>

#include "process/gate_process.h"
#include "support/precompiled.h"

namespace tollhouse::test {
namespace {

constexpr std::string_view kAnything = "…";
/// Said between two blocks.
const std::string kEndOfBlock = "--- end of block ---";

struct Step {
  std::string command;
  std::string shown;  ///< of what the command says; may be empty
};
struct Page {
  Step gate;
  std::vector<Step> steps;
};

std::string replaced(std::string text, std::string_view old, const std::string& fresh) {
  for (std::size_t at = 0; (at = text.find(old, at)) != std::string::npos; at += fresh.size()) {
    text.replace(at, old.size(), fresh);
  }
  return text;
}

/// `sh` blocks, each with the `text` block that follows it; `sh gate` is the gate's own terminal.
Page page_of(const std::string& name) {
  std::ifstream file(std::string(TOLLHOUSE_SOURCE) + "/docs/quickstart/" + name);
  Page page;
  Step* last = nullptr;
  std::string* block = nullptr;
  for (std::string line; std::getline(file, line);) {
    const bool fence = line.starts_with("```");
    if (fence && block != nullptr) {
      block = nullptr;
    } else if (line == "```sh gate") {
      last = &page.gate;
      block = &last->command;
    } else if (line == "```sh") {
      last = &page.steps.emplace_back();
      block = &last->command;
    } else if (line == "```text" && last != nullptr) {
      block = &last->shown;
    } else if (block != nullptr) {
      *block += line + "\n";
    }
  }
  return page;
}

/// Whether the parts of the pattern stand in the line, in their order, from end to end.
bool fits(std::string_view line, std::string_view pattern) {
  const std::size_t first = pattern.find(kAnything);
  if (first == std::string_view::npos) return line == pattern;
  if (!line.starts_with(pattern.substr(0, first))) return false;
  line.remove_prefix(first);
  pattern.remove_prefix(first + kAnything.size());
  while (true) {
    const std::size_t next = pattern.find(kAnything);
    if (next == std::string_view::npos) return line.ends_with(pattern);
    const std::size_t at = line.find(pattern.substr(0, next));
    if (at == std::string_view::npos) return false;
    line.remove_prefix(at + next);
    pattern.remove_prefix(next + kAnything.size());
  }
}

/// The first shown line that the output does not have; nothing where all are there.
std::optional<std::string> missing_in(const std::string& output, const std::string& shown) {
  std::istringstream lines(output), patterns(shown);
  std::string line;
  for (std::string pattern; std::getline(patterns, pattern);) {
    bool found = false;
    while (!found && std::getline(lines, line)) {
      if (line.ends_with('\r')) line.pop_back();
      found = fits(line, pattern);
    }
    if (!found) return pattern;
  }
  return std::nullopt;
}

class Quickstart : public ::testing::Test {
 protected:
  void run(const std::string& name) {
    const Page page = page_of(name);
    ASSERT_FALSE(page.gate.command.empty());
    ASSERT_FALSE(page.steps.empty());
    Child gate(shell(page.gate.command), {"TOLLHOUSE_LISTEN=127.0.0.1:0", "TOLLHOUSE_ADMIN=off"});
    const auto line = gate.wait_for_line("  gate      http://");
    ASSERT_TRUE(line) << gate.output();
    gate_port_ = line->substr(line->find("127.0.0.1:") + 10);
    gate_port_ = gate_port_.substr(0, gate_port_.find('/'));
    gate.wait_for_line("  books  ");
    EXPECT_EQ(missing_in(gate.output(), here(page.gate.shown)), std::nullopt) << gate.output();
    follow(page.steps);
    gate.signal(SIGTERM);
    EXPECT_EQ(gate.wait(), 0) << gate.output();
  }

 private:
  void follow(const std::vector<Step>& steps) {
    std::string script;
    for (const Step& step : steps) script += step.command + "echo; echo '" + kEndOfBlock + "'\n";
    Child typed(shell(script));
    EXPECT_EQ(typed.wait(), 0) << typed.output();
    typed.wait_for_line("\x01");  // until it has said all
    std::string output = typed.output();
    for (const Step& step : steps) {
      const std::size_t end = output.find(kEndOfBlock);
      ASSERT_NE(end, std::string::npos) << "no end after: " << step.command;
      const std::string said = output.substr(0, end);
      EXPECT_EQ(missing_in(said, here(step.shown)), std::nullopt) << step.command << said;
      output.erase(0, end + kEndOfBlock.size() + 1);
    }
  }

  /// The page's addresses are those of this run.
  std::string here(const std::string& text) const {
    const std::string moved =
        replaced(text, "127.0.0.1:3001", "127.0.0.1:" + std::to_string(upstream_.port()));
    return gate_port_.empty() ? moved
                              : replaced(moved, "127.0.0.1:8402", "127.0.0.1:" + gate_port_);
  }
  std::vector<std::string> shell(const std::string& script) const {
    const std::string folder = folder_.path().string();
    const std::string start = "cd '" + folder + "'\nexport HOME='" + folder + "' PATH='" +
                              std::string(TOLLHOUSE_BUILD) + ":/usr/bin:/bin' no_proxy='*'\n";
    return {"/bin/bash", "-euo", "pipefail", "-c", start + here(script)};
  }

  OwnFolder folder_;
  Upstream upstream_;
  std::string gate_port_;
};

TEST_F(Quickstart, R_DOC_1_R_QS_1_ThePageOfTheGate) { run("gate.md"); }
TEST_F(Quickstart, R_DOC_1_R_QS_3_ThePageOfL402) { run("l402.md"); }
TEST_F(Quickstart, R_DOC_1_R_QS_3_ThePageOfWork) { run("work.md"); }

TEST_F(Quickstart, R_DOC_1_R_QS_2_ThePageOfX402) { run("x402.md"); }

TEST(QuickstartPages, WhatAPageShowsHasToBeThere) {
  const std::string said = "HTTP/1.1 200 OK\r\nA: b=\"1\", c=\"2\"\r\n\r\n{}\n";
  EXPECT_EQ(missing_in(said, "HTTP/1.1 200 OK\nA: b=\"…\", c=…\n{}\n"), std::nullopt);
  EXPECT_EQ(missing_in(said, "HTTP/1.1 402 …\n"), "HTTP/1.1 402 …");
  EXPECT_EQ(missing_in(said, "{}\nA: …\n"), "A: …");  // the order counts
  EXPECT_EQ(missing_in(said, "A: b=\"…\", d=…\n"), "A: b=\"…\", d=…");
  EXPECT_EQ(missing_in(said, "…c=\"2\n"), "…c=\"2");
}

}  // namespace
}  // namespace tollhouse::test
