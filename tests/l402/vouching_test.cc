// tests/l402: the question to another gate and its word.
#include "l402/vouching.h"

#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "base/hex.h"
#include "support/precompiled.h"
#include "support/vectors.h"

namespace tollhouse::l402 {
namespace {

TEST(Vouching, R_L402_11_TheQuestionIsThePairAsItWasShown) {
  const auto all = nlohmann::json::parse(test::vector_file("l402/macaroons_valid.json"));
  for (const auto& vector : all["vectors"]) {
    const auto bytes = bytes_from_hex(vector["binary"].get<std::string>());
    ASSERT_TRUE(bytes);
    Preimage preimage;
    preimage.bytes.fill(0xab);
    Credential credential;
    if (!credential.assign(*bytes, preimage)) continue;
    const auto question = nlohmann::json::parse(verify_question(credential));
    EXPECT_EQ(question.size(), 1U);
    Credential read;
    ASSERT_TRUE(read.read_pair(question["token"].get<std::string>()));
    EXPECT_TRUE(std::ranges::equal(read.macaroon().bytes(), *bytes));
    EXPECT_EQ(read.preimage().bytes, preimage.bytes);
  }
}

TEST(Vouching, AYesMayNameTheSale) {
  const auto plain = read_verify_answer(R"({"ok":true})");
  ASSERT_TRUE(plain);
  EXPECT_TRUE(plain->good);
  EXPECT_FALSE(plain->price);
  EXPECT_FALSE(plain->uses);
  EXPECT_FALSE(plain->pass);
  const auto counted = read_verify_answer(R"({"more":[1],"uses":3,"priceMsat":1003,"ok":true})");
  ASSERT_TRUE(counted);
  EXPECT_EQ(counted->price, Msat::of(1003));
  EXPECT_EQ(counted->uses, 3U);
  const auto pass = read_verify_answer(R"({"ok":true,"uses":"unlimited"})");
  ASSERT_TRUE(pass);
  EXPECT_TRUE(pass->pass);
  EXPECT_FALSE(pass->uses);
}

TEST(Vouching, ANoIsANoWhateverElseItSays) {
  for (const char* body : {R"({"ok":false})", R"({"ok":false,"uses":0,"priceMsat":"x"})"}) {
    const auto word = read_verify_answer(body);
    ASSERT_TRUE(word) << body;
    EXPECT_FALSE(word->good);
  }
}

TEST(Vouching, HalfAYesIsNone) {
  for (const char* body :
       {"", "true", "[]", "{}", R"({"ok":1})", R"({"ok":"true"})", R"({"ok":null})",
        R"({"ok":true,"ok":false})", R"({"ok":true} {})", R"({"ok":true,"uses":0})",
        R"({"ok":true,"uses":-1})", R"({"ok":true,"uses":1.5})", R"({"ok":true,"uses":"many"})",
        R"({"ok":true,"uses":4294967296})", R"({"ok":true,"uses":null})",
        R"({"ok":true,"priceMsat":-1})", R"({"ok":true,"priceMsat":"3000"})",
        R"({"ok":true,"priceMsat":2100000000000000001})"}) {
    EXPECT_FALSE(read_verify_answer(body)) << body;
  }
}

}  // namespace
}  // namespace tollhouse::l402
