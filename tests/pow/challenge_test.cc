// tests/pow: the 48 bytes of a challenge, exactly; issuing keeps nothing and is never the same.
#include "pow/challenge.h"

#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "base/hex.h"
#include "pow/scene.h"
#include "support/precompiled.h"
#include "support/vectors.h"

namespace tollhouse::pow {
namespace {

/// Gives the id of a vector.
class FixedRandom final : public Random {
 public:
  explicit FixedRandom(Bytes bytes) : bytes_(std::move(bytes)) {}
  void fill(std::span<std::uint8_t> into) override { std::ranges::copy(bytes_, into.begin()); }

 private:
  Bytes bytes_;
};

TEST(Challenge, TheVectorsAreIssuedByteForByte) {
  const auto all = nlohmann::json::parse(tollhouse::test::vector_file("pow/pow-sha256.json"));
  for (const auto& vector : all["gate_challenge_v1"]) {
    const auto& fields = vector["fields"];
    const auto& inputs = vector["bindInputs"];
    const std::string client = inputs["client"], route = inputs["route"];
    const std::string body = inputs["bodySha256Hex"];
    Terms terms;
    terms.bits = fields["bits"];
    terms.count = fields["count"];
    terms.ttl = std::chrono::seconds(fields["ttlSeconds"].get<int>());
    if (!client.empty()) terms.binding.client = client;
    if (!route.empty()) terms.binding.route = route;
    if (!body.empty()) terms.binding.body = value_from_hex<Digest>(body);
    Keys keys;
    keys.add(fields["keyId"], *bytes_from_hex(std::string(vector["masterKeyHex"])));
    FixedRandom random(*bytes_from_hex(std::string(fields["idHex"])));
    const Time now = time_from_unix(fields["issuedAtUnix"].get<std::int64_t>());
    const Issued issued = issue(terms, keys, now, random);
    EXPECT_EQ(issued.text, vector["challenge"].get<std::string>());
    EXPECT_EQ(issued.text.size(), kChallengeCharacters);
    EXPECT_EQ(issued.challenge.flags, fields["flags"].get<int>());
    const auto bytes = bytes_from_base64url(issued.text);
    ASSERT_TRUE(bytes);
    EXPECT_EQ(hex(*bytes),
              vector["bodyHex"].get<std::string>() + vector["macHex"].get<std::string>());
  }
}

TEST(Challenge, TheKeysOfTheVectorsAreDerivedFromTheMaster) {
  const auto all = nlohmann::json::parse(tollhouse::test::vector_file("pow/pow-sha256.json"));
  const auto& vector = all["gate_challenge_v1"][0];
  Keys keys;
  keys.add(1, test::master_key());
  const auto same = [](const crypto::HmacKey& key, const std::string& digits) {
    const crypto::HmacKey wanted(*bytes_from_hex(digits));
    return key.mac(bytes_of("x")) == wanted.mac(bytes_of("x"));
  };
  EXPECT_TRUE(same(keys.newest().challenge, vector["challengeKeyHex"]));
  EXPECT_TRUE(same(keys.newest().binding, vector["bindKeyHex"]));
}

RC_GTEST_PROP(Challenge, FieldsComeBackAsTheyWereSigned, ()) {
  test::Scene scene;
  scene.terms.bits = static_cast<std::uint8_t>(*rc::gen::inRange(0, 8) * 4);
  scene.terms.count = *rc::gen::inRange<std::uint8_t>(1, kCountMax + 1);
  scene.terms.ttl = std::chrono::seconds(*rc::gen::inRange(1, 65'536));
  scene.terms.hex_unit = *rc::gen::arbitrary<bool>();
  const Issued issued = issue(scene.terms, scene.keys, scene.now, scene.random);
  ChallengeBytes bytes;
  RC_ASSERT(read_base64url(issued.text, bytes));
  RC_ASSERT(mac_holds(bytes, scene.keys.newest()));
  const Challenge read = read_fields(bytes);
  RC_ASSERT(read.bits == scene.terms.bits && read.count == scene.terms.count);
  RC_ASSERT(read.issued_at() == scene.now);
  RC_ASSERT(read.expires_at() == scene.now + scene.terms.ttl);
  RC_ASSERT(read.flags == (6 | (scene.terms.hex_unit ? kHexUnit : 0)));
  RC_ASSERT(read.id == issued.challenge.id && read.tag == issued.challenge.tag);
}

TEST(Challenge, R_POW_4_TwoChallengesNeverHaveOneId) {
  test::Scene scene;
  const Issued other = issue(scene.terms, scene.keys, scene.now, scene.random);
  EXPECT_NE(scene.issued.challenge.id, other.challenge.id);
  EXPECT_NE(scene.issued.text, other.text);
}

}  // namespace
}  // namespace tollhouse::pow
