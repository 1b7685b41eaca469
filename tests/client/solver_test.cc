// tests/client: all threads together solve what one would, and stop where the caller says.
#include "client/solver.h"

#include "crypto/sha256.h"
#include "pow/liveauth.h"
#include "pow/work.h"
#include "support/precompiled.h"

namespace tollhouse::client {
namespace {

void expect_solved(const Work& work, const Solved& solved) {
  ASSERT_EQ(solved.found.size(), work.prefixes.size());
  for (std::size_t i = 0; i < work.prefixes.size(); ++i) {
    const pow::Found& found = solved.found[i];
    EXPECT_EQ(found.hash, crypto::sha256(bytes_of(work.prefixes[i] + found.nonce)));
    EXPECT_GE(pow::leading_zero_bits(found.hash), work.bits);
    EXPECT_LE(found.nonce.size(), work.digits_max);
  }
}

TEST(Solver, R_POW_17_AnyNumberOfThreadsSolvesAnyNumberOfSubPuzzles) {
  const SystemClock clock;
  for (const unsigned threads : {1U, 2U, 5U, 16U}) {
    for (const unsigned count : {1U, 3U, 16U}) {
      SCOPED_TRACE(testing::Message() << threads << " threads, " << count << " sub-puzzles");
      const Work work = Work::of({std::string(64, 'c'), 10, count});
      SolverOptions options;
      options.threads = threads;
      const auto solved = solve(work, options, clock);
      ASSERT_TRUE(solved);
      expect_solved(work, *solved);
      EXPECT_GT(solved->hashes, 0U);
      const std::string nonces = solved->nonces();
      EXPECT_EQ(std::ranges::count(nonces, '.'), count - 1);
    }
  }
}

TEST(Solver, R_POW_7_LiveAuthsNonceIsANumber) {
  const SystemClock clock;
  const std::string key = "la_pk_AAAAAAAAAAAAAAAAAAAAAAAA";
  const std::string challenge = "00112233445566778899aabbccddeeff";
  const Work work = Work::of_liveauth(key, challenge, 12);
  const auto solved = solve(work, {}, clock);
  ASSERT_TRUE(solved);
  expect_solved(work, *solved);
  const Digest hash = pow::liveauth_hash(key, challenge, solved->nonces());
  EXPECT_EQ(hash, solved->found.front().hash);
  EXPECT_LE(solved->nonces().size(), 18U);
}

TEST(Solver, AHostileDifficultyIsRefusedBeforeAnyWork) {
  const SystemClock clock;
  const auto trouble = [&](unsigned bits, unsigned count) {
    const auto solved = solve(Work::of({"c", bits, count}), {}, clock);
    return solved ? std::nullopt : std::optional(solved.error());
  };
  EXPECT_EQ(trouble(33, 1), SolverTrouble::too_hard);
  EXPECT_EQ(trouble(31, 3), SolverTrouble::too_hard);
  EXPECT_EQ(trouble(256, 64), SolverTrouble::too_hard);
}

TEST(Solver, TheTimeOfTheCallerEndsTheWork) {
  const SystemClock clock;
  SolverOptions options;
  options.bits_max = 256;
  options.time_max = Duration::zero();
  unsigned seen = 0;
  const auto solved =
      solve(Work::of({"c", 200, 1}), options, clock, [&seen](const SolverProgress& progress) {
        ++seen;
        EXPECT_EQ(progress.solved, 0U);
        EXPECT_GE(progress.chance, 0);
        EXPECT_LT(progress.chance, 1e-9);
      });
  ASSERT_FALSE(solved);
  EXPECT_EQ(solved.error(), SolverTrouble::out_of_time);
  EXPECT_EQ(seen, 1U);
}

TEST(Solver, TheChosenKernelRunsHere) {
  const SystemClock clock;
  EXPECT_TRUE(pow::runs_here(fastest_kernel(clock)));
}

}  // namespace
}  // namespace tollhouse::client
