// tests/mpp: challenges minted, written, read; ids; the forms of JSON-RPC.
#include "mpp/challenge.h"

#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "base/hex.h"
#include "json/canonical.h"
#include "mpp/limits.h"
#include "mpp/published.h"
#include "mpp/reason.h"
#include "support/precompiled.h"

namespace tollhouse::mpp {
namespace {

using Json = nlohmann::json;

std::vector<Challenge> read(const std::vector<std::string>& lines) {
  const std::vector<std::string_view> views(lines.begin(), lines.end());
  return read_challenges(views);
}

/// The sale that the published challenge `entry` was made from, its texts kept in `entry`.
Sale sale_of(const Json& entry, const Json& request) {
  const Json& details = request["methodDetails"];
  return {
      .price = Msat::of_sat(std::stoull(request["amount"].get<std::string>())).value(),
      .invoice = details["invoice"].get_ref<const std::string&>(),
      .payment_hash = value_from_hex<PaymentHash>(entry["payment_hash"].get<std::string>()).value(),
      .network = bolt::network_from_text(details["network"].get<std::string>()).value(),
      .invoice_end = test::kPublishedEnd,
      .description = request["description"].get_ref<const std::string&>(),
  };
}

TEST(Mint, PublishedChallengesToTheByte) {
  const Json all = test::published();
  const ChallengeKeys keys = test::published_keys(all);
  std::size_t minted = 0;
  for (const Json& entry : all["challenges"]) {
    SCOPED_TRACE(entry["name"].get<std::string>());
    const Challenge published = test::challenge_of(entry["challenge"]);
    EXPECT_EQ(keys.id_of(published), published.id);
    EXPECT_EQ(challenge_value(published), entry["header"].get<std::string>());
    EXPECT_EQ(base64url(bytes_of(entry["request_text"].get<std::string>())), published.request);
    const auto found = read({entry["header"].get<std::string>()});
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0], published);
    // Those that this gate would send itself.
    if (entry["name"] != "plain" && entry["name"] != "regtest") continue;
    const Json request = Json::parse(entry["request_text"].get<std::string>());
    const auto made = mint(sale_of(entry, request), "gate.example", keys);
    ASSERT_TRUE(made);
    EXPECT_EQ(challenge_value(*made), entry["header"].get<std::string>());
    ++minted;
  }
  EXPECT_EQ(all["challenges"].size(), 5u);
  EXPECT_EQ(minted, 2u);
}

TEST(Mint, BindsABodyWhereAsked) {
  const Json all = test::published();
  const ChallengeKeys keys = test::published_keys(all);
  const Json& entry = all["challenges"][1];
  const Json request = Json::parse(entry["request_text"].get<std::string>());
  Sale sale = sale_of(entry, request);
  sale.body = crypto::sha256(bytes_of(all["body"].get<std::string>()));
  const auto made = mint(sale, "gate.example", keys);
  ASSERT_TRUE(made);
  EXPECT_EQ(made->digest, entry["challenge"]["digest"].get<std::string>());
  EXPECT_EQ(made->request, entry["challenge"]["request"].get<std::string>());
}

TEST(Mint, RefusesWhatTheSchemeCannotSay) {
  const ChallengeKeys keys = test::published_keys(test::published());
  Sale sale{.price = Msat::of(3000).value(), .invoice = "lnbcrt30n1p", .invoice_end = Time{}};
  EXPECT_TRUE(mint(sale, "r", keys));
  for (const std::uint64_t msat : {0u, 1u, 999u, 1500u}) {
    sale.price = Msat::of(msat).value();
    EXPECT_FALSE(mint(sale, "r", keys)) << msat;
  }
  sale.price = Msat::of(1000).value();
  for (const auto network : {bolt::Network::testnet, bolt::Network::simnet}) {
    sale.network = network;
    EXPECT_FALSE(mint(sale, "r", keys)) << bolt::to_text(network);
  }
}

TEST(Realm, ShiftsNoSlotAndBreaksNoPattern) {
  for (const char* good : {"gate.example", "a b", "~", "x:443/y"}) EXPECT_TRUE(is_realm(good));
  for (const char* bad : {"", "a|b", "a\"b", "a\\b", "a\nb", "caf\xc3\xa9", "a\tb", "\x7f"}) {
    EXPECT_FALSE(is_realm(bad)) << bad;
  }
  EXPECT_TRUE(is_realm(std::string(kRealmCharactersMax, 'r')));
  EXPECT_FALSE(is_realm(std::string(kRealmCharactersMax + 1, 'r')));
}

