// tests/x402: P2 against the published cases, with signatures and under seals.
#include "x402/verify_lnbtc.h"

#include <nlohmann/json.hpp>

#include "base/hex.h"
#include "support/precompiled.h"
#include "support/vectors.h"

namespace tollhouse::x402 {
namespace {

using Json = nlohmann::json;

const crypto::Secp256k1& curve() {
  static SystemRandom random;
  static const crypto::Secp256k1 made(random);
  return made;
}

SealKeys keys_of(std::uint8_t seed) {
  Digest key;
  key.bytes.fill(seed);
  return SealKeys(std::span(&key, 1));
}

struct Verdict {
  std::optional<Reason> reason;
  PaymentHash hash;
  bolt::Network network = bolt::Network::regtest;
  Time kept_until;
  bool issued_here = false;

  std::string text() const { return reason ? std::string(to_text(*reason)) : "pass"; }
};

/// `base` of the vectors, patched: the requirement is read as a facilitator reads it.
Verdict judge(const Json& base, Time now, const SealKeys* keys = nullptr) {
  json::Document workspace;
  const std::string required_text = base["requirements"].dump();
  const auto value = json::parse(required_text, workspace);
  const auto required = read_lnbtc_offer(value.value(), curve(), bolt::Network::mainnet);
  if (!required) return {.reason = required.error()};
  Payment payment;
  const std::string text = base["payload"].dump();
  const auto read = payment.read({PaymentText::Form::json, text});
  if (!read) return {.reason = read.error()};
  const auto verified =
      verify_lnbtc(payment, {&required->offer, required->declared}, keys, curve(), now);
  if (!verified) return {.reason = verified.error()};
  return {std::nullopt, verified->payment_hash, required->offer.network, verified->kept_until,
          verified->issued_here};
}

class PublishedLnbtc : public testing::Test {
 protected:
  Json vectors_ = Json::parse(test::vector_file("x402/lnbtc-settle.json"));
  Json base_ = vectors_["base"];
  Time now_ = time_from_unix(1'700'000'010);

  std::string invoice() const {
    return base_["payload"]["accepted"]["extra"]["invoice"].get<std::string>();
  }
  std::string pay_to() const { return base_["requirements"]["payTo"].get<std::string>(); }
  /// The base document with the payment's invoice under a seal of these keys.
  Json sealed(const SealKeys& keys) const {
    Json base = base_;
    base["payload"]["accepted"]["extra"]["gate"] = keys.seal_invoice(pay_to(), invoice());
    return base;
  }
};

TEST_F(PublishedLnbtc, EveryPublishedCase) {
  EXPECT_EQ(vectors_["cases"].size(), 51u);
  for (const Json& item : vectors_["cases"]) {
    SCOPED_TRACE(item["id"].get<std::string>());
    const Json base = base_.patch(item["patch"]);
    const Verdict verdict = judge(base, time_from_unix(item["now"].get<std::int64_t>()));
    const Json& expect = item["expect"];
    if (item.contains("repeat")) {  // the second time is for the books: the proof is the same
      EXPECT_EQ(verdict.text(), "pass");
      EXPECT_EQ(expect["errorReason"], "duplicate_settlement");
    } else if (expect.contains("then")) {
      EXPECT_NE(verdict.text(), "pass");
      EXPECT_EQ(judge(base_, now_).text(), "pass");
    } else if (expect["success"].get<bool>()) {
      ASSERT_EQ(verdict.text(), "pass");
      EXPECT_EQ(hex(verdict.hash.view()), expect["transaction"].get<std::string>());
      EXPECT_EQ(replay_key(verdict.network, verdict.hash), expect["replay_key"].get<std::string>());
      EXPECT_GE(unix_seconds(verdict.kept_until),
                expect["retain_until_at_least"].get<std::int64_t>());
      EXPECT_FALSE(verdict.issued_here);
    } else {
      EXPECT_EQ(verdict.text(), expect["errorReason"].get<std::string>());
    }
  }
}

TEST_F(PublishedLnbtc, ASealGivesTheSameVerdictWithoutTheSignature) {
  const SealKeys keys = keys_of(1);
  const Verdict good = judge(sealed(keys), now_, &keys);
  EXPECT_EQ(good.text(), "pass");
  EXPECT_TRUE(good.issued_here);
  for (const Json& item : vectors_["cases"]) {
    SCOPED_TRACE(item["id"].get<std::string>());
    const Json base = base_.patch(item["patch"]);
    const Time now = time_from_unix(item["now"].get<std::int64_t>());
    const Json& accepted = base["payload"]["accepted"];
    if (!accepted["extra"].contains("invoice") || !accepted["payTo"].is_string()) continue;
    Json under_seal = base;
    under_seal["payload"]["accepted"]["extra"]["gate"] = keys.seal_invoice(
        accepted["payTo"].get<std::string>(), accepted["extra"]["invoice"].get<std::string>());
    const std::string want = judge(base, now).text();
    // A seal is only ever put on an invoice that decoded and that the offered node signed.
    if (want == "invalid_exact_lnbtc_invoice_decode_failed" ||
        want == "invalid_exact_lnbtc_invoice_description" ||
        want == "invalid_exact_lnbtc_invoice_payee_mismatch") {
      continue;
    }
    EXPECT_EQ(judge(under_seal, now, &keys).text(), want);
  }
}

TEST_F(PublishedLnbtc, AForeignSealIsNoSeal) {
  const SealKeys keys = keys_of(1);
  EXPECT_FALSE(judge(sealed(keys_of(2)), now_, &keys).issued_here);
  Json moved = sealed(keys);  // the seal of another invoice
  moved["payload"]["accepted"]["extra"]["gate"] =
      keys.seal_invoice(pay_to(), base_["requirements"]["extra"]["invoice"].get<std::string>());
  EXPECT_FALSE(judge(moved, now_, &keys).issued_here);
  EXPECT_EQ(judge(moved, now_, &keys).text(), "pass");  // by its signature
}

TEST_F(PublishedLnbtc, ParametersAreComparedByValue) {
  Json base = base_;
  json::Document workspace;
  Payment payment;
  const std::string text = base["payload"].dump();  // sorts members: not as they were offered
  ASSERT_TRUE(payment.read({PaymentText::Form::json, text}));
  const std::string required_text = base["requirements"].dump();
  const auto value = json::parse(required_text, workspace);
  auto required = read_lnbtc_offer(value.value(), curve(), bolt::Network::mainnet);
  ASSERT_TRUE(required);
  required->offer.binding->parameters = R"({"server":"https://gate.example/mcp", "metadata":[]})";
  EXPECT_TRUE(verify_lnbtc(payment, {&required->offer}, nullptr, curve(), now_));
  required->offer.binding->parameters = R"({"server":"https://gate.example/","metadata":[]})";
  const auto other = verify_lnbtc(payment, {&required->offer}, nullptr, curve(), now_);
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error(), Reason::lnbtc_request_mismatch);
}

TEST_F(PublishedLnbtc, NetworksOutsideThePublishedTextAreForGatesThatAreNotMainnets) {
  json::Document workspace;
  base_["requirements"]["network"] = network_name(Profile::lnbtc, bolt::Network::regtest);
  const std::string text = base_["requirements"].dump();
  const auto value = json::parse(text, workspace);
  EXPECT_TRUE(read_lnbtc_offer(value.value(), curve(), bolt::Network::regtest));
  const auto refused = read_lnbtc_offer(value.value(), curve(), bolt::Network::mainnet);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), Reason::unsupported_network);
}

