// tests/pow: zeros, targets and units agree with the vectors and with each other.
#include "pow/work.h"

#include <nlohmann/json.hpp>

#include "base/hex.h"
#include "support/precompiled.h"
#include "support/vectors.h"

namespace tollhouse::pow {
namespace {

TEST(Work, TheVectorsOfZerosAndTargetsPass) {
  const auto all = nlohmann::json::parse(tollhouse::test::vector_file("pow/pow-sha256.json"));
  for (const auto& vector : all["leading_zero_counts"]) {
    const auto hash = value_from_hex<Digest>(vector["hashHex"].get<std::string>());
    ASSERT_TRUE(hash);
    EXPECT_EQ(leading_zero_bits(*hash), vector["leadingZeroBits"].get<unsigned>());
    EXPECT_EQ(leading_zero_bits(*hash) / 4, vector["leadingZeroHexDigits"].get<unsigned>());
  }
  for (const auto& vector : all["target_from_bits"]) {
    EXPECT_EQ(target_hex(vector["bits"].get<unsigned>()), vector["targetHex"].get<std::string>());
  }
}

RC_GTEST_PROP(Work, ATargetAndItsBitsSayTheSame, ()) {
  Digest hash;
  const auto bytes = *rc::gen::container<std::vector<std::uint8_t>>(
      32, rc::gen::weightedElement<std::uint8_t>({{3, 0}, {1, 1}, {1, 0x7f}, {1, 0xff}}));
  std::ranges::copy(bytes, hash.bytes.begin());
  const unsigned bits = *rc::gen::inRange(0u, 257u);
  const auto target = value_from_hex<Digest>(target_hex(bits));
  RC_ASSERT(target.has_value());
  RC_ASSERT((hash <= *target) == (leading_zero_bits(hash) >= bits));
}

TEST(Work, HexDigitsNeverPromiseLessThanTheBits) {
  for (unsigned bits = 0; bits <= 64; ++bits) {
    EXPECT_GE(hex_digits(bits) * 4, bits);
    EXPECT_LT(hex_digits(bits) * 4, bits + 4);
  }
}

TEST(Work, SubPuzzlesCountForTheirSum) {
  EXPECT_TRUE(work_suffices(10, 1, 10));
  EXPECT_FALSE(work_suffices(9, 1, 10));
  EXPECT_TRUE(work_suffices(9, 2, 10));
  EXPECT_TRUE(work_suffices(7, 8, 10));
  EXPECT_FALSE(work_suffices(7, 7, 10));
  EXPECT_FALSE(work_suffices(0, 64, 200));
  EXPECT_FALSE(work_suffices(10, 0, 10));
}

}  // namespace
}  // namespace tollhouse::pow