TEST(ChallengeKeys, AnOldKeyVerifiesAndTheFirstSigns) {
  const Bytes first(32, 1), second(32, 2), third(32, 3);
  ChallengeKeys before, after, other;
  before.add(first);
  after.add(second);
  after.add(first);
  other.add(third);
  Challenge challenge{.realm = "r", .method = "lightning", .intent = "charge", .request = "e30"};
  challenge.id = before.id_of(challenge);
  EXPECT_TRUE(after.issued(challenge));
  EXPECT_FALSE(other.issued(challenge));
  EXPECT_NE(after.id_of(challenge), challenge.id);
  for (std::string Challenge::* slot :
       {&Challenge::id, &Challenge::realm, &Challenge::method, &Challenge::intent,
        &Challenge::request, &Challenge::expires, &Challenge::digest, &Challenge::opaque}) {
    Challenge changed = challenge;
    (changed.*slot).push_back('A');
    EXPECT_FALSE(after.issued(changed));
  }
  challenge.description = "not under the MAC";
  EXPECT_TRUE(after.issued(challenge));
}

TEST(Aperture, ChallengeLines) {
  const Json all = test::aperture();
  for (const Json& entry : all["challengeHeaders"]) {
    SCOPED_TRACE(entry["name"].get<std::string>());
    EXPECT_EQ(challenge_value(test::challenge_of(entry["params"])),
              entry["header"].get<std::string>());
    const auto found = read({entry["header"].get<std::string>()});
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0], test::challenge_of(entry["parsed"]));
  }
  for (const Json& entry : all["challengeLists"]) {
    SCOPED_TRACE(entry["name"].get<std::string>());
    const auto found = read({entry["header"].get<std::string>()});
    std::vector<Challenge> want;
    if (entry.contains("challenges")) {
      for (const Json& one : entry["challenges"]) want.push_back(test::challenge_of(one));
    }
    EXPECT_EQ(found, want);
    EXPECT_EQ(want.empty(), entry.value("error", false));
  }
  EXPECT_EQ(all["challengeHeaders"].size(), 6u);
  EXPECT_EQ(all["challengeLists"].size(), 11u);
}

TEST(Aperture, ChallengeIds) {
  const Json all = test::aperture();
  // Its secret is shorter than any that this gate takes: the slots are what is compared.
  const Bytes secret = bytes_from_hex(all["hmacSecretHex"].get<std::string>()).value();
  for (const Json& entry : all["challengeIds"]) {
    SCOPED_TRACE(entry["name"].get<std::string>());
    const Challenge challenge = test::challenge_of(entry["params"]);
    const std::string input = entry["hmacInput"];
    const Digest mac = crypto::hmac_sha256(secret, bytes_of(input));
    EXPECT_EQ(base64url(mac.view()), challenge.id);
    // HMAC pads a short key with zeros, so the same key in 32 bytes gives the same ids.
    Bytes padded = secret;
    padded.resize(32);
    ChallengeKeys keys;
    keys.add(padded);
    EXPECT_EQ(keys.id_of(challenge), challenge.id);
    EXPECT_TRUE(keys.issued(challenge));
  }
  EXPECT_EQ(all["challengeIds"].size(), 4u);
}

TEST(Aperture, CanonicalJsonAndBase64url) {
  const Json all = test::aperture();
  for (const Json& entry : all["canonicalization"]) {
    SCOPED_TRACE(entry["name"].get<std::string>());
    const std::string input = entry["input"];
    json::Document workspace;
    const auto value = json::parse(input, workspace);
    if (entry.value("error", false)) {
      EXPECT_FALSE(value);
      continue;
    }
    ASSERT_TRUE(value);
    EXPECT_EQ(json::canonical(*value).value(), entry["canonical"].get<std::string>());
  }
  for (const Json& entry : all["base64url"]) {
    SCOPED_TRACE(entry["name"].get<std::string>());
    const std::string encoded = entry["encoded"];
    const auto bytes = bytes_from_base64(encoded, Base64Alphabet::url, Base64Padding::optional);
    EXPECT_EQ(!bytes, entry.value("error", false));
    if (!bytes) continue;
    EXPECT_EQ(hex(*bytes), entry.value("decodedHex", std::string()));
    EXPECT_EQ(base64url(*bytes) == encoded, entry["canonical"].get<bool>());
  }
}

