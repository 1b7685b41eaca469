// tests/pow: the LiveAuth object against the published hashes and signatures, each fault alone.
#include "pow/liveauth.h"

#include <nlohmann/json.hpp>

#include "base/hex.h"
#include "pow/scene.h"
#include "support/precompiled.h"
#include "support/vectors.h"

namespace tollhouse::pow {
namespace {

using Json = nlohmann::json;

Json vectors() { return Json::parse(tollhouse::test::vector_file("pow/pow-sha256.json")); }

TEST(LiveAuth, R_POW_7_TheHashesOfTheVectors) {
  for (const Json& vector : vectors()["liveauth_hash"]) {
    const Digest hash = liveauth_hash(vector["projectPublicKey"].get<std::string>(),
                                      vector["challengeHex"].get<std::string>(),
                                      std::to_string(vector["nonce"].get<std::uint64_t>()));
    EXPECT_EQ(hex(hash.view()), vector["hashHex"].get<std::string>());
    EXPECT_EQ(leading_zero_bits(hash), vector["leadingZeroBits"].get<unsigned>());
    const bool good = leading_zero_bits(hash) >= vector["difficultyBits"].get<unsigned>();
    EXPECT_EQ(good, vector["valid"].get<bool>());
  }
}

TEST(LiveAuth, R_POW_7_TheSignaturesOfTheVectors) {
  for (const Json& vector : vectors()["liveauth_challenge_signature"]) {
    const std::string secret = vector["secretUtf8"];
    const std::string signature = liveauth_signature(
        crypto::HmacKey(bytes_of(secret)), vector["projectId"].get<std::string>(),
        vector["challengeHex"].get<std::string>(), vector["difficultyBits"].get<unsigned>(),
        vector["expiresAtUnix"].get<std::int64_t>());
    EXPECT_EQ(signature, vector["signatureHex"].get<std::string>());
  }
}

struct Session {
  Keys keys;
  test::CountingRandom random;
  crypto::HmacKey key = liveauth_key(test::master_key());
  LiveAuthProject project{"3f2504e0-4f89-41d3-9a0c-0305e82c3301", "la_pk_AAAAAAAAAAAAAAAAAAAAAAAA"};
  Binding binding;
  Time now = time_from_unix(1'800'000'000);
  LiveAuthChallenge challenge;
  LiveAuthSolution solution;
  unsigned bits_min = 8;

  Session() {
    keys.add(1, test::master_key());
    binding.client = "ip:203.0.113.7/32";
    challenge = issue_liveauth(project, 8, std::chrono::seconds(120), binding, key, keys.newest(),
                               now, random);
    solution = {challenge.challenge_hex, 0, std::nullopt, challenge.expires_unix, challenge.bits,
                challenge.signature};
    while (leading_zero_bits(liveauth_hash(project.public_key, challenge.challenge_hex,
                                           std::to_string(solution.nonce))) < 8) {
      ++solution.nonce;
    }
  }
  Result<void, Reason> verify() const {
    return verify_liveauth(project, solution, bits_min, binding, key, keys.newest(), now);
  }
};

struct Case {
  const char* name;
  void (*change)(Session&);
  std::optional<Reason> want;
};

const Case kCases[] = {
    {"as issued", [](Session&) {}, std::nullopt},
    {"at its end", [](Session& s) { s.now += std::chrono::seconds(120); }, Reason::pow_expired},
    {"longer life", [](Session& s) { s.solution.expires_unix += 1; }, Reason::pow_bad_mac},
    {"easier", [](Session& s) { s.solution.bits = 7; }, Reason::pow_bad_mac},
    {"another project", [](Session& s) { s.project.id = "other"; }, Reason::pow_bad_mac},
    {"no signature", [](Session& s) { s.solution.signature = ""; }, Reason::pow_bad_mac},
    {"below the floor", [](Session& s) { s.bits_min = 9; }, Reason::pow_too_easy},
    {"another client", [](Session& s) { s.binding.client = "ip:203.0.113.8/32"; },
     Reason::pow_binding},
    {"not solved", [](Session& s) { s.solution.nonce += 1'000'000'007; }, Reason::invalid_solution},
    {"another hash", [](Session& s) { s.solution.hash_hex = "00"; }, Reason::invalid_solution},
};

TEST(LiveAuth, R_POW_7_OneReasonPerFault) {
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    Session session;
    c.change(session);
    const auto verdict = session.verify();
    EXPECT_EQ(verdict ? std::nullopt : std::optional(verdict.error()), c.want);
  }
}

TEST(LiveAuth, R_POW_7_TheObjectHasItsSevenMembers) {
  const Session session;
  const Json object = Json::parse(liveauth_object(session.challenge));
  const Json wanted = {{"projectId", session.project.id},
                       {"projectPublicKey", session.project.public_key},
                       {"challengeHex", session.challenge.challenge_hex},
                       {"targetHex", target_hex(8)},
                       {"difficultyBits", 8},
                       {"expiresAtUnix", 1'800'000'120},
                       {"signature", session.challenge.signature}};
  EXPECT_EQ(object, wanted);
  EXPECT_EQ(session.challenge.challenge_hex.size(), 32U);
}

std::optional<LiveAuthSolution> read(const Json& body) {
  static json::Document workspace;
  static std::string text;
  text = body.dump();
  const auto value = json::parse(text, workspace);
  if (!value) return std::nullopt;
  return read_liveauth_solution(*value);
}

TEST(LiveAuth, R_POW_7_AConfirmIsReadInBothSpellings) {
  const Json good = {{"quoteId", "q"},          {"challengeHex", "00ff"}, {"nonce", 0},
                     {"expiresAtUnix", 17},     {"difficultyBits", 18},   {"signature", "ab"},
                     {"hashHex", Json(nullptr)}};
  ASSERT_TRUE(read(good));
  EXPECT_FALSE(read(good)->hash_hex);
  Json other = good;
  other.erase("signature");
  other["sig"] = "cd";
  other["nonce"] = "9223372036854775807";
  other["hashHex"] = "00";
  const auto solution = read(other);
  ASSERT_TRUE(solution);
  EXPECT_EQ(solution->signature, "cd");
  EXPECT_EQ(solution->nonce, 9'223'372'036'854'775'807U);
  EXPECT_EQ(solution->hash_hex, "00");
  for (const Json& nonce : {Json("9223372036854775808"), Json("01"), Json(""), Json("1 "), Json(-1),
                            Json(1.5), Json(nullptr), Json("x"), Json("-1")}) {
    Json bad = good;
    bad["nonce"] = nonce;
    EXPECT_FALSE(read(bad)) << nonce;
  }
  for (const char* name :
       {"challengeHex", "nonce", "expiresAtUnix", "difficultyBits", "signature"}) {
    Json bad = good;
    bad.erase(name);
    EXPECT_FALSE(read(bad)) << name;
  }
}

}  // namespace
}  // namespace tollhouse::pow
