// tests/crypto: signatures against Wycheproof, RFC 6979 against known values, recovery in every
// case.
#include "crypto/secp256k1.h"

#include <secp256k1.h>

#include <nlohmann/json.hpp>

#include "base/hex.h"
#include "crypto/sha256.h"
#include "support/precompiled.h"
#include "support/vectors.h"

namespace tollhouse::crypto {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kOrder =
    "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";
constexpr std::string_view kZero =
    "0000000000000000000000000000000000000000000000000000000000000000";
constexpr std::string_view kOne =
    "0000000000000000000000000000000000000000000000000000000000000001";

class CountingRandom final : public Random {
 public:
  void fill(std::span<std::uint8_t> into) override {
    for (auto& byte : into) byte = next_++;
  }

 private:
  std::uint8_t next_ = 1;
};

const Secp256k1& curve() {
  static CountingRandom random;
  static const Secp256k1 made(random);
  return made;
}

NodeKey node_key(std::string_view digits) { return NodeKey::from(*bytes_from_hex(digits)); }

Signature signature_of(std::string_view r, std::string_view s) {
  Signature signature;
  EXPECT_TRUE(read_hex(std::string(r) + std::string(s), signature));
  return signature;
}

/// n - S: the other spelling of the same signature.
Signature with_other_s(Signature signature) {
  const Bytes order = *bytes_from_hex(kOrder);
  int borrow = 0;
  for (int i = 31; i >= 0; --i) {
    const int difference = order[i] - signature[32 + i] - borrow;
    borrow = difference < 0 ? 1 : 0;
    signature[32 + i] = static_cast<std::uint8_t>(difference + 256 * borrow);
  }
  return signature;
}

/// 64 bytes from DER (BIP 66); nothing where it is no strict DER.
std::optional<Signature> compact(const Bytes& der) {
  if (der.empty()) return std::nullopt;
  secp256k1_ecdsa_signature parts;
  const auto* context = secp256k1_context_static;
  if (secp256k1_ecdsa_signature_parse_der(context, &parts, der.data(), der.size()) != 1)
    return std::nullopt;
  Signature signature;
  secp256k1_ecdsa_signature_serialize_compact(context, signature.data(), &parts);
  return signature;
}

PublicKey compressed(const Bytes& uncompressed) {
  Bytes key(uncompressed.begin(), uncompressed.begin() + 33);
  key[0] = (uncompressed.back() & 1) != 0 ? 3 : 2;
  return PublicKey::from(key);
}

TEST(Secp256k1, WycheproofVerify) {
  const Json file =
      Json::parse(test::vector_file("wycheproof/ecdsa_secp256k1_sha256_bitcoin_test.json"));
  int seen = 0;
  for (const Json& group : file["testGroups"]) {
    const PublicKey key =
        compressed(*bytes_from_hex(group["publicKey"]["uncompressed"].get<std::string>()));
    for (const Json& row : group["tests"]) {
      const Digest digest = sha256(*bytes_from_hex(row["msg"].get<std::string>()));
      const auto signature = compact(*bytes_from_hex(row["sig"].get<std::string>()));
      const bool good = signature && curve().verify(digest, *signature, key);
      EXPECT_EQ(good, row["result"] == "valid") << row["tcId"] << " " << row["comment"];
      ++seen;
    }
  }
  EXPECT_EQ(seen, file["numberOfTests"].get<int>());
}

TEST(Secp256k1, NonceIsThatOfRfc6979) {
  // Key 1 over SHA-256 of a known sentence: the value every Bitcoin library publishes.
  const auto made = curve().sign_recoverable(sha256(bytes_of("Satoshi Nakamoto")), node_key(kOne));
  EXPECT_EQ(hex(made.signature),
            "934b1ea10a4b3c1757e2b0c017d0b6143ce3c9a7e6a4a49860d7a6ab210ee3d8"
            "2442ce9d2b916064108014783e923ec36b49743e2ffa1c4496f01a512aafd9e5");
}

TEST(Secp256k1, BlindingDoesNotChangeWhatIsSigned) {
  CountingRandom random;
  std::array<std::uint8_t, 5> skipped;
  random.fill(skipped);
  const Secp256k1 other(random);
  const Digest digest = sha256(bytes_of("toll"));
  const NodeKey key = node_key(kOne);
  EXPECT_EQ(other.sign_recoverable(digest, key).signature,
            curve().sign_recoverable(digest, key).signature);
}

RC_GTEST_PROP(Secp256k1, WhatIsSignedIsVerifiedAndRecovered,
              (const Bytes& message, std::uint64_t seed)) {
  const Digest digest = sha256(message);
  NodeKey key;
  key.bytes = sha256(ByteView(reinterpret_cast<const std::uint8_t*>(&seed), sizeof seed)).bytes;
  RC_PRE(curve().valid(key));
  const PublicKey expected = curve().public_key(key);
  const auto made = curve().sign_recoverable(digest, key);
  RC_ASSERT(curve().valid(expected));
  RC_ASSERT(curve().scalars_in_range(made.signature));
  RC_ASSERT(curve().has_low_s(made.signature));
  RC_ASSERT(curve().verify(digest, made.signature, expected));
  RC_ASSERT(curve().recover(digest, made.signature, made.recovery_id) == expected);

  const Signature high = with_other_s(made.signature);
  RC_ASSERT(curve().scalars_in_range(high));
  RC_ASSERT(!curve().has_low_s(high));
  RC_ASSERT(!curve().verify(digest, high, expected));
  RC_ASSERT(curve().recover(digest, high, made.recovery_id ^ 1) == expected);
  RC_ASSERT(curve().recover(digest, high, made.recovery_id) != expected);
  RC_ASSERT(!curve().verify(sha256(digest.bytes), made.signature, expected));
}

TEST(Secp256k1, KeysOutsideTheRangeAreSeen) {
  EXPECT_FALSE(curve().valid(node_key(kZero)));
  EXPECT_FALSE(curve().valid(node_key(kOrder)));
  EXPECT_TRUE(curve().valid(node_key(kOne)));
  EXPECT_EQ(hex(curve().public_key(node_key(kOne)).bytes),
            "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798");
}

TEST(Secp256k1, PointsOutsideTheCurveAreSeen) {
  PublicKey key = curve().public_key(node_key(kOne));
  EXPECT_TRUE(curve().valid(key));
  key.bytes[0] = 4;
  EXPECT_FALSE(curve().valid(key));
  PublicKey off_curve;
  off_curve.bytes.fill(0xff);
  off_curve.bytes[0] = 2;
  EXPECT_FALSE(curve().valid(off_curve));
  EXPECT_FALSE(curve().valid(PublicKey{}));
  EXPECT_FALSE(curve().verify(Digest{}, signature_of(kOne, kOne), off_curve));
}

TEST(Secp256k1, ScalarsOutsideTheRangeAreSeen) {
  for (const auto& [r, s] :
       {std::pair{kZero, kOne}, {kOne, kZero}, {kOrder, kOne}, {kOne, kOrder}}) {
    const Signature signature = signature_of(r, s);
    EXPECT_FALSE(curve().scalars_in_range(signature)) << r << s;
    EXPECT_FALSE(curve().recover(Digest{}, signature, 0)) << r << s;
    EXPECT_FALSE(curve().verify(Digest{}, signature, curve().public_key(node_key(kOne)))) << r << s;
  }
  EXPECT_TRUE(curve().scalars_in_range(signature_of(kOne, kOne)));
  EXPECT_FALSE(curve().has_low_s(signature_of(kOne, kOrder)));
}

TEST(Secp256k1, IdsThatGiveNoPointAreSeen) {
  const Digest digest = sha256(bytes_of("toll"));
  const auto made = curve().sign_recoverable(digest, node_key(kOne));
  EXPECT_FALSE(curve().recover(digest, made.signature, 4));
  EXPECT_FALSE(curve().recover(digest, made.signature, 255));
  EXPECT_FALSE(curve().recover(digest, made.signature, 2));  // R + n is above the field's prime
}

TEST(Secp256k1, SignsOnlyWithAKey) {
  EXPECT_DEATH(curve().sign_recoverable(Digest{}, node_key(kZero)), "");
  EXPECT_DEATH(curve().public_key(node_key(kOrder)), "");
}

}  // namespace
}  // namespace tollhouse::crypto
