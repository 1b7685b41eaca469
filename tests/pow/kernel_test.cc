// tests/pow: every kernel this processor has finds what the scalar one finds, and that is what the
// library's SHA-256 says. A kernel the processor lacks is named in the test's output and left out.
#include "pow/kernel.h"

#include <cmath>
#include <cstdio>
#include <set>

#include "crypto/sha256.h"
#include "pow/search.h"
#include "pow/work.h"
#include "support/precompiled.h"

namespace tollhouse::pow {
namespace {

std::vector<Kernel> kernels_here() {
  std::vector<Kernel> here;
  for (const Kernel kernel : kKernels) {
    if (runs_here(kernel)) {
      here.push_back(kernel);
    } else {
      std::printf("this processor has no %s: not compared\n", std::string(name_of(kernel)).c_str());
    }
  }
  return here;
}

Block any_block() {
  Block block;
  for (std::uint32_t& word : block.before) word = *rc::gen::arbitrary<std::uint32_t>();
  for (std::uint32_t& word : block.words) word = *rc::gen::arbitrary<std::uint32_t>();
  block.varying = *rc::gen::inRange(0u, 16u);
  block.limit = 0xffffffffu >> *rc::gen::inRange(8u, 13u);
  return block;
}

TEST(Kernel, R_POW_17_ScalarIsAlwaysThereAndEveryKernelHasAName) {
  EXPECT_TRUE(runs_here(Kernel::scalar));
  std::set<std::string_view> names;
  for (const Kernel kernel : kKernels) names.insert(name_of(kernel));
  EXPECT_EQ(names.size(), std::size(kKernels));
  EXPECT_FALSE(kernels_here().empty());
}

TEST(Kernel, OneCompressionIsSha256) {
  std::array<std::uint32_t, 16> words{};
  words[0] = 0x61626380;  // "abc" and its end
  words[15] = 24;
  const ChainingValue hash = compress(kInitialValue, words);
  EXPECT_EQ(hash[0], 0xba7816bfU);
  EXPECT_EQ(hash[7], 0xf20015adU);
}

TEST(Kernel, R_POW_17_EveryPlaceOfTheDigitsGivesTheScalarAnswer) {
  for (unsigned varying = 0; varying < 16; ++varying) {
    Block block;
    block.before = kInitialValue;
    for (unsigned i = 0; i < 16; ++i) block.words[i] = 0x01010101u * i + varying;
    block.varying = varying;
    block.limit = 0xffffffffu >> 10;
    for (const Kernel kernel : kernels_here()) {
      std::uint32_t from = 0;
      for (int hits = 0; hits < 4 && from < kBatch; ++hits) {
        const std::uint32_t wanted = first_hit(Kernel::scalar, block, from);
        ASSERT_EQ(first_hit(kernel, block, from), wanted) << name_of(kernel) << " " << varying;
        from = wanted + 1;
      }
    }
  }
}

TEST(Kernel, R_POW_17_TheLastDigitsAreTriedAndNoneBehindThem) {
  Block block;
  block.before = kInitialValue;
  block.varying = 3;
  for (const Kernel kernel : kernels_here()) {
    SCOPED_TRACE(name_of(kernel));
    block.limit = 0xffffffff;
    for (const std::uint32_t from : {0u, 1u, 15u, 17u, 9'983u, 9'984u, 9'998u, 9'999u}) {
      EXPECT_EQ(first_hit(kernel, block, from), from);
    }
    EXPECT_EQ(first_hit(kernel, block, kBatch), kBatch);
    block.limit = 0;
    for (const std::uint32_t from : {9'000u, 9'990u, 9'999u}) {
      EXPECT_EQ(first_hit(kernel, block, from), kBatch);
    }
  }
}

RC_GTEST_PROP(Kernel, R_POW_17_AnyBlockGivesTheScalarAnswer, ()) {
  const Block block = any_block();
  const std::uint32_t from = *rc::gen::inRange(0u, kBatch);
  const std::uint32_t wanted = first_hit(Kernel::scalar, block, from);
  for (const Kernel kernel : kKernels) {
    if (runs_here(kernel)) RC_ASSERT(first_hit(kernel, block, from) == wanted);
  }
}

/// What the library's SHA-256 says of a found nonce.
void expect_found(const std::string& prefix, unsigned bits, const Found& found) {
  const Digest hash = crypto::sha256(bytes_of(prefix + found.nonce));
  EXPECT_EQ(found.hash, hash);
  EXPECT_GE(leading_zero_bits(hash), bits);
  EXPECT_LE(found.nonce.size(), kNonceCharactersMax);
  EXPECT_NE(found.nonce.front(), '0');
}

TEST(Search, R_POW_17_EveryLengthOfAPrefixIsSolved) {
  for (const Kernel kernel : kernels_here()) {
    for (std::size_t size = 0; size <= 130; ++size) {
      SCOPED_TRACE(testing::Message() << name_of(kernel) << " " << size);
      const std::string prefix(size, 'p');
      const auto found = search(prefix, 8, kernel, 100'000);
      ASSERT_TRUE(found);
      expect_found(prefix, 8, *found);
    }
  }
}

TEST(Search, R_POW_7_ANumberForLiveAuthFits63Bits) {
  for (std::size_t size = 0; size <= 64; ++size) {
    const std::string prefix(size, 'p');
    Search search(prefix, 6, 0, 1, Search::kNumberDigitsMax);
    std::optional<Found> found;
    while (!found) found = search.step(Kernel::scalar);
    expect_found(prefix, 6, *found);
    EXPECT_LE(found->nonce.size(), Search::kNumberDigitsMax);
  }
}

TEST(Search, R_POW_17_SharesNeverMeet) {
  std::set<std::string> seen;
  for (unsigned share = 0; share < 3; ++share) {
    Search search(std::string(64, 'p'), 0, share, 3);
    for (int i = 0; i < 50; ++i) {
      const auto found = search.step(Kernel::scalar);
      ASSERT_TRUE(found);
      EXPECT_TRUE(seen.insert(found->nonce).second);
    }
  }
}

TEST(Search, EveryNonceOfABatchIsTriedOnce) {
  Search search("p", 0);
  std::set<std::string> seen;
  for (std::uint32_t i = 0; i < kBatch; ++i) {
    const auto found = search.step(Kernel::scalar);
    ASSERT_TRUE(found);
    seen.insert(found->nonce);
  }
  EXPECT_EQ(seen.size(), kBatch);
  EXPECT_EQ(search.tried(), kBatch);
  EXPECT_FALSE(search.step(Kernel::scalar)) << "the end of a batch";
  const auto next = search.step(Kernel::scalar);
  ASSERT_TRUE(next);
  EXPECT_TRUE(seen.insert(next->nonce).second);
}

TEST(Search, MoreBitsThanOneWordAreConfirmedInTheWholeHash) {
  Search search("p", 40);
  EXPECT_FALSE(search.step(Kernel::scalar));
  EXPECT_EQ(search.tried(), kBatch);
  EXPECT_FALSE(pow::search("p", 256, Kernel::scalar, 3 * kBatch));
}

/// Kolmogorov's distance between samples and an exact distribution.
template <class Distribution>
double distance(std::vector<double> samples, Distribution distribution) {
  std::ranges::sort(samples);
  double worst = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const double exact = distribution(samples[i]);
    const double below = static_cast<double>(i) / static_cast<double>(samples.size());
    const double above = static_cast<double>(i + 1) / static_cast<double>(samples.size());
    worst = std::max({worst, exact - below, above - exact});
  }
  return worst;
}

/// Hashes until `count` sub-puzzles of one challenge were solved, in units of the mean.
double work_done(const Kernel kernel, const std::string& challenge, unsigned bits, unsigned count) {
  std::uint64_t tried = 0;
  for (unsigned i = 0; i < count; ++i) {
    Search search(challenge + "." + std::to_string(i) + ".", bits);
    while (!search.step(kernel)) {
    }
    tried += search.tried();
  }
  return static_cast<double>(tried) / (count * std::exp2(bits));
}

// pow.md 4 and 13: one puzzle is exponential, sixteen are Erlang with a narrow spread. The samples
// are always the same, so this passes always or never.
TEST(Search, TheSpreadOfTheWorkIsThePagesTable) {
  const Kernel kernel = kernels_here().back();
  std::vector<double> one, sixteen;
  for (int i = 0; i < 1500; ++i) one.push_back(work_done(kernel, std::to_string(i), 8, 1));
  for (int i = 0; i < 400; ++i) sixteen.push_back(work_done(kernel, std::to_string(i), 8, 16));
  constexpr double kOnePercent = 1.63;
  EXPECT_LT(distance(one, [](double x) { return 1 - std::exp(-x); }),
            kOnePercent / std::sqrt(1500));
  const auto erlang = [](double x) {
    double term = std::exp(-16 * x), sum = 0;
    for (int i = 0; i < 16; ++i) {
      sum += term;
      term *= 16 * x / (i + 1);
    }
    return 1 - sum;
  };
  EXPECT_LT(distance(sixteen, erlang), kOnePercent / std::sqrt(400));
  std::ranges::sort(sixteen);
  EXPECT_NEAR(sixteen[360], 1.33, 0.08) << "90 of 100";
}

TEST(Search, R_POW_17_AllKernelsFindTheSameNonce) {
  const std::string prefix = "AQEQAWlVuQAAPAYBiffGfHUgUQQAAQIDBAUGBwgJCgs6vYrRSFTjiLnQmpPffPLx";
  const auto wanted = search(prefix, 14, Kernel::scalar, 1'000'000);
  ASSERT_TRUE(wanted);
  for (const Kernel kernel : kernels_here()) {
    const auto found = search(prefix, 14, kernel, 1'000'000);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->nonce, wanted->nonce) << name_of(kernel);
  }
}

}  // namespace
}  // namespace tollhouse::pow
