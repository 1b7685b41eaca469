// tests/pow: payloads of ALTCHA widgets, made by its own library, and each fault alone.
#include "pow/altcha.h"

#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "support/precompiled.h"
#include "support/vectors.h"

namespace tollhouse::pow {
namespace {

using Json = nlohmann::json;
const Time kBefore = time_from_unix(1'767'225'899);

Json vectors() { return Json::parse(tollhouse::test::vector_file("pow/altcha.json")); }

/// A payload, changed, with the keys of its vector.
std::optional<Reason> reason_of(const Json& payload, std::string_view key,
                                std::string_view key_key = "", Time now = kBefore) {
  const auto grant =
      verify_altcha(base64(bytes_of(payload.dump())), {bytes_of(key), bytes_of(key_key)}, now);
  return grant ? std::nullopt : std::optional(grant.error());
}

Json payload_of(const Json& vector) {
  const auto bytes = bytes_from_any_base64(vector["payloadBase64"].get<std::string>());
  return Json::parse(text_of(*bytes));
}

TEST(Altcha, TheVectorsOfVersionOnePassBeforeTheirEnd) {
  for (const Json& vector : vectors()["v1"]) {
    const std::string key = vector["hmacKeyUtf8"], payload = vector["payloadBase64"];
    const AltchaKeys keys{bytes_of(key), {}};
    const auto grant = verify_altcha(payload, keys, kBefore);
    ASSERT_TRUE(grant) << row_of(kReasons, grant.error()).token;
    EXPECT_EQ(grant->id, vector["challenge"]["challenge"].get<std::string>());
    if (!grant->expires) continue;
    EXPECT_EQ(verify_altcha(payload, keys, *grant->expires).error(), Reason::pow_expired);
    EXPECT_TRUE(grant->bound_to.starts_with("expires=1767225900"));
  }
}

TEST(Altcha, TheVectorsOfVersionTwoPass) {
  for (const Json& vector : vectors()["v2"]) {
    SCOPED_TRACE(vector["name"].get<std::string>());
    const std::string key = vector["hmacSignatureSecret"];
    const std::string key_key = vector["hmacKeySignatureSecret"];
    const auto grant = verify_altcha(vector["payloadBase64"].get<std::string>(),
                                     {bytes_of(key), bytes_of(key_key)}, kBefore);
    ASSERT_TRUE(grant) << row_of(kReasons, grant.error()).token;
    EXPECT_EQ(grant->id, "000102030405060708090a0b0c0d0e0f");
    EXPECT_EQ(Json::parse(grant->bound_to), Json({{"route", "tools/call:x"}}));
    EXPECT_EQ(grant->expires, time_from_unix(4'102'444'800));
  }
}

TEST(Altcha, EachFaultOfVersionOneAlone) {
  const Json good = payload_of(vectors()["v1"][0]);
  const std::string key = "altcha-hmac-test-key";
  const auto with = [&](const char* name, const Json& value) {
    Json changed = good;
    changed[name] = value;
    return reason_of(changed, key);
  };
  EXPECT_EQ(reason_of(good, key), std::nullopt);
  EXPECT_EQ(reason_of(good, "another key"), Reason::pow_bad_mac);
  EXPECT_EQ(with("algorithm", "SHA-1"), Reason::pow_unsupported);
  EXPECT_EQ(with("number", 12'346), Reason::invalid_solution);
  EXPECT_EQ(with("number", "12345"), Reason::pow_malformed);
  EXPECT_EQ(with("signature", ""), Reason::pow_bad_mac);
  EXPECT_EQ(with("salt", "0123456789abcdef01234567?expires=1767225900"), Reason::pow_malformed);
  EXPECT_EQ(with("salt", "0123456789abcdef01234567?expires=x&"), Reason::pow_malformed);
  EXPECT_EQ(with("salt", "0123456789abcdef01234567?expires=9767225900&"), Reason::invalid_solution);
  // Digits of the number moved into the parameters, as could be without the closing sign.
  Json spliced = good;
  spliced["salt"] = "0123456789abcdef01234567?expires=1767225900&1";
  spliced["number"] = 2345;
  EXPECT_EQ(reason_of(spliced, key), Reason::pow_malformed);
}

TEST(Altcha, EachFaultOfVersionTwoAlone) {
  const Json all = vectors()["v2"];
  const auto with = [&](std::size_t vector, const std::string& pointer, const Json& value) {
    Json changed = payload_of(all[vector]);
    changed[Json::json_pointer(pointer)] = value;
    return reason_of(changed, "sig-secret", "key-secret");
  };
  EXPECT_EQ(with(0, "/challenge/parameters/cost", 1), Reason::pow_bad_mac);
  EXPECT_EQ(with(0, "/challenge/parameters/keyPrefix", "0"), Reason::pow_bad_mac);
  EXPECT_EQ(with(0, "/challenge/parameters/expiresAt", 1), Reason::pow_expired);
  EXPECT_EQ(with(0, "/challenge/parameters/expiresAt", "x"), Reason::pow_malformed);
  EXPECT_EQ(with(0, "/challenge/signature", "00"), Reason::pow_bad_mac);
  EXPECT_EQ(with(0, "/solution/counter", 308), Reason::invalid_solution);
  EXPECT_EQ(with(0, "/solution/counter", -1), Reason::pow_malformed);
  EXPECT_EQ(with(0, "/solution/counter", 4'294'967'296), Reason::pow_malformed);
  EXPECT_EQ(with(0, "/solution/derivedKey", "00"), Reason::pow_malformed);
  EXPECT_EQ(with(3, "/solution/derivedKey", std::string(64, '0')), Reason::invalid_solution);
  EXPECT_EQ(with(2, "/solution", 7), Reason::pow_malformed);
  // The first half of the key is public; the second is what the signature is for.
  std::string half = payload_of(all[2])["solution"]["derivedKey"];
  half.back() = half.back() == '0' ? '1' : '0';
  EXPECT_EQ(with(2, "/solution/derivedKey", half), Reason::invalid_solution);
}

TEST(Altcha, WhatIsNoPayloadIsMalformed) {
  for (const char* payload : {"", "!", "e30", "W10", "bnVsbA", "eyJjaGFsbGVuZ2UiOnt9fQ"}) {
    const auto grant = verify_altcha(payload, {}, kBefore);
    ASSERT_FALSE(grant) << payload;
    EXPECT_EQ(grant.error(), Reason::pow_malformed) << payload;
  }
}

}  // namespace
}  // namespace tollhouse::pow
