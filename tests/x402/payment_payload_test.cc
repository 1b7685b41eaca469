// tests/x402: payments of every carrier, and what is refused before anything is looked at.
#include "x402/payment_payload.h"

#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "http/characters.h"
#include "support/precompiled.h"
#include "support/vectors.h"
#include "x402/limits.h"

namespace tollhouse::x402 {
namespace {

using Json = nlohmann::json;

/// Field lines as the gate would hand them over.
class Head {
 public:
  explicit Head(const Json& headers) {
    for (const Json& header : headers) {
      names_.push_back(header[0].get<std::string>());
      values_.push_back(header[1].get<std::string>());
    }
    for (std::size_t i = 0; i < names_.size(); ++i) {
      if (is(i, "authorization")) authorization_.add_line(values_[i]);
      if (is(i, "payment-signature")) signature_.push_back(values_[i]);
      if (is(i, "x-payment")) x_payment_.push_back(values_[i]);
    }
  }
  Head(const Head&) = delete;
  Head& operator=(const Head&) = delete;

  Carriers carriers() const { return {&authorization_, signature_, x_payment_, std::nullopt}; }
  bool has_l402() const {
    for (const http::Credential& credential : authorization_) {
      if (credential.is("L402")) return true;
    }
    return false;
  }

 private:
  bool is(std::size_t i, std::string_view name) const {
    return http::equal_ignoring_case(names_[i], name);
  }
  std::vector<std::string> names_;
  std::vector<std::string> values_;
  http::CredentialList authorization_;
  std::vector<std::string_view> signature_;
  std::vector<std::string_view> x_payment_;
};

struct Outcome {
  Presence presence = Presence::none;
  std::optional<Reason> reason;
  std::string text;
};

Outcome read(const Carriers& carriers) {
  PaymentText text;
  Outcome outcome;
  outcome.presence = find_payment(carriers, text);
  if (outcome.presence != Presence::found) return outcome;
  Payment payment;
  const auto done = payment.read(text);
  if (!done) outcome.reason = done.error();
  if (done) outcome.text = payment.text();
  return outcome;
}

Outcome read_meta(std::string_view meta) { return read({.meta = meta}); }

std::string base64_of(std::string_view text) { return base64(bytes_of(text)); }

TEST(Requirement, R_X402_4_EveryPublishedCarrier) {
  const Json vectors = Json::parse(test::vector_file("x402/headers.json"));
  ASSERT_EQ(vectors["cases"].size(), 22u);
  for (const Json& item : vectors["cases"]) {
    SCOPED_TRACE(item["id"].get<std::string>());
    const Head head(item["headers"]);
    const Json& expect = item["expect"];
    if (expect.value("rail", "") == "l402") {
      EXPECT_TRUE(head.has_l402());  // which wins; the gate asks for it first
      continue;
    }
    const Outcome outcome = read(head.carriers());
    if (expect.contains("challenge")) {
      EXPECT_EQ(outcome.presence, Presence::none);
    } else if (expect.value("error", "") == "conflicting_credentials") {
      EXPECT_EQ(outcome.presence, Presence::ambiguous);
    } else if (expect.contains("error")) {
      ASSERT_TRUE(outcome.reason);
      EXPECT_EQ(to_text(*outcome.reason), expect["error"].get<std::string>());
    } else {
      ASSERT_FALSE(outcome.reason) << to_text(*outcome.reason);
      if (expect["payload"] == "base")
        EXPECT_EQ(Json::parse(outcome.text), vectors["base_payload"]);
    }
  }
}

TEST(Requirement, R_X402_4_MetaCarriesAnObjectOrItsBase64) {
  const Json vectors = Json::parse(test::vector_file("x402/headers.json"));
  const std::string text = vectors["base_payload"].dump();
  EXPECT_EQ(read_meta(text).text, text);
  EXPECT_EQ(read_meta('"' + base64_of(text) + '"').text, text);
  std::string escaped;
  for (const char c : base64_of(text)) escaped.append(c == '/' ? "\\/" : std::string(1, c));
  EXPECT_EQ(read_meta('"' + escaped + '"').text, text);
  for (const char* const none : {"", "null", R"("")"}) {
    EXPECT_EQ(read_meta(none).presence, Presence::none) << none;
  }
  EXPECT_EQ(read_meta("[1]").reason, Reason::payload_unparseable);
  EXPECT_EQ(read_meta("7").reason, Reason::payload_unparseable);
  EXPECT_EQ(read_meta(R"("a\u0062")").reason, Reason::payload_unparseable);
}

TEST(Payment, OneInMetaAndOneInAHeaderAreOneWhereTheyAreEqual) {
  const std::string text = R"({"x402Version":2,"accepted":{},"payload":{}})";
  const std::string encoded = base64_of(text);
  const std::string_view lines[] = {encoded};
  EXPECT_EQ(read({.payment_signature = lines, .meta = text}).text, text);
  const std::string quoted = '"' + encoded + '"';
  EXPECT_EQ(read({.x_payment = lines, .meta = quoted}).text, text);
  const std::string other = R"({"x402Version":2,"accepted":{},"payload":{"a":1}})";
  EXPECT_EQ(read({.x_payment = lines, .meta = other}).presence, Presence::ambiguous);
}

TEST(Payment, WhatEachFaultIsCalledInItsOrder) {
  struct Case {
    const char* text;
    std::optional<Reason> want;
  };
  const Case cases[] = {
      {R"({"x402Version":2,"accepted":{}})", std::nullopt},
      {R"({"x402Version":2,"accepted":{},"payload":null})", std::nullopt},
      {R"({"accepted":{},"payload":{}})", Reason::invalid_x402_version},
      {R"({"x402Version":"2","accepted":{}})", Reason::invalid_x402_version},
      {R"({"x402Version":2.0,"accepted":{}})", Reason::invalid_x402_version},
      {R"({"x402Version":1,"payload":{}})", Reason::invalid_x402_version},
      {R"({"x402Version":2,"payload":{}})", Reason::accepted_missing},
      {R"({"x402Version":2,"accepted":null})", Reason::accepted_missing},
      {R"({"x402Version":2,"accepted":[]})", Reason::accepted_missing},
      {R"({"x402Version":2,"accepted":{"a":1,"a":2}})", Reason::payload_unparseable},
      {R"({"x402Version":2,"accepted":{"a":"\ud800"}})", Reason::payload_unparseable},
      {R"({"x402Version":2,"accepted":{}} )", std::nullopt},
      {R"({"x402Version":2,"accepted":{}}x)", Reason::payload_unparseable},
  };
  for (const Case& item : cases) {
    const std::string encoded = base64_of(item.text);
    const std::string_view lines[] = {encoded};
    EXPECT_EQ(read({.payment_signature = lines}).reason, item.want) << item.text;
  }
}

TEST(Payment, NothingIsAllocatedForWhatIsTooLong) {
  const std::string at_most(kPaymentCharactersMax, 'A');
  const std::string too_long(kPaymentCharactersMax + 1, 'A');
  const std::string_view fits[] = {at_most};
  const std::string_view above[] = {too_long};
  EXPECT_EQ(read({.payment_signature = fits}).reason, Reason::payload_unparseable);
  EXPECT_EQ(read({.payment_signature = above}).reason, Reason::payload_too_large);
  EXPECT_EQ(read_meta('"' + too_long + '"').reason, Reason::payload_too_large);
  const std::string object = R"({"x402Version":2,"accepted":{},"a":")" + too_long + "\"}";
  EXPECT_EQ(read_meta(object).reason, Reason::payload_too_large);
}

TEST(Payment, IsReadAgainInTheSamePlace) {
  Payment payment;
  const std::string first =
      base64_of(R"({"x402Version":2,"accepted":{"network":"lnbtc:x","extra":{"a":1}},)"
                R"("payload":{"preimage":"00"}})");
  ASSERT_TRUE(payment.read({PaymentText::Form::base64, first}));
  EXPECT_EQ(payment.profile(), Profile::lnbtc);
  EXPECT_TRUE(payment.extra());
  EXPECT_TRUE(payment.payload_member("preimage"));
  const std::string second = base64_of(R"({"x402Version":2,"accepted":{"network":7},"payload":3})");
  ASSERT_TRUE(payment.read({PaymentText::Form::base64, second}));
  EXPECT_EQ(payment.profile(), Profile::bip122);
  EXPECT_EQ(payment.network(), "");
  EXPECT_FALSE(payment.extra());
  EXPECT_FALSE(payment.payload_member("preimage"));
}

}  // namespace
}  // namespace tollhouse::x402
