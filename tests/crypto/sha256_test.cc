// tests/crypto: SHA-256, HMAC, HKDF against Wycheproof and against OpenSSL's EVP, in every split.
#include "crypto/sha256.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <nlohmann/json.hpp>

#include "base/hex.h"
#include "support/precompiled.h"
#include "support/vectors.h"

namespace tollhouse::crypto {
namespace {

using Json = nlohmann::json;

Digest evp_sha256(ByteView message) {
  Digest digest;
  unsigned size = 0;
  EXPECT_EQ(
      EVP_Digest(message.data(), message.size(), digest.bytes.data(), &size, EVP_sha256(), nullptr),
      1);
  return digest;
}

Digest evp_hmac(ByteView key, ByteView message) {
  Digest digest;
  unsigned size = 0;
  const std::uint8_t none = 0;
  EXPECT_NE(
      HMAC(EVP_sha256(), key.empty() ? &none : key.data(), static_cast<int>(key.size()),
           message.empty() ? &none : message.data(), message.size(), digest.bytes.data(), &size),
      nullptr);
  return digest;
}

/// RFC 5869 in full, written here a second time from the standard: the oracle of the short form.
Bytes oracle_hkdf(ByteView salt, ByteView secret, ByteView info, std::size_t size) {
  const Digest extracted = evp_hmac(salt, secret);
  Bytes out;
  Bytes last;
  for (std::uint8_t counter = 1; out.size() < size; ++counter) {
    last.insert(last.end(), info.begin(), info.end());
    last.push_back(counter);
    const Digest next = evp_hmac(extracted.bytes, last);
    last.assign(next.bytes.begin(), next.bytes.end());
    out.insert(out.end(), last.begin(), last.end());
  }
  out.resize(size);
  return out;
}

Bytes numbered(std::size_t size, std::uint8_t seed) {
  Bytes bytes(size);
  std::uint32_t state = seed;
  for (auto& byte : bytes)
    byte = static_cast<std::uint8_t>((state = state * 1664525 + 1013904223) >> 24);
  return bytes;
}

TEST(Sha256, PublishedExamples) {
  EXPECT_EQ(hex(sha256(bytes_of("abc")).bytes),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hex(sha256({}).bytes),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Sha256, EqualsEvpAtEveryLength) {
  const Bytes message = numbered(4097, 1);
  for (std::size_t size = 0; size <= 4096; ++size) {
    const ByteView view(message.data() + 1, size);  // not aligned
    ASSERT_EQ(sha256(view), evp_sha256(view)) << size;
  }
}

RC_GTEST_PROP(Sha256, IsTheSameInEverySplit, (std::uint8_t seed)) {
  const Bytes message = numbered(*rc::gen::inRange<std::size_t>(0, 4097), seed);
  Sha256 hash;
  std::size_t at = 0;
  while (at < message.size()) {
    const auto size = *rc::gen::inRange<std::size_t>(1, message.size() - at + 1);
    hash.update(ByteView(message).subspan(at, size)).update({});
    at += size;
  }
  RC_ASSERT(hash.finish() == evp_sha256(message));
}

TEST(Sha256, ACopyIsAMidstate) {
  Sha256 first;
  first.update(bytes_of("to"));
  Sha256 second = first;
  EXPECT_EQ(first.update(bytes_of("ll")).finish(), sha256(bytes_of("toll")));
  EXPECT_EQ(second.update(bytes_of("ken")).finish(), sha256(bytes_of("token")));
}

TEST(Hmac, Wycheproof) {
  const Json file = Json::parse(test::vector_file("wycheproof/hmac_sha256_test.json"));
  int seen = 0;
  for (const Json& group : file["testGroups"]) {
    const std::size_t tag_size = group["tagSize"].get<std::size_t>() / 8;
    for (const Json& row : group["tests"]) {
      const Bytes key = *bytes_from_hex(row["key"].get<std::string>());
      const Bytes message = *bytes_from_hex(row["msg"].get<std::string>());
      const Bytes tag = *bytes_from_hex(row["tag"].get<std::string>());
      const Digest made = hmac_sha256(key, message);
      const bool same = equal(ByteView(made.bytes).first(tag_size), tag);
      EXPECT_EQ(same, row["result"] == "valid") << row["tcId"];
      ++seen;
    }
  }
  EXPECT_EQ(seen, file["numberOfTests"].get<int>());
}

RC_GTEST_PROP(Hmac, EqualsEvp, (const Bytes& key, const Bytes& message, std::uint8_t seed)) {
  RC_ASSERT(hmac_sha256(key, message) == evp_hmac(key, message));
  const Bytes long_key = numbered(*rc::gen::inRange<std::size_t>(0, 200), seed);
  RC_ASSERT(hmac_sha256(long_key, message) == evp_hmac(long_key, message));
}

TEST(Hmac, PartsAreTheSameAsTheirJoin) {
  const HmacKey key(bytes_of("key"));
  const std::array<ByteView, 3> parts{bytes_of("a"), ByteView{}, bytes_of("bc")};
  EXPECT_EQ(key.mac(parts), key.mac(bytes_of("abc")));
  EXPECT_EQ(key.mac(std::span<const ByteView>{}), key.mac(ByteView{}));
  const HmacKey copy = key;
  EXPECT_EQ(copy.mac(bytes_of("abc")), hmac_sha256(bytes_of("key"), bytes_of("abc")));
}

TEST(Hkdf, Wycheproof) {
  const Json file = Json::parse(test::vector_file("wycheproof/hkdf_sha256_test.json"));
  int compared = 0;
  for (const Json& group : file["testGroups"]) {
    for (const Json& row : group["tests"]) {
      if (row["result"] == "invalid")
        continue;  // only output lengths above 255 blocks, which cannot be asked here
      const Bytes secret = *bytes_from_hex(row["ikm"].get<std::string>());
      const Bytes salt = *bytes_from_hex(row["salt"].get<std::string>());
      const Bytes info = *bytes_from_hex(row["info"].get<std::string>());
      const Bytes expected = *bytes_from_hex(row["okm"].get<std::string>());
      EXPECT_EQ(oracle_hkdf(salt, secret, info, expected.size()), expected) << row["tcId"];
      if (!salt.empty()) continue;
      const auto made = hkdf_sha256(secret, text_of(info));
      const std::size_t shared = std::min<std::size_t>(made.size(), expected.size());
      EXPECT_TRUE(std::equal(made.begin(), made.begin() + shared, expected.begin())) << row["tcId"];
      compared += 1;
    }
  }
  EXPECT_GT(compared, 5);
}

RC_GTEST_PROP(Hkdf, EqualsTheFullForm, (const Bytes& secret, const std::string& info)) {
  const auto made = hkdf_sha256(secret, info);
  RC_ASSERT(Bytes(made.begin(), made.end()) == oracle_hkdf({}, secret, bytes_of(info), 32));
}

RC_GTEST_PROP(Equal, IsEquality, (const Bytes& a, const Bytes& b)) {
  RC_ASSERT(equal(a, b) == (a == b));
  RC_ASSERT(equal(a, Bytes(a)));
  if (a.empty()) return;
  Bytes changed = a;
  changed[*rc::gen::inRange<std::size_t>(0, a.size())] ^=
      static_cast<std::uint8_t>(1 << *rc::gen::inRange(0, 8));
  RC_ASSERT(!equal(a, changed));
  RC_ASSERT(!equal(a, ByteView(a).first(a.size() - 1)));
}

TEST(Equal, ThePrefixIsNotTheWhole) {
  EXPECT_TRUE(equal({}, {}));
  EXPECT_FALSE(equal(bytes_of("a"), {}));
  EXPECT_FALSE(equal(bytes_of("ab"), bytes_of("a")));
}

}  // namespace
}  // namespace tollhouse::crypto
