// tests/receipt: published receipts and fees, every reason alone.
#include "receipt/receipt.h"

#include <sstream>

#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "base/hex.h"
#include "receipt/fee.h"
#include "support/precompiled.h"
#include "support/vectors.h"

namespace tollhouse::receipt {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kSecret = "receipt-hmac-test-key-0123456789";
const std::vector<Key> kKeys = {Key(bytes_of(kSecret))};

Json vectors() { return Json::parse(test::vector_file("receipts/receipts.json")); }

Uuid uuid_of(const std::string& digits) {
  Uuid uuid;
  EXPECT_TRUE(read_hex(digits, uuid.bytes));
  return uuid;
}

std::string token_of(const Result<Verified, Reason>& verdict) {
  if (!verdict) return std::string(row_of(kReasons, verdict.error()).token);
  return verdict->non_canonical ? "ok_non_canonical" : "ok";
}

/// An envelope around any payload text, correctly signed.
Json signed_envelope(std::string_view payload_text) {
  const std::string payload = base64url(bytes_of(payload_text));
  return {{"version", kVersion1},
          {"payload", payload},
          {"signature", base64url(kKeys[0].hmac.mac(bytes_of(payload)).view())},
          {"signatureAlgorithm", kHmacSha256},
          {"keyId", kDefaultKeyId}};
}

std::string judged(const Json& envelope) { return token_of(verify(envelope.dump(), kKeys)); }

TEST(Verify, PublishedReceipts) {
  const Json all = vectors();
  for (const Json& vector : all["mcp-call-receipt-v1"]) {
    SCOPED_TRACE(vector["name"].get<std::string>());
    const Key key(bytes_of(vector["hmacKeyUtf8"].get<std::string>()));
    const auto verdict = verify(vector["receipt"].dump(), {&key, 1});
    EXPECT_EQ(token_of(verdict), "ok");
    ASSERT_TRUE(verdict);
    EXPECT_EQ(verdict->payload, vector["canonicalJson"].get<std::string>());
    EXPECT_EQ(hex(verdict->payload_digest.view()), vector["canonicalSha256Hex"].get<std::string>());
    EXPECT_EQ(*verdict->find("toolSlug")->text,
              vector["receipt"]["body"]["toolSlug"].get<std::string>());
    EXPECT_EQ(verdict->find("nothing"), nullptr);
  }
}

TEST(Verify, PublishedFaults) {
  const Json all = vectors();
  EXPECT_EQ(all["negative"].size(), 7u);
  for (const Json& vector : all["negative"]) {
    SCOPED_TRACE(vector["name"].get<std::string>());
    const Key key(bytes_of(vector["hmacKeyUtf8"].get<std::string>()));
    EXPECT_EQ(token_of(verify(vector["receipt"].dump(), {&key, 1})),
              vector["expect"].get<std::string>());
  }
  for (const char* later : {"mcp-call-receipt-v2-ed25519", "receipt-v2-ecdsa-p256"}) {
    EXPECT_EQ(judged(all[later][0]["receipt"]), "unsupported_version");
  }
}

/// The facts of the published vectors; what they change is set by the tests.
CallFacts published_facts() {
  CallFacts facts;
  facts.event = uuid_of("6f9619ff8b86d011b42d00cf4fc964ff");
  facts.created = time_from_rfc3339("2026-02-17T23:59:59.999Z").value();
  facts.tool_id = "0f8fad5b-d9cb-469f-a165-70867728950e";
  facts.tool_name = "Paid Research Tool";
  facts.tool_slug = "paid-research-tool";
  facts.tool_method_name = "web_fetch";
  facts.request_id = "0HN7ABCDEF:00000001";
  facts.paying_project_id = "3f2504e0-4f89-41d3-9a0c-0305e82c3301";
  facts.gross = facts.fee = Msat::of_sat(1).value();
  facts.fee_basis_points = 500;
  return facts;
}

TEST(Requirement, R_RCPT_1_2_3_BuildsThePublishedEnvelope) {
  const Json vector = vectors()["mcp-call-receipt-v1"][1];
  const Receipt receipt = build(published_facts(), kKeys[0]);
  EXPECT_EQ(receipt.id, "mcp_receipt_6f9619ff8b86d011b42d00cf4fc964ff");
  EXPECT_EQ(hex(receipt.payload_digest.view()), vector["canonicalSha256Hex"].get<std::string>());
  // Equal in order of members too.
  const auto ordered = nlohmann::ordered_json::parse(test::vector_file("receipts/receipts.json"));
  EXPECT_EQ(receipt.envelope, ordered["mcp-call-receipt-v1"][1]["receipt"].dump());
  EXPECT_EQ(Json::parse(receipt.envelope), vector["receipt"]);
}

TEST(Requirement, R_RCPT_9_CallsWithoutASessionSayHowTheyWerePaid) {
  CallFacts facts = published_facts();
  facts.gross = Msat::of(2500).value();
  facts.fee = platform_fee(facts.gross);
  facts.rail = "l402";
  facts.payment_hash = PaymentHash{};
  facts.with_gross_msat = true;
  facts.request_digest = crypto::sha256({});
  facts.result_digest = crypto::sha256({});
  facts.previous_receipt = crypto::sha256({});
  facts.issuer = "https://gate.example";
  facts.environment = "TEST";
  const Receipt receipt = build(facts, kKeys[0]);
  const auto verdict = verify(receipt.envelope, kKeys);
  EXPECT_EQ(token_of(verdict), "ok");
  EXPECT_EQ(verdict->payload_digest, receipt.payload_digest);
  EXPECT_EQ(verdict->find("x_rail")->text, "l402");
  EXPECT_EQ(verdict->find("x_paymentHash")->text, std::string(64, '0'));
  EXPECT_EQ(verdict->find("x_grossMsat")->json, "2500");
  EXPECT_EQ(verdict->find("grossSats")->json, "2");
  EXPECT_EQ(verdict->find("netSats")->json, "1");
  EXPECT_EQ(verdict->find("x_issuer")->text, "https://gate.example");
  EXPECT_EQ(verdict->find("mcpGateSessionId")->json, "null");
  EXPECT_EQ(verdict->fields.back().name, "x_resultSha256");

  facts.gross = Msat::of(Msat::kMax).value();
  const auto huge = verify(build(facts, kKeys[0]).envelope, kKeys);
  EXPECT_EQ(token_of(huge), "ok");
  EXPECT_EQ(huge->find("x_grossMsat"), nullptr);
  EXPECT_EQ(huge->find("grossSats")->json, "2100000000000000");
}

TEST(Requirement, R_RCPT_4_EachFaultHasItsReason) {
  const Json good = Json::parse(build(published_facts(), kKeys[0]).envelope);
  struct Case {
    const char* want;
    std::function<Json(Json)> change;
  };
  const auto with = [](const char* name, const Json& value) {
    return [=](Json e) {
      e[name] = value;
      return e;
    };
  };
  const auto payload = [](const char* text) { return [=](Json) { return signed_envelope(text); }; };
  const auto body = [&](const char* name, const Json& value) {
    return [=](Json e) {
      e["body"][name] = value;
      return e;
    };
  };
  const Case cases[] = {
      {"ok", [](Json e) { return e; }},
      {"ok",
       [](Json e) {
         e.erase("body");
         return e;
       }},
      {"ok", with("body", Json::object())},
      {"ok", body("toolSlug", "paid-research-tool")},
      {"malformed_envelope", [](Json) { return Json::array(); }},
      {"malformed_envelope",
       [](Json e) {
         e.erase("keyId");
         return e;
       }},
      {"malformed_envelope", with("payload", 1)},
      {"unsupported_version", with("version", "mcp-call-receipt-v2")},
      {"unknown_key", with("keyId", "other")},
      {"bad_algorithm", with("signatureAlgorithm", "none")},
      {"malformed_payload", with("payload", "a+b=")},
      {"malformed_signature", with("signature", "a+b=")},
      {"malformed_signature", with("signature", "AAAA")},
      {"bad_signature", with("signature", base64url(Bytes(32, 0)))},
      {"bad_signature", with("payload", "e30")},
      {"malformed_payload", payload("[]")},
      {"malformed_payload", payload("{")},
      {"malformed_payload", payload(R"({"version":"mcp-call-receipt-v1","n":1.5})")},
      {"malformed_payload", payload(R"({"version":"mcp-call-receipt-v1","n":9007199254740992})")},
      {"ok", payload(R"({"n":9007199254740991,"version":"mcp-call-receipt-v1"})")},
      {"duplicate_member", payload(R"({"version":"mcp-call-receipt-v1","a":1,"a":1})")},
      {"version_mismatch", payload(R"({"version":"mcp-call-receipt-v2"})")},
      {"version_mismatch", payload("{}")},
      {"body_mismatch", body("netSats", 1)},
      {"body_mismatch", body("extra", nullptr)},
      {"body_mismatch", with("body", nullptr)},
      {"arithmetic",
       payload(
           R"({"grossSats":5,"netSats":5,"platformFeeSats":1,"version":"mcp-call-receipt-v1"})")},
      {"ok", payload(R"({"grossSats":5,"version":"mcp-call-receipt-v1"})")},
      {"arithmetic",
       payload(
           R"({"grossSats":0,"netSats":1,"platformFeeSats":-1,"version":"mcp-call-receipt-v1"})")},
      {"ok_non_canonical", payload(R"({"version":"mcp-call-receipt-v1", "a":1})")},
      {"ok_non_canonical", payload(R"({"version":"mcp-call-receipt-v1","a":1})")},
  };
  for (const Case& c : cases) {
    const Json envelope = c.change(good);
    EXPECT_EQ(judged(envelope), c.want) << envelope.dump();
  }
  EXPECT_EQ(token_of(verify(good.dump(), {})), "unknown_key");
  EXPECT_EQ(token_of(verify("", kKeys)), "malformed_envelope");
  EXPECT_EQ(token_of(verify(good.dump() + std::string(kEnvelopeBytesMax, ' '), kKeys)),
            "malformed_envelope");
}

TEST(Requirement, R_RCPT_8_KeyIdDecides) {
  const std::vector<Key> ring = {Key(bytes_of("old old old old old old old old "), "2025"),
                                 Key(bytes_of("new new new new new new new new "), "2026")};
  for (const Key& key : ring) {
    const auto verdict = verify(build(published_facts(), key).envelope, ring);
    EXPECT_EQ(verdict.value().key_id, key.id);
  }
  const Json crossed = [&] {
    Json envelope = Json::parse(build(published_facts(), ring[0]).envelope);
    envelope["keyId"] = "2026";
    return envelope;
  }();
  EXPECT_EQ(token_of(verify(crossed.dump(), ring)), "bad_signature");
}

RC_GTEST_PROP(Build, WhatIsBuiltVerifiesWhateverTheTexts,
              (const std::string& name, const std::string& id, std::uint64_t msat)) {
  CallFacts facts = published_facts();
  facts.tool_name = name;
  facts.idempotency_key = id;
  facts.gross = Msat::of(msat % (Msat::kMax + 1)).value();
  facts.fee = platform_fee(facts.gross);
  facts.with_gross_msat = true;
  const Receipt receipt = build(facts, kKeys[0]);
  const auto verdict = verify(receipt.envelope, kKeys);
  RC_ASSERT(token_of(verdict) == "ok");
  Json altered = Json::parse(receipt.envelope);
  std::string payload = altered["payload"];
  const auto at = *rc::gen::inRange<std::size_t>(0, payload.size());
  payload[at] = payload[at] == 'A' ? 'B' : 'A';
  altered["payload"] = payload;
  const std::string token = judged(altered);
  RC_ASSERT(token == "bad_signature" || token == "malformed_payload");
}

TEST(PlatformFee, PublishedSamples) {
  std::istringstream lines(test::vector_file("receipts/fees.csv"));
  std::string line;
  std::getline(lines, line);
  int seen = 0;
  for (char comma; std::getline(lines, line); ++seen) {
    std::istringstream columns(line);
    std::uint64_t gross = 0, points = 0, minimum = 0, fee = 0, net = 0;
    columns >> gross >> comma >> points >> comma >> minimum >> comma >> fee >> comma >> net;
    const auto got = platform_fee(Msat::of_sat(gross).value(), {static_cast<std::uint32_t>(points),
                                                                Msat::of_sat(minimum).value()});
    EXPECT_EQ(got.count(), fee * 1000) << line;
    EXPECT_EQ(Msat::of_sat(gross)->minus(got)->sat(), net) << line;
  }
  EXPECT_EQ(seen, 27);
  EXPECT_EQ(platform_fee(Msat::of(999).value()), Msat());
  EXPECT_EQ(platform_fee(Msat::of_sat(3).value(), {4'000'000'000, Msat()}), Msat::of_sat(3));
}

TEST(Uuid, IsVersion4) {
  class Ones final : public Random {
    void fill(std::span<std::uint8_t> into) override { std::ranges::fill(into, 0xff); }
  } ones;
  EXPECT_EQ(to_text(make_uuid(ones)), "ffffffff-ffff-4fff-bfff-ffffffffffff");
}

}  // namespace
}  // namespace tollhouse::receipt