TEST_F(PublishedLnbtc, WhatIsOwedOutlivesItsInvoiceAndNothingElseIsWaived) {
  json::Document workspace;
  const std::string required_text = base_["requirements"].dump();
  const auto value = json::parse(required_text, workspace);
  const auto required = read_lnbtc_offer(value.value(), curve(), bolt::Network::mainnet);
  ASSERT_TRUE(required);
  LnbtcRequirement requirement{&required->offer};
  const auto judged = [&](const Json& shown, Time now) {
    Payment payment;
    const std::string text = shown.dump();
    EXPECT_TRUE(payment.read({PaymentText::Form::json, text}));
    const auto verified = verify_lnbtc(payment, requirement, nullptr, curve(), now);
    return verified ? std::string("pass") : std::string(to_text(verified.error()));
  };
  const Json good = base_["payload"];
  Json wrong = good;
  wrong["payload"]["preimage"] = std::string(64, 'a');
  const Time late = now_ + std::chrono::hours(24);
  EXPECT_EQ(judged(good, late), "invalid_exact_lnbtc_invoice_expired");
  requirement.expiry = Expiry::waived;
  EXPECT_EQ(judged(good, late), "pass");
  EXPECT_EQ(judged(wrong, late), "invalid_exact_lnbtc_preimage_hash_mismatch");
}

TEST_F(PublishedLnbtc, ADeclaredMemberHasToComeBack) {
  base_["requirements"]["extra"]["terms"] = {{"a", 1.0}};
  EXPECT_EQ(judge(base_, now_).text(), "invalid_exact_lnbtc_extra_mismatch");
  base_["payload"]["accepted"]["extra"]["terms"] = {{"a", 1}};
  EXPECT_EQ(judge(base_, now_).text(), "pass");
}

}  // namespace
}  // namespace tollhouse::x402
