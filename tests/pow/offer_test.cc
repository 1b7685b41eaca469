// tests/pow: what a gate says about work, member by member, and what it reads at its endpoints.
#include "pow/offer.h"

#include <nlohmann/json.hpp>

#include "pow/puzzle.h"
#include "pow/scene.h"
#include "support/precompiled.h"

namespace tollhouse::pow {
namespace {

using Json = nlohmann::json;

test::Scene scene_of(std::uint8_t bits, std::uint8_t count, bool hex_unit) {
  test::Scene scene;
  scene.terms.bits = bits;
  scene.terms.count = count;
  scene.terms.hex_unit = hex_unit;
  scene.issued = issue(scene.terms, scene.keys, scene.now, scene.random);
  return scene;
}

TEST(Offer, R_POW_1_TheChallengeInHexDigits) {
  const test::Scene scene = scene_of(16, 1, true);
  const std::string_view rails[] = {"l402", "x402"};
  const Json body = Json::parse(challenge_body(scene.issued, rails));
  const Json wanted = {{"challenge", scene.issued.text},
                       {"difficulty", 4},
                       {"algorithm", "sha256"},
                       {"difficultyBits", 16},
                       {"unit", "hex"},
                       {"count", 1},
                       {"targetHex", target_hex(16)},
                       {"expiresAtUnix", 1'800'000'060},
                       {"alternatives", {"l402", "x402"}}};
  EXPECT_EQ(body, wanted);
}

TEST(Offer, R_POW_1_TheChallengeInBitsWithSubPuzzles) {
  const test::Scene scene = scene_of(15, 9, false);
  const Json body = Json::parse(challenge_body(scene.issued, {}));
  EXPECT_EQ(body["difficulty"], 15);
  EXPECT_EQ(body["difficultyBits"], 15);
  EXPECT_EQ(body["unit"], "bits");
  EXPECT_EQ(body["count"], 9);
  EXPECT_EQ(body["alternatives"], Json::array());
}

TEST(Offer, R_POW_13_TheLineCountsBits) {
  const test::Scene scene = scene_of(18, 1, false);
  EXPECT_EQ(challenge_value(scene.issued),
            "PoW challenge=\"" + scene.issued.text + "\", difficulty=\"18\", algorithm=\"sha256\"");
}

TEST(Offer, R_POW_9_TheMemberOfARefusalSaysHowToRepeatTheCall) {
  const test::Scene scene = scene_of(18, 1, false);
  const Json member = Json::parse(offer_member(scene.issued));
  const Json wanted = {
      {"challenge", scene.issued.text},
      {"difficulty", 5},  // whoever works by digits has worked enough
      {"difficultyBits", 18},
      {"targetHex", target_hex(18)},
      {"algorithm", "sha256"},
      {"expiresAtUnix", 1'800'000'060},
      {"header", "X-PoW-Solution: challenge=" + scene.issued.text + ",nonce=NONCE"}};
  EXPECT_EQ(member, wanted);
}

TEST(Offer, R_POW_5_TheNonceBody) {
  const test::Scene scene = scene_of(20, 1, false);
  const Json body = Json::parse(nonce_body(scene.issued));
  const Json wanted = {{"nonce", scene.issued.text},
                       {"target", target_hex(20)},
                       {"expiresAt", 1'800'000'060'000},
                       {"difficultyBits", 20}};
  EXPECT_EQ(body, wanted);
}

TEST(Offer, R_POW_5_TheRequestMayNameATool) {
  for (const char* body : {"", "{}", R"({"tool":null})", R"({"other":1})"}) {
    const auto request = read_challenge_request(body);
    ASSERT_TRUE(request) << body;
    EXPECT_FALSE(request->tool) << body;
  }
  const auto request = read_challenge_request(R"({"tool":"s\u0065arch"})");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->tool, "search");
  for (const char* body : {"[]", "x", R"({"tool":1})", R"({"tool":""})",
                           R"({"tool":"a","tool":"b"})", R"("search")"}) {
    EXPECT_FALSE(read_challenge_request(body)) << body;
  }
  EXPECT_FALSE(read_challenge_request("{\"x\":\"" + std::string(kBodyBytesMax, 'y') + "\"}"));
}

TEST(Offer, R_POW_6_TheSolutionIsTextOrAWholeNumber) {
  json::Document workspace;
  const auto text = read_verify_request(R"({"nonce":"abc","solution":"0012"})", workspace);
  ASSERT_TRUE(text);
  EXPECT_EQ(text->solution.challenge, "abc");
  EXPECT_EQ(text->solution.nonces, "0012");
  EXPECT_FALSE(text->tool);
  const auto number = read_verify_request(R"({"solution":12,"nonce":"abc","x":[]})", workspace);
  ASSERT_TRUE(number);
  EXPECT_EQ(number->solution.nonces, "12");
  const auto named =
      read_verify_request(R"({"nonce":"abc","solution":"1","tool":"a\u0062"})", workspace);
  ASSERT_TRUE(named);
  EXPECT_EQ(named->tool, "ab");
  for (const char* body :
       {"", "[]", "{}", R"({"nonce":"abc"})", R"({"solution":"1"})",
        R"({"nonce":1,"solution":"1"})", R"({"nonce":"abc","solution":-1})",
        R"({"nonce":"abc","solution":1.5})", R"({"nonce":"abc","solution":1e3})",
        R"({"nonce":"abc","solution":""})", R"({"nonce":"","solution":"1"})",
        R"({"nonce":"abc","solution":null})", R"({"nonce":"abc","solution":"1","solution":"2"})",
        R"({"nonce":"abc","solution":"1","tool":""})",
        R"({"nonce":"abc","solution":"1","tool":7})"}) {
    EXPECT_FALSE(read_verify_request(body, workspace)) << body;
  }
}

TEST(Offer, R_POW_6_TheGrantedBodyIsTheCredential) {
  Preimage preimage;
  preimage.bytes.fill(0xab);
  const Json body = Json::parse(granted_body("AgEC", preimage, kMacaroonLifetime));
  std::string digits;
  for (int i = 0; i < 32; ++i) digits += "ab";
  const Json wanted = {{"macaroon", "AgEC"}, {"preimage", digits}, {"ttl", 300}};
  EXPECT_EQ(body, wanted);
}

TEST(Offer, R_POW_1_TheQueryChoosesUnitAndCount) {
  const auto plain = read_challenge_query("");
  ASSERT_TRUE(plain);
  EXPECT_FALSE(plain->bits_unit || plain->count_auto);
  const auto both = read_challenge_query("x=y&unit=bits&&count=auto");
  ASSERT_TRUE(both);
  EXPECT_TRUE(both->bits_unit && both->count_auto);
  EXPECT_TRUE(read_challenge_query("unit=hex&count=1"));
  for (const char* query : {"unit=", "unit", "unit=nibbles", "count=4", "profile=captcha"}) {
    EXPECT_FALSE(read_challenge_query(query)) << query;
  }
}

TEST(Offer, WhatIsOfferedIsSolvedAndPasses) {
  for (const std::uint8_t count : {1, 4}) {
    test::Scene scene = scene_of(8, count, true);
    const auto puzzle = read_puzzle(challenge_body(scene.issued, {}));
    ASSERT_TRUE(puzzle);
    EXPECT_EQ(puzzle->challenge, scene.issued.text);
    EXPECT_EQ(puzzle->bits, 8U);
    EXPECT_EQ(puzzle->count, count);
    scene.nonces = test::solved(scene.issued);
    EXPECT_TRUE(scene.verify());
  }
}

}  // namespace
}  // namespace tollhouse::pow
