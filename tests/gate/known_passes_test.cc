// tests/gate/known_passes_test.cc mirrors known_passes.cc. Goal: a pass that was checked is known
// until keys change, and not a call longer.
#include "gate/known_passes.h"
#include "base/random.h"
#include "crypto/sha256.h"
#include "l402/challenge.h"
#include "support/precompiled.h"

namespace tollhouse::gate {
namespace {

constexpr std::string_view kService = "mcp";

l402::RootKeys ring(std::uint8_t number) {
  l402::RootKeys keys;
  const std::array<std::uint8_t, 32> master{number, 7};
  keys.add(number, master);
  return keys;
}

l402::Credential sold(const l402::RootKeys& keys, std::optional<std::uint32_t> uses) {
  Preimage preimage;
  preimage.bytes.fill(5);
  l402::Terms terms;
  terms.service = kService;
  terms.uses = uses;
  SystemRandom random;
  const Digest hash = crypto::sha256(preimage.reveal());
  const l402::Sale sale{PaymentHash::from(hash.view()), *Msat::of(1000),
                        time_from_unix(1'800'000'000), 1, terms};
  const auto token = l402::mint(sale, keys, random);
  l402::Credential credential;
  EXPECT_TRUE(credential.assign(*token, preimage));
  return credential;
}

TEST(KnownPasses, AreKnownUntilTheKeysChange) {
  const l402::RootKeys first = ring(1);
  const l402::RootKeys second = ring(2);
  const l402::Credential pass = sold(first, std::nullopt);
  const l402::Options options{{}, {1}};
  KnownPasses known;
  ASSERT_TRUE(known.authenticate(pass, first, kService, options));
  // The ring is not even asked for a pass that is known: so it must be told.
  EXPECT_TRUE(known.authenticate(pass, second, kService, options));
  known.forget();
  const auto retired = known.authenticate(pass, second, kService, options);
  ASSERT_FALSE(retired);
  EXPECT_EQ(retired.error(), l402::Reason::unknown_token);
  EXPECT_TRUE(known.authenticate(pass, first, kService, options));
}

TEST(KnownPasses, CountedTokensAreCheckedEachTime) {
  const l402::RootKeys first = ring(1);
  const l402::Credential counted = sold(first, 3);
  const l402::Options options{{}, {1}};
  KnownPasses known;
  ASSERT_TRUE(known.authenticate(counted, first, kService, options));
  EXPECT_FALSE(known.authenticate(counted, ring(2), kService, options));
}

}  // namespace
}  // namespace tollhouse::gate
