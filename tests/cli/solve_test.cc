// tests/cli: `solve` and `bench`: what they print, and where they stop.
#include "cli/solve.h"

#include <nlohmann/json.hpp>

#include "base/hex.h"
#include "cli/bench.h"
#include "cli/captured.h"
#include "cli/progress.h"
#include "crypto/sha256.h"
#include "pow/liveauth.h"
#include "pow/verify.h"
#include "pow/work.h"
#include "support/precompiled.h"
#include "support/vectors.h"

namespace tollhouse::cli {
namespace {

using Json = nlohmann::json;

std::string challenge_of_a_gate() { return std::string(64, 'c'); }

TEST(Solve, R_CLI_2_PrintsNonceAndHashOfASolution) {
  const Captured solved =
      run_captured({"solve", "--challenge", "abc123", "--difficulty", "3", "--threads", "2"});
  ASSERT_EQ(solved.exit, 0) << solved.error;
  const Json answer = Json::parse(solved.out);
  EXPECT_EQ(answer.size(), 2U);
  const Digest hash = pow::work_hash("abc123", answer["nonce"].get<std::string>());
  EXPECT_EQ(answer["solution"].get<std::string>(), hex(hash.view()));
  EXPECT_TRUE(answer["solution"].get<std::string>().starts_with("000"));
  EXPECT_EQ(solved.error, "");
}

TEST(Solve, R_CLI_2_BitsAndSubPuzzles) {
  const Captured solved = run_captured({"solve", "--challenge", challenge_of_a_gate(),
                                        "--difficulty", "9", "--unit", "bits", "--count", "3"});
  ASSERT_EQ(solved.exit, 0) << solved.error;
  const Json answer = Json::parse(solved.out);
  std::string nonces = answer["nonce"].get<std::string>() + ".";
  std::string hashes;
  for (unsigned i = 0; i < 3; ++i) {
    const std::size_t dot = nonces.find('.');
    const Digest hash = pow::work_hash(challenge_of_a_gate(), i, nonces.substr(0, dot));
    nonces.erase(0, dot + 1);
    EXPECT_GE(pow::leading_zero_bits(hash), 9U);
    hashes += (hashes.empty() ? "" : ".") + hex(hash.view());
  }
  EXPECT_EQ(nonces, "");
  EXPECT_EQ(answer["solution"], hashes);
}

TEST(Solve, R_CLI_2_LiveAuth) {
  const std::string key = "la_pk_short", challenge = "a1b2c3";
  const Captured solved = run_captured({"solve", "--challenge", challenge, "--difficulty", "10",
                                        "--unit", "bits", "--project-key", key});
  ASSERT_EQ(solved.exit, 0) << solved.error;
  const Json answer = Json::parse(solved.out);
  const Digest hash = pow::liveauth_hash(key, challenge, answer["nonce"].get<std::string>());
  EXPECT_EQ(answer["solution"].get<std::string>(), hex(hash.view()));
  EXPECT_GE(pow::leading_zero_bits(hash), 10U);
}

TEST(Solve, ADifficultyInTheWrongUnitStopsBeforeAnyWork) {
  const Captured told = run_captured({"solve", "--challenge", "abc", "--difficulty", "18"});
  EXPECT_EQ(told.exit, 5);
  EXPECT_EQ(told.out, "");
  EXPECT_NE(told.error.find("--unit bits"), std::string::npos) << told.error;
}

TEST(Solve, TheCallersPatienceEndsIt) {
  const Captured told = run_captured({"solve", "--challenge", "abc", "--difficulty", "200",
                                      "--unit", "bits", "--max-bits", "256", "--max-seconds", "0"});
  EXPECT_EQ(told.exit, 5);
  EXPECT_EQ(told.out, "");
  EXPECT_NE(told.error.find("--max-seconds"), std::string::npos) << told.error;
}

/// A clock that a test moves.
class HandClock final : public Clock {
 public:
  Time now() const override { return {}; }
  Tick tick() const override { return tick_; }
  void pass(Duration duration) { tick_ += duration; }

