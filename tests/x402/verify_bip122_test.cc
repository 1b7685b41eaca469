// tests/x402: P1 against the published cases, through a row of the books and through a seal.
#include "x402/verify_bip122.h"

#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "base/hex.h"
#include "support/precompiled.h"
#include "support/vectors.h"
#include "x402/limits.h"

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

TermsDigest terms_of(std::string_view tool) {
  return digest_of({.service = "mcp", .tool = tool, .client = {}, .request = {}});
}

struct Verdict {
  std::optional<Reason> reason;
  std::optional<PaymentHash> hash;
  std::optional<Msat> amount;
  bool wallet_asked = false;

  std::string text() const { return reason ? std::string(to_text(*reason)) : "pass"; }
};

PaidState state_of(std::string_view text) {
  if (text == "paid") return PaidState::settled;
  if (text == "open") return PaidState::open;
  if (text == "in_flight") return PaidState::in_flight;
  return PaidState::unknown;
}

/// The whole verification as a gate would put it together: rows for what was issued, hashes that
/// were used, and what the wallet says.
class Gate {
 public:
  explicit Gate(const Json& vectors) : issued_(vectors["issued"]) {}

  Json issued_;
  std::set<std::string> used_;
  std::optional<std::string> wallet_;
  Bip122Rules rules_{.network = bolt::Network::mainnet};
  SealKeys keys_ = keys_of(1);
  std::string tool_ = "expensive_tool";
  Time now_ = time_from_unix(1'700'000'060);
  Expiry expiry_ = Expiry::judged;

  Verdict judge(const std::string& text) const {
    const std::string encoded = base64(bytes_of(text));
    Payment payment;
    if (const auto read = payment.read({PaymentText::Form::base64, encoded}); !read) {
      return {.reason = read.error()};
    }
    const auto echo = read_echo(payment, rules_, keys_, curve());
    if (!echo) return {.reason = echo.error()};
    Verdict verdict{.hash = echo->payment_hash, .amount = echo->amount};
    verdict.reason = judge_echo(*echo, verdict);
    return verdict;
  }
  Verdict judge(const Json& payload) const {
    return judge(payload.is_string() ? payload.get<std::string>() : payload.dump());
  }

 private:
  std::optional<Reason> judge_echo(const InvoiceEcho& echo, Verdict& verdict) const {
    const std::string key = hex(echo.payment_hash.view());
    std::optional<InvoiceRecord> record = record_of(echo);
    const auto row = issued_.find(key);
    if (!record && row != issued_.end()) {
      record = InvoiceRecord{(*row)["invoice"].get_ref<const std::string&>(),
                             Msat::of(std::stoull((*row)["priceMsat"].get<std::string>())).value(),
                             terms_of((*row)["tool"].get<std::string>())};
    }
    const auto checked = check_echo(echo, record, terms_of(tool_), now_, expiry_);
    if (!checked) return checked.error();
    if (used_.contains(key)) return Reason::replay_detected;
    const auto proof = check_preimage(echo, rules_);
    if (!proof) return proof.error();
    if (*proof == Proof::preimage) return std::nullopt;
    verdict.wallet_asked = true;
    const std::string state = wallet_                ? *wallet_
                              : row != issued_.end() ? (*row)["backendState"].get<std::string>()
                                                     : "paid";
    const auto paid = check_paid(state_of(state));
    return paid ? std::nullopt : std::optional(paid.error());
  }
};

class PublishedBip122 : public testing::Test {
 protected:
  Json vectors_ = Json::parse(test::vector_file("x402/bip122-exact.json"));
  Json valid_ = vectors_["cases"][0]["payload"];
  std::string invoice_ = valid_["payload"]["invoice"].get<std::string>();
  static constexpr const char* kPreimage =
      "0001020304050607080900010203040506070809000102030405060708090102";
};

TEST_F(PublishedBip122, R_X402_5_EveryPublishedCase) {
  EXPECT_EQ(vectors_["cases"].size(), 37u);
  for (const Json& item : vectors_["cases"]) {
    SCOPED_TRACE(item["id"].get<std::string>());
    Gate gate(vectors_);
    gate.now_ = time_from_unix(item["now"].get<std::int64_t>());
    if (item.contains("issuedPatch")) gate.issued_.merge_patch(item["issuedPatch"]);
    if (item.contains("backend")) gate.wallet_ = item["backend"].get<std::string>();
    for (const Json& hash : item.value("settledBefore", Json::array())) {
      gate.used_.insert(hash.get<std::string>());
    }
    const Verdict verdict = gate.judge(item["payload"]);
    const Json& expect = item["expect"];
    if (!expect["ok"].get<bool>()) {
      EXPECT_EQ(verdict.text(), expect["reason"].get<std::string>());
      if (item.contains("backendCalls")) EXPECT_FALSE(verdict.wallet_asked);
      continue;
    }
    ASSERT_EQ(verdict.text(), "pass");
    EXPECT_EQ(hex(verdict.hash->view()), expect["paymentHash"].get<std::string>());
    EXPECT_EQ(std::to_string(verdict.amount->count()), expect["amountMsat"].get<std::string>());
  }
}

TEST_F(PublishedBip122, R_X402_4_TheShapeOfTheDeployedClientPasses) {
  EXPECT_EQ(Gate(vectors_).judge(vectors_["deployed_client_payload"]["payload"]).text(), "pass");
}

TEST_F(PublishedBip122, R_X402_9_TheTermsComeBackOutOfTheSealAlone) {
  Gate gate(vectors_);
  gate.issued_ = Json::object();  // no row: nothing was written when it was minted
  EXPECT_EQ(gate.judge(valid_).text(), "invoice_not_issued_here");
  Json sealed = valid_;
  sealed["accepted"]["extra"]["gate"] = gate.keys_.seal_terms(invoice_, terms_of("expensive_tool"));
  EXPECT_EQ(gate.judge(sealed).text(), "pass");
  gate.tool_ = "other_tool";
  EXPECT_EQ(gate.judge(sealed).text(), "request_mismatch");
  gate.tool_ = "expensive_tool";
  gate.keys_ = keys_of(2);
  EXPECT_EQ(gate.judge(sealed).text(), "invoice_not_issued_here");
}

TEST_F(PublishedBip122, R_X402_9_ARowIsTheFallbackForCallersThatDropTheSeal) {
  Gate gate(vectors_);
  EXPECT_EQ(gate.judge(valid_).text(), "pass");
  Json forged = valid_;
  forged["accepted"]["extra"]["gate"] = keys_of(2).seal_terms(invoice_, terms_of("expensive_tool"));
  EXPECT_EQ(gate.judge(forged).text(), "pass");  // a foreign seal says nothing, the row decides
  gate.issued_ = Json::object();
  EXPECT_EQ(gate.judge(forged).text(), "invoice_not_issued_here");
}

TEST_F(PublishedBip122, R_X402_10_APreimageIsCheckedHere) {
  Gate gate(vectors_);
  gate.wallet_ = "unreachable";
  EXPECT_EQ(gate.judge(valid_).text(), "lnbits_unreachable");
  Json shown = valid_;
  shown["payload"]["preimage"] = kPreimage;
  const Verdict verdict = gate.judge(shown);
  EXPECT_EQ(verdict.text(), "pass");
  EXPECT_FALSE(verdict.wallet_asked);
  for (const Json& wrong :
       {Json(std::string(64, 'a')), Json(""), Json(7), Json("00"),
        Json("000102030405060708090001020304050607080900010203040506070809010A")}) {
    shown["payload"]["preimage"] = wrong;
    EXPECT_EQ(gate.judge(shown).text(), "preimage_mismatch") << wrong;
  }
  shown["payload"]["preimage"] = nullptr;
  EXPECT_EQ(gate.judge(shown).text(), "lnbits_unreachable");
}

TEST_F(PublishedBip122, APreimageMayBeRequired) {
  Gate gate(vectors_);
  gate.rules_.require_preimage = true;
  EXPECT_EQ(gate.judge(valid_).text(), "preimage_missing");
  Json shown = valid_;
  shown["payload"]["preimage"] = kPreimage;
  EXPECT_EQ(gate.judge(shown).text(), "pass");
}

TEST_F(PublishedBip122, TheDialectWithoutAnInvoiceIsTakenWhereAskedFor) {
  Gate gate(vectors_);
  Json shown = valid_;
  shown["payload"] = {{"preimage", kPreimage}};
  EXPECT_EQ(gate.judge(shown).text(), "invoice_missing");
  gate.rules_.invoice_may_be_left_out = true;
  EXPECT_EQ(gate.judge(shown).text(), "pass");
  shown["payload"] = Json::object();
  EXPECT_EQ(gate.judge(shown).text(), "invoice_missing");
}

TEST_F(PublishedBip122, AReleasedPaymentOutlivesItsInvoice) {
  Gate gate(vectors_);
  gate.now_ = time_from_unix(1'700'003'601);
  EXPECT_EQ(gate.judge(valid_).text(), "invoice_expired");
  gate.expiry_ = Expiry::waived;
  EXPECT_EQ(gate.judge(valid_).text(), "pass");
}

TEST_F(PublishedBip122, WhatIsNotAStringIsNotEqualToAnything) {
  Gate gate(vectors_);
  const auto judged = [&](const char* pointer, const Json& value) {
    Json changed = valid_;
    changed[Json::json_pointer(pointer)] = value;
    return gate.judge(changed).text();
  };
  EXPECT_EQ(judged("/accepted/amount", 3000), "amount_mismatch");
  EXPECT_EQ(judged("/accepted/amount", "03000"), "amount_mismatch");
  EXPECT_EQ(judged("/accepted/scheme", nullptr), "scheme_mismatch");
  EXPECT_EQ(judged("/accepted/network", 1), "network_mismatch");
  EXPECT_EQ(judged("/accepted/asset", Json::array({"BTC"})), "asset_mismatch");
  EXPECT_EQ(judged("/accepted/payTo", false), "pay_to_mismatch");
  EXPECT_EQ(judged("/accepted/extra", "lightning"), "payment_method_mismatch");
  EXPECT_EQ(judged("/payload", "x"), "invoice_missing");
  EXPECT_EQ(judged("/accepted/extra/gate", 7), "pass");
  const std::string long_invoice(kInvoiceCharactersMax + 1, 'q');
  Json changed = valid_;
  changed["accepted"]["extra"]["invoice"] = long_invoice;
  changed["payload"]["invoice"] = long_invoice;
  EXPECT_EQ(gate.judge(changed).text(), "bolt11_decode_failed");
}

TEST_F(PublishedBip122, AnotherReceiverNameMayBeConfigured) {
  Gate gate(vectors_);
  gate.rules_.pay_to = "somebody";
  EXPECT_EQ(gate.judge(valid_).text(), "pay_to_mismatch");
  Json changed = valid_;
  changed["accepted"]["payTo"] = "somebody";
  EXPECT_EQ(gate.judge(changed).text(), "pass");
}

TEST_F(PublishedBip122, R_X402_11_AnotherNetworkOfTheGate) {
  Gate gate(vectors_);
  gate.rules_.network = bolt::Network::regtest;
  EXPECT_EQ(gate.judge(valid_).text(), "network_mismatch");
  Json changed = valid_;
  changed["accepted"]["network"] = network_name(Profile::bip122, bolt::Network::regtest);
  EXPECT_EQ(gate.judge(changed).text(), "network_mismatch");  // the invoice is mainnet's
}

}  // namespace
}  // namespace tollhouse::x402