TEST(JsonRpc, DemandOfThePublishedVector) {
  const Json all = test::published();
  const Challenge plain = test::challenge_of(all["challenges"][0]["challenge"]);
  const Json& want = all["jsonrpc"]["challenge"]["error"]["data"];
  const std::string problem =
      problem_json(payment_required(), "fetch_market_metrics costs 3 sat", plain.id);
  EXPECT_EQ(Json::parse(payment_required_data({&plain, 1}, 402, problem)), want);
  const Json refused =
      Json::parse(payment_required_data({&plain, 1}, 402, problem, Failure{"why", "more"}));
  EXPECT_EQ(refused["failure"], Json({{"reason", "why"}, {"detail", "more"}}));
  EXPECT_EQ(Json::parse(std::string(kCapability)),
            Json::parse(R"({"methods":{"lightning":{"intents":["charge"]}}})"));
}

TEST(ReadCharge, WhatAPayerAsks) {
  const auto charge = [](std::string_view text) { return read_charge(base64url(bytes_of(text))); };
  const auto good =
      charge(R"({"amount":"3","currency":"BTC","x":1,"methodDetails":{"invoice":"i"}})");
  ASSERT_TRUE(good);
  EXPECT_EQ(good->amount, Msat::of(3000));
  EXPECT_EQ(good->network, "mainnet");
  EXPECT_FALSE(good->payment_hash);
  for (const char* bad : {
           "",
           "[]",
           "3",
           R"({"amount":"3","currency":"sat"})",
           R"({"amount":"0","currency":"sat","methodDetails":{"invoice":"i"}})",
           R"({"amount":"03","currency":"sat","methodDetails":{"invoice":"i"}})",
           R"({"amount":"-3","currency":"sat","methodDetails":{"invoice":"i"}})",
           R"({"amount":"3.0","currency":"sat","methodDetails":{"invoice":"i"}})",
           R"({"amount":3,"currency":"sat","methodDetails":{"invoice":"i"}})",
           R"({"amount":"2100000000000001","currency":"sat","methodDetails":{"invoice":"i"}})",
           R"({"amount":"99999999999999999999","currency":"sat","methodDetails":{"invoice":"i"}})",
           R"({"amount":"3","currency":"usd","methodDetails":{"invoice":"i"}})",
           R"({"amount":"3","methodDetails":{"invoice":"i"}})",
           R"({"amount":"3","currency":"sat","methodDetails":{}})",
           R"({"amount":"3","currency":"sat","methodDetails":{"invoice":""}})",
           R"({"amount":"3","currency":"sat","methodDetails":[]})",
           R"({"amount":"3","currency":"sat","methodDetails":{"invoice":"i","paymentHash":"00"}})",
           R"({"amount":"3","amount":"4","currency":"sat","methodDetails":{"invoice":"i"}})",
       }) {
    EXPECT_FALSE(charge(bad)) << bad;
  }
  EXPECT_FALSE(read_charge("e30="));
  EXPECT_FALSE(read_charge(std::string(kRequestCharactersMax + 1, 'A')));
}

TEST(Problems, EveryReasonHasItsName) {
  for (const auto& row : kReasons) {
    const Problem problem = problem_of(row.reason);
    EXPECT_EQ(problem.name, row.token);
    EXPECT_TRUE(problem.type().ends_with(row.token));
    const Json json = Json::parse(problem_json(problem, "d", "id"));
    EXPECT_EQ(json["status"], row.reason == Reason::method_unsupported ? 400 : 402);
    EXPECT_EQ(json.contains("alias"), !problem.alias.empty());
  }
  EXPECT_EQ(conflicting_credentials().status, 400);
  EXPECT_FALSE(Json::parse(problem_json(payment_required(), "d", "")).contains("challengeId"));
}

RC_GTEST_PROP(MintProperty, IsCanonicalReadsBackAndIsKnown,
              (const std::string& memo, const std::string& external, std::uint32_t sat)) {
  RC_PRE(sat != 0);
  ChallengeKeys keys;
  keys.add(Bytes(32, 7));
  const Sale sale{.price = Msat::of_sat(sat).value(),
                  .invoice = "lnbcrt1p",
                  .network = bolt::Network::regtest,
                  .invoice_end = time_from_unix(1'700'000'000),
                  .description = memo,
                  .external_id = external};
  const auto made = mint(sale, "gate.example", keys);
  RC_ASSERT(made.has_value());
  RC_ASSERT(keys.issued(*made));
  RC_ASSERT(read({challenge_value(*made)}) == std::vector<Challenge>{*made});
  const Bytes text = bytes_from_base64url(made->request).value();
  json::Document workspace;
  const auto value = json::parse(text_of(text), workspace);
  RC_ASSERT(value.has_value());
  RC_ASSERT(json::canonical(*value).value() == text_of(text));
  const auto charge = read_charge(made->request);
  RC_ASSERT(charge.has_value());
  RC_ASSERT(charge->amount == sale.price);
}

}  // namespace
}  // namespace tollhouse::mpp
