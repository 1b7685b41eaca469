// tests/pow: a caller reads every gate's way to ask for work, in one unit.
#include "pow/puzzle.h"

#include "pow/offer.h"
#include "pow/scene.h"
#include "support/precompiled.h"

namespace tollhouse::pow {
namespace {

TEST(Puzzle, EveryUnitEndsInBits) {
  const std::string target = target_hex(17);
  const struct {
    std::string json;
    unsigned bits;
  } rows[] = {
      {R"({"challenge":"abc","difficulty":4,"algorithm":"sha256"})", 16},
      {R"({"challenge":"abc","difficulty":4,"unit":"hex"})", 16},
      {R"({"challenge":"abc","difficulty":14,"unit":"bits"})", 14},
      {R"({"challenge":"abc","difficulty":5,"difficultyBits":18})", 18},
      {R"({"challenge":"abc","difficulty":5,"targetHex":")" + target + "\"}", 17},
      {R"({"nonce":"abc","target":")" + target + "\"}", 17},
      {R"({"nonce":"abc","target":")" + target + R"(","difficultyBits":17})", 17},
      {R"({"challenge":"abc","difficulty":0})", 0},
  };
  for (const auto& row : rows) {
    const auto puzzle = read_puzzle(row.json);
    ASSERT_TRUE(puzzle) << row.json;
    EXPECT_EQ(puzzle->bits, row.bits) << row.json;
    EXPECT_EQ(puzzle->challenge, "abc");
    EXPECT_EQ(puzzle->count, 1U);
  }
}

TEST(Puzzle, WhatCannotBeWorkedOnIsNone) {
  for (const char* json :
       {"", "[]", "{}", R"({"challenge":"abc"})", R"({"difficulty":4})",
        R"({"challenge":"","difficulty":4})", R"({"challenge":"a b","difficulty":4})",
        R"({"challenge":"a,b","difficulty":4})", R"({"challenge":"a\u0000","difficulty":4})",
        R"({"challenge":7,"difficulty":4})", R"({"challenge":"abc","difficulty":"4"})",
        R"({"challenge":"abc","difficulty":65})", R"({"challenge":"abc","difficultyBits":257})",
        R"({"challenge":"abc","difficulty":-1})", R"({"challenge":"abc","difficulty":4,"count":0})",
        R"({"challenge":"abc","difficulty":4,"count":65})",
        R"({"challenge":"abc","difficulty":4,"unit":"octal"})",
        R"({"challenge":"abc","difficulty":4,"algorithm":"scrypt"})",
        R"({"challenge":"abc","targetHex":"00ff"})"}) {
    EXPECT_FALSE(read_puzzle(json)) << json;
  }
  EXPECT_FALSE(make_puzzle(std::string(1025, 'a'), 4, Unit::bits, 1));
}

TEST(Puzzle, R_POW_13_TheLineAmongOthers) {
  test::Scene scene;
  const std::string ours = challenge_value(scene.issued);
  const std::string_view lines[] = {"L402 macaroon=\"AgEC\", invoice=\"lnbc1\"",
                                    ours,
                                    "pow challenge=abc, difficulty=12, Bearer realm=\"x\"",
                                    "PoW challenge=\"abc\", difficulty=\"1e3\"",
                                    "PoW difficulty=\"4\"",
                                    "PoW challenge=\"abc\", difficulty=\"4\", algorithm=\"scrypt\"",
                                    "PoW challenge=\"abc"};
  const auto puzzles = read_puzzles(lines);
  ASSERT_EQ(puzzles.size(), 2U);
  EXPECT_EQ(puzzles[0].challenge, scene.issued.text);
  EXPECT_EQ(puzzles[0].bits, 6U);
  EXPECT_EQ(puzzles[1].challenge, "abc");
  EXPECT_EQ(puzzles[1].bits, 12U);
}

TEST(Puzzle, OnlySubPuzzlesHaveAnIndex) {
  const Puzzle one{"abc", 4, 1}, many{"abc", 4, 3};
  EXPECT_EQ(one.prefix(0), "abc");
  EXPECT_EQ(many.prefix(2), "abc.2.");
}

}  // namespace
}  // namespace tollhouse::pow
