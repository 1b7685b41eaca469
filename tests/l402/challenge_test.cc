// tests/l402: the challenge line, written and read, and JSON macaroons.
#include "l402/challenge.h"

#include <sstream>

#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "base/hex.h"
#include "l402/limits.h"
#include "l402/macaroon_json.h"
#include "support/precompiled.h"
#include "support/vectors.h"

namespace tollhouse::l402 {
namespace {

using Json = nlohmann::json;

std::vector<Challenge> read(const std::vector<std::string>& lines) {
  const std::vector<std::string_view> views(lines.begin(), lines.end());
  return read_challenges(views);
}

TEST(Requirement, R_L402_1_LineForm) {
  EXPECT_EQ(challenge_value("M=", "lnbc10n1p"),
            R"(L402 macaroon="M=", invoice="lnbc10n1p", version="0", token="M=")");
  EXPECT_EQ(challenge_value("M=", "lnbc10n1p", TokenCopy::left_out),
            R"(L402 macaroon="M=", invoice="lnbc10n1p", version="0")");
  EXPECT_EQ(lsat_challenge_value("M=", "lnbc10n1p"), R"(LSAT macaroon="M=", invoice="lnbc10n1p")");
}

TEST(ReadChallenges, EveryPublishedForm) {
  const Json all = Json::parse(test::vector_file("l402/challenge_forms.json"));
  EXPECT_EQ(all["forms"].size(), 18u);
  std::string macaroon;  // of the first form; the same token in all of them
  for (const Json& form : all["forms"]) {
    SCOPED_TRACE(form["name"].get<std::string>());
    const auto found = read(form["www_authenticate"].get<std::vector<std::string>>());
    ASSERT_FALSE(found.empty());
    const auto binary = bytes_from_any_base64(found[0].macaroon);
    ASSERT_TRUE(binary);
    if (macaroon.empty()) macaroon = base64(*binary);
    for (const Challenge& challenge : found) {
      EXPECT_EQ(base64(bytes_from_any_base64(challenge.macaroon).value()), macaroon);
      EXPECT_TRUE(challenge.invoice.starts_with("lnbc10n1pvector"));
      EXPECT_EQ(challenge.invoice.size(), 65u);
    }
  }
}

TEST(ReadChallenges, OddSpellings) {
  struct Case {
    const char* line;
    std::size_t want;
  };
  const Case cases[] = {
      {R"(L402 macaroon="M", invoice="P")", 1},
      {R"(L402 macaroon='M', invoice='P')", 1},
      {R"(L402 MACAROON = "M" , Invoice = "P")", 1},
      {R"(L402 macaroon="M" invoice="P")", 1},
      {R"(Bearer realm="a, L402 macaroon=x", L402 macaroon="M", invoice="P")", 1},
      {R"(Negotiate abc==, L402 macaroon="M", invoice="P")", 1},
      {R"(Basic, L402 macaroon="M", invoice="P", Bearer)", 1},
      {R"(, ,L402 macaroon="M",, invoice="P",)", 1},
      {R"(L402 macaroon="M", invoice="P", LSAT macaroon="M", invoice="P")", 2},
      {R"(L402 macaroon="M", invoice="P", note="a \" b")", 1},
      {R"(L402 macaroon="M", macaroon="M", invoice="P")", 1},
      {R"(L402 macaroon="M", macaroon="N", invoice="P")", 0},
      {R"(L402 macaroon="M", invoice="P", version="1")", 0},
      {R"(L402 macaroon="M")", 0},
      {R"(L402 invoice="P")", 0},
      {R"(L402 macaroon="", invoice="P")", 0},
      {R"(L402 macaroon="M", invoice="P)", 0},
      {R"(L402 macaroon=, invoice="P")", 0},
      {R"(Payment macaroon="M", invoice="P")", 0},
      {"L402", 0},
      {"L402 ", 0},
      {"", 0},
      {"\"", 0},
      {"=", 0},
  };
  for (const Case& c : cases) EXPECT_EQ(read({c.line}).size(), c.want) << c.line;
}

TEST(ReadChallenges, IsBounded) {
  const std::string good = challenge_value("M", "P");
  EXPECT_EQ(read(std::vector(kChallengesMax + 5, good)).size(), kChallengesMax);
  EXPECT_TRUE(read({good + std::string(kChallengeLineMax, ' ')}).empty());
  std::string many = "L402 macaroon=M, invoice=P";
  for (std::size_t i = 2; i < kChallengeParametersMax; ++i) many += ", x=y";
  EXPECT_EQ(read({many}).size(), 1u);
  EXPECT_TRUE(read({many + ", x=y"}).empty());
}

RC_GTEST_PROP(ReadChallenges, ReadsWhatItWrites, (const Bytes& macaroon, bool lsat)) {
  RC_PRE(!macaroon.empty());
  const std::string text = base64(macaroon);
  const auto found =
      read({lsat ? lsat_challenge_value(text, "lnbc1") : challenge_value(text, "lnbc1")});
  RC_ASSERT(found.size() == 1u);
  RC_ASSERT(found[0].macaroon == text);
  RC_ASSERT(found[0].invoice == "lnbc1");
}

TEST(MacaroonJson, PublishedSerializations) {
  for (const char* name : {"serialization_1", "serialization_2", "serialization_3"}) {
    SCOPED_TRACE(name);
    std::map<std::string, std::string> forms;
    std::istringstream lines(test::vector_file(std::string("macaroon/") + name));
    for (std::string kind, value; lines >> kind >> value;) forms[kind] = value;
    const auto expected = read_any_macaroon(forms["v2"]);
    ASSERT_TRUE(expected);
    EXPECT_EQ(read_any_macaroon(forms["v1"]).value(), *expected);
    EXPECT_EQ(read_any_macaroon(forms["v2j"]).value(), *expected);
    EXPECT_EQ(write_macaroon_json(*expected), text_of(macaroon::unwrap(forms["v2j"]).value()));
  }
}

TEST(MacaroonJson, AsGoWritesIt) {
  // l402.md 4.5: vector A4.
  const auto macaroon = read_macaroon_json(
      R"({"c":[{"i":"services=mcp:0"}],"i64":"AABjDc0pZsQzZpESVEi7sltP9BKknHMtssirwbhYG9cQ3SAhIiMkJSYnKCkqKywtLi8wMTIzNDU2Nzg5Ojs8PT4_","s64":"uVprHeOoYQikDiuqy5Ad1AOeGDp_JjBQYRwm87OgW3c"})");
  ASSERT_TRUE(macaroon);
  EXPECT_EQ(base64(macaroon::write_v2(*macaroon)).substr(0, 20), "AgJCAABjDc0pZsQzZpES");
  EXPECT_EQ(read_any_macaroon(write_macaroon_json(*macaroon)).value(), *macaroon);
}

TEST(MacaroonJson, RefusesWhatIsNotOne) {
  const std::string s = R"("s64":")" + base64url(Bytes(32, 1)) + R"(")";
  const auto with = [&](const std::string& rest) {
    return read_macaroon_json("{" + rest + "," + s + "}");
  };
  EXPECT_TRUE(with(R"("i":"a")"));
  EXPECT_TRUE(with(R"("i":"a","v":2,"c":[{"i":"x","v64":"AA","l":"there"}],"other":1)"));
  const char* bad[] = {R"("i":"a","i64":"YQ")",
                       R"("i":1)",
                       R"("v":2)",
                       R"("v":1,"i":"a")",
                       R"("i":"a","l":1)",
                       R"("i":"a","c":{})",
                       R"("i":"a","c":[1])",
                       R"("i":"a","c":[{"i":"x","l":"y"}])",
                       R"("i":"a","c":[{"i":"x","v":""}])",
                       R"("i64":"*")",
                       R"("i":"a","i":"a")"};
  for (const char* rest : bad) EXPECT_EQ(with(rest).error(), macaroon::Reason::malformed) << rest;
  EXPECT_EQ(read_macaroon_json("[]").error(), macaroon::Reason::malformed);
  EXPECT_EQ(read_macaroon_json(R"({"i":"a","s64":"AA"})").error(), macaroon::Reason::malformed);
  EXPECT_EQ(read_macaroon_json(std::string(kMacaroonJsonMax + 1, ' ')).error(),
            macaroon::Reason::too_large);
  std::string caveats;
  for (int i = 0; i < 33; ++i) caveats += std::string(i ? "," : "") + R"({"i":"x"})";
  EXPECT_EQ(with(R"("i":"a","c":[)" + caveats + "]").error(), macaroon::Reason::too_large);
  EXPECT_FALSE(read_any_macaroon("zzzz"));
}

}  // namespace
}  // namespace tollhouse::l402
