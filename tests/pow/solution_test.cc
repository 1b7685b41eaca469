// tests/pow: the solution header as clients write it.
#include "pow/solution.h"

#include "pow/limits.h"
#include "support/precompiled.h"

namespace tollhouse::pow {
namespace {

TEST(Solution, R_POW_2_OrderBlanksAndForeignParametersDoNotMatter) {
  for (const char* text : {"challenge=abc,nonce=12", "nonce=12,challenge=abc",
                           " challenge = abc , nonce = 12 ", "challenge=abc,\tnonce=12,took=3",
                           "x=,Challenge=abc,NONCE=12", "a=b=c,challenge=abc,nonce=12"}) {
    const auto solution = read_solution(text);
    ASSERT_TRUE(solution) << text;
    EXPECT_EQ(solution->challenge, "abc") << text;
    EXPECT_EQ(solution->nonces, "12") << text;
  }
}

TEST(Solution, R_POW_2_DuplicatesAndHalvesAreRejected) {
  for (const char* text : {"", ",", "challenge=abc", "nonce=12", "challenge=abc,nonce=",
                           "challenge=,nonce=12", "challenge=abc,nonce=12,nonce=12",
                           "challenge=abc,challenge=abc,nonce=12", "challenge=abc,nonce=12,",
                           "challenge=abc;nonce=12", "abc,12", "challenge=abc,nonce=12,Nonce=13"}) {
    EXPECT_FALSE(read_solution(text)) << text;
  }
}

TEST(Solution, WhatIsTooLongIsNotLookedAt) {
  std::string many = "challenge=abc,nonce=12";
  for (std::size_t i = 0; i < kSolutionParametersMax - 2; ++i) many += ",x=y";
  EXPECT_TRUE(read_solution(many));
  EXPECT_FALSE(read_solution(many + ",x=y"));
  std::string longer = "challenge=abc,nonce=12,x=";
  longer.append(kSolutionCharactersMax - longer.size(), 'y');
  EXPECT_TRUE(read_solution(longer));
  EXPECT_FALSE(read_solution(longer + "y"));
}

RC_GTEST_PROP(Solution, WhatIsWrittenIsRead, ()) {
  const auto word = rc::gen::nonEmpty(rc::gen::container<std::string>(
      rc::gen::elementOf(std::string("abcdefghijklmnopqrstuvwxyz0123456789-_"))));
  const std::string challenge = *word, nonce = *word;
  const std::string value = solution_value({challenge, nonce});
  const auto read = read_solution(value);
  RC_ASSERT(read.has_value());
  RC_ASSERT(read->challenge == challenge && read->nonces == nonce);
}

}  // namespace
}  // namespace tollhouse::pow
