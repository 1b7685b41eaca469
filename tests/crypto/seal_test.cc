// tests/crypto: sealed bytes against Wycheproof's AES-256-GCM, and in each bit.
#include "crypto/seal.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/hex.h"
#include "support/precompiled.h"
#include "support/vectors.h"

namespace tollhouse::crypto {
namespace {

using Json = nlohmann::json;

Bytes bytes_in(const Json& text) { return *bytes_from_hex(text.get<std::string>()); }

TEST(Seal, OpensWhatWycheproofSaysOpensAndNothingElse) {
  std::size_t cases = 0;
  const Json file = Json::parse(test::vector_file("wycheproof/aes_gcm_test.json"));
  for (const Json& group : file["testGroups"]) {
    if (group["keySize"] != 256 || group["ivSize"] != 96 || group["tagSize"] != 128) continue;
    for (const Json& test : group["tests"]) {
      SCOPED_TRACE(test["tcId"].dump());
      const SealKey key = SealKey::from(bytes_in(test["key"]));
      const Bytes iv = bytes_in(test["iv"]);
      const Bytes context = bytes_in(test["aad"]);
      const Bytes plain = bytes_in(test["msg"]);
      Bytes sealed = iv;
      for (const char* part : {"ct", "tag"}) {
        const Bytes bytes = bytes_in(test[part]);
        sealed.insert(sealed.end(), bytes.begin(), bytes.end());
      }
      const auto opened = unseal(key, context, sealed);
      ASSERT_EQ(opened.has_value(), test["result"] == "valid");
      ++cases;
      if (!opened) continue;
      EXPECT_EQ(*opened, plain);
      SealNonce nonce;
      std::ranges::copy(iv, nonce.begin());
      EXPECT_EQ(seal(key, nonce, context, plain), sealed);
    }
  }
  EXPECT_GT(cases, 50U);
}

TEST(Seal, AnyOtherBitOfKeyContextOrBytesOpensNothing) {
  SystemRandom random;
  SealKey key;
  random.fill(key.bytes);
  const Bytes context{1, 2, 3};
  const Bytes plain{9, 8, 7, 6};
  const Bytes sealed = seal(key, random, context, plain);
  EXPECT_EQ(sealed.size(), plain.size() + kSealNonceBytes + kSealTagBytes);
  EXPECT_NE(seal(key, random, context, plain), sealed);
  ASSERT_EQ(unseal(key, context, sealed), plain);
  for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    Bytes other = sealed;
    other[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    EXPECT_FALSE(unseal(key, context, other)) << bit;
  }
  for (std::size_t size = 0; size < sealed.size(); ++size) {
    EXPECT_FALSE(unseal(key, context, ByteView(sealed).first(size))) << size;
  }
  EXPECT_FALSE(unseal(key, Bytes{1, 2, 4}, sealed));
  EXPECT_FALSE(unseal(key, {}, sealed));
  SealKey another = key;
  another.bytes[31] ^= 1;
  EXPECT_FALSE(unseal(another, context, sealed));
}

TEST(Seal, NothingCanBeSealed) {
  SystemRandom random;
  const SealKey key;
  EXPECT_EQ(unseal(key, {}, seal(key, random, {}, {})), Bytes{});
}

}  // namespace
}  // namespace tollhouse::crypto