 private:
  Tick tick_{};
};

TEST(Progress, WhatIsShownKeepsTheRhythmOfATerminal) {
  std::string error;
  Terminal::Streams streams;
  streams.error = [&error](std::string_view text) { error += text; };
  streams.error_traits.terminal = true;
  const Terminal terminal(std::move(streams), {});
  HandClock clock;
  {
    Progress progress("", clock, terminal);
    clock.pass(std::chrono::milliseconds(499));
    progress.show("too early");
    clock.pass(std::chrono::milliseconds(1));
    progress.show("at last");
    progress.show("too soon");
    clock.pass(std::chrono::milliseconds(100));
    progress.show("again");
  }
  EXPECT_EQ(error, "\r\x1b[Kat last\r\x1b[Kagain\r\x1b[K");
}

TEST(Inspect, AWorkChallengeAndItsSolutionSayWhatAnybodyCanSee) {
  const auto all = Json::parse(tollhouse::test::vector_file("pow/pow-sha256.json"));
  for (const Json& vector : all["gate_challenge_v1"]) {
    const Json& fields = vector["fields"];
    const Captured alone = run_captured({"inspect", vector["challenge"], "--json"});
    EXPECT_EQ(alone.exit, 0) << alone.error;
    const Json challenge = Json::parse(alone.out);
    EXPECT_EQ(challenge["kind"], "pow_challenge");
    EXPECT_EQ(challenge["difficultyBits"], fields["bits"]);
    EXPECT_EQ(challenge["count"], fields["count"]);
    EXPECT_EQ(challenge["id"], fields["idHex"]);
    EXPECT_EQ(challenge["issuedAt"], "2026-01-01T00:00:00Z");
    EXPECT_EQ(challenge["expired"], true);
    EXPECT_EQ(challenge["boundToClient"], (fields["flags"].get<int>() & 2) != 0);
    const std::string header = vector["header"];
    const Captured shown = run_captured({"inspect", header, "--json"});
    EXPECT_EQ(shown.exit, 0) << shown.error;
    EXPECT_EQ(Json::parse(shown.out)["valid"], true);
    EXPECT_GE(Json::parse(shown.out)["shownBits"], fields["bits"]);
    const Captured wrong = run_captured({"inspect", header + "x", "--json"});
    EXPECT_EQ(wrong.exit, 1);
    EXPECT_EQ(Json::parse(wrong.out)["valid"], false);
  }
  const Captured line = run_captured(
      {"inspect", "WWW-Authenticate: PoW challenge=\"abc\", difficulty=\"12\"", "--json"});
  EXPECT_EQ(Json::parse(line.out)["difficultyBits"], 12);
}

std::string bench_of(const char* what, bool json) {
  std::string out;
  Terminal::Streams streams;
  streams.out = [&out](std::string_view text) { out += text; };
  Terminal terminal(std::move(streams), {});
  BenchOptions options;
  options.what = what;
  options.json = json;
  options.each = std::chrono::milliseconds(1);
  EXPECT_EQ(run_bench(options, terminal), 0);
  return out;
}

TEST(Bench, R_CLI_6_SolverAndVerifierHaveFiguresAndTheirMeasure) {
  const Json solve = Json::parse(bench_of("solve", true));
  EXPECT_EQ(solve["bench"], "solve");
  ASSERT_GE(solve["figures"].size(), 3U) << "scalar, all cores, the library";
  for (const Json& figure : solve["figures"]) {
    EXPECT_GT(figure["value"].get<std::uint64_t>(), 0U) << figure;
    EXPECT_EQ(figure["unit"], "H/s");
  }
  const Json verify = Json::parse(bench_of("verify", true));
  ASSERT_EQ(verify["figures"].size(), 3U);
  for (const Json& figure : verify["figures"]) {
    EXPECT_GT(figure["value"].get<std::uint64_t>(), 0U) << figure;
    EXPECT_EQ(figure["unit"], "ns");
  }
  EXPECT_NE(bench_of("verify", false).find("a junk solution, refused"), std::string::npos);
}

}  // namespace
}  // namespace tollhouse::cli
