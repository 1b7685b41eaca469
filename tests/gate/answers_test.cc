// tests/gate/answers_test.cc mirrors src/gate/reasons.cc and answer.cc. Goal: every reason of every
// room has its status, code, words and cure, and docs/reasons.md says the same.
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "base/base64.h"
#include "bolt/reason.h"
#include "gate/answer.h"
#include "json/reader.h"
#include "macaroon/macaroon.h"
#include "receipt/reason.h"
#include "support/precompiled.h"

namespace tollhouse::gate {
namespace {

namespace nl = nlohmann;

struct Expected {
  std::string_view token;
  int status;
  int code;
  bool offer;
  bool retry_after;
};

void expect_refusal(const Refusal& refusal, const Expected& row) {
  SCOPED_TRACE(std::string(row.token));
  EXPECT_EQ(refusal.token, row.token);
  EXPECT_EQ(refusal.status, row.status);
  EXPECT_EQ(refusal.json_rpc_code, row.code);
  EXPECT_EQ(refusal.offer == Offer::fresh, row.offer);
  EXPECT_EQ(refusal.retry_after.has_value(), row.retry_after);
  EXPECT_FALSE(refusal.sentence.empty());
}

TEST(Reasons, TheGatesOwnFollowTheTableOfRefusals) {
  const Expected rows[] = {
      {"timeout_header", 408, 408, false, false},
      {"timeout_body", 408, 408, false, false},
      {"origin", 403, 403, false, false},
      {"host", 403, 403, false, false},
      {"not_found", 404, 404, false, false},
      {"method_not_allowed", 405, 405, false, false},
      {"unknown_tool", 404, 404, false, false},
      {"payment_required", 402, 402, true, false},
      {"conflicting_credentials", 400, 400, false, false},
      {"invoice_not_paid", 402, 402, true, false},
      {"settlement_unknown", 503, 503, false, true},
      {"verifier_unavailable", 503, 503, false, true},
      {"ledger_unavailable", 503, 503, false, true},
      {"rails_unavailable", 503, 503, false, true},
      {"rate_limited", 429, 429, false, true},
      {"overloaded", 503, 503, false, true},
      {"draining", 503, 503, false, true},
      {"upstream_unreachable", 502, -32603, false, false},
      {"upstream_timeout", 504, -32603, false, false},
      {"upstream_protocol", 502, -32603, false, false},
      {"upstream_busy", 503, -32603, false, true},
      {"upstream_error", 502, 502, false, false},
      {"receipt_not_found", 404, 404, false, false},
      {"bad_request_state", 400, -32602, false, false},
      {"task_not_found", 404, -32602, false, false},
      {"pow_required", 402, 402, true, false},
      {"pow_replay", 409, 409, true, false},
  };
  ASSERT_EQ(std::size(rows), std::size(kReasons));
  for (std::size_t i = 0; i < std::size(rows); ++i) {
    expect_refusal(refusal_of(kReasons[i].reason), rows[i]);
  }
  EXPECT_TRUE(refusal_of(Reason::timeout_header).close);
}

TEST(Requirement, R_L402_12_CredentialsAreRefusedByWhatWouldCureThem) {
  const L402Settings settings;
  const Route plain;
  Route bearer;
  bearer.accepts_bearer = true;
  L402Settings fixed;
  fixed.failure_status = 402;
  const struct {
    l402::Reason reason;
    int status;
    bool offer;
  } rows[] = {
      {l402::Reason::malformed, 401, true},         {l402::Reason::invalid_preimage, 401, true},
      {l402::Reason::unknown_token, 401, true},     {l402::Reason::unsupported, 401, true},
      {l402::Reason::bad_signature, 401, true},     {l402::Reason::token_epoch, 402, true},
      {l402::Reason::caveat_widened, 403, false},   {l402::Reason::unknown_caveat, 403, false},
      {l402::Reason::malformed_caveat, 403, false}, {l402::Reason::wrong_service, 403, false},
      {l402::Reason::not_permitted, 403, false},    {l402::Reason::request_mismatch, 403, false},
      {l402::Reason::expired, 402, true},
  };
  ASSERT_EQ(std::size(rows), std::size(l402::kReasons));
  for (const auto& row : rows) {
    const Refusal refusal = refusal_of(row.reason, settings, plain);
    EXPECT_EQ(refusal.status, row.status) << refusal.token;
    EXPECT_EQ(refusal.json_rpc_code, row.status) << refusal.token;
    EXPECT_EQ(refusal.offer == Offer::fresh, row.offer) << refusal.token;
    const int with_bearer = row.status == 401 ? 402 : row.status;
    EXPECT_EQ(refusal_of(row.reason, settings, bearer).status, with_bearer) << refusal.token;
    EXPECT_EQ(refusal_of(row.reason, fixed, plain).status, with_bearer) << refusal.token;
    if (row.status == 401) EXPECT_EQ(refusal.error, "invalid l402 token");
  }
  // A stranger does not learn which keys are in use.
  EXPECT_EQ(refusal_of(l402::Reason::unknown_token, settings, plain).token, "bad_signature");
}

TEST(Requirement, R_L402_7_TheBooksSayNoInTheirWay) {
  L402Settings settings;
  using R = ledger::Reason;
  expect_refusal(refusal_of(R::replay, settings), {"replay", 409, 409, true, false});
  expect_refusal(refusal_of(R::uses_spent, settings), {"uses_spent", 409, 409, true, false});
  expect_refusal(refusal_of(R::expired, settings), {"expired", 402, 402, true, false});
  expect_refusal(refusal_of(R::call_in_progress, settings),
                 {"call_in_progress", 409, 409, false, true});
  expect_refusal(refusal_of(R::ledger_unavailable, settings),
                 {"ledger_unavailable", 503, 503, false, true});
  expect_refusal(refusal_of(R::overloaded, settings), {"overloaded", 503, 503, false, true});
  settings.replay_status = 402;
  EXPECT_EQ(refusal_of(R::replay, settings).status, 402);
}

TEST(Requirement, R_X402_7_EachFailureIsA402WithOffersUnlessPayingAgainWouldBeWrong) {
  for (const auto& row : x402::kReasons) {
    const Refusal refusal = refusal_of(row.reason);
    const bool too_large = row.reason == x402::Reason::payload_too_large;
    const bool unknown = row.reason == x402::Reason::lnbits_unreachable;
    const bool in_flight = row.reason == x402::Reason::invoice_in_flight;
    EXPECT_EQ(refusal.status, too_large ? 431 : unknown ? 503 : 402) << row.token;
    const Offer offer = too_large || unknown ? Offer::none : in_flight ? Offer::same : Offer::fresh;
    EXPECT_EQ(refusal.offer, offer) << row.token;
    EXPECT_EQ(refusal.retry_after.has_value(), unknown || in_flight) << row.token;
    EXPECT_EQ(refusal.room, "x402");
  }
  using R = ledger::Reason;
  const auto by_p1 = refusal_of(R::replay, x402::Profile::bip122);
  EXPECT_EQ(by_p1.token, "replay_detected");
  EXPECT_EQ(by_p1.status, 402);
  EXPECT_EQ(refusal_of(R::replay, x402::Profile::lnbtc).token, "duplicate_settlement");
  expect_refusal(refusal_of(R::call_in_progress, x402::Profile::bip122),
                 {"call_in_progress", 409, 409, false, true});
}

TEST(Reasons, ThePaymentSchemeHasItsProblems) {
  for (const auto& row : mpp::kReasons) {
    const Refusal refusal = refusal_of(row.reason);
    const bool not_offered = row.reason == mpp::Reason::method_unsupported;
    EXPECT_EQ(refusal.status, not_offered ? 400 : 402) << row.token;
    EXPECT_EQ(refusal.offer, not_offered ? Offer::none : Offer::fresh) << row.token;
    EXPECT_TRUE(refusal.in_band) << row.token;
    EXPECT_EQ(refusal.room, "mpp");
    ASSERT_TRUE(refusal.problem) << row.token;
    EXPECT_EQ(refusal.problem->name, refusal.token);
    EXPECT_EQ(refusal.problem->status, refusal.status);
  }
  using R = ledger::Reason;
  for (const R reason : {R::replay, R::uses_spent, R::expired}) {
    expect_refusal(refusal_of_payment(reason), {"invalid-challenge", 402, 402, true, false});
  }
  expect_refusal(refusal_of_payment(R::call_in_progress),
                 {"call_in_progress", 409, 409, false, true});
  expect_refusal(refusal_of_payment(R::ledger_unavailable),
                 {"ledger_unavailable", 503, 503, false, true});
}

TEST(Reasons, MalformedRequestsHaveTheirPlaces) {
  for (const auto& row : mcp::kReasons) {
    const Refusal refusal = refusal_of(row.reason);
    EXPECT_EQ(refusal.status, mcp::placement_of(row.reason).http_status) << row.token;
    EXPECT_EQ(refusal.json_rpc_code, mcp::placement_of(row.reason).code) << row.token;
    EXPECT_EQ(refusal.offer, Offer::none) << row.token;
  }
  for (const auto& row : http::kReasons) {
    const Refusal refusal = refusal_of(http::Refusal(row.reason));
    EXPECT_TRUE(refusal.close) << row.token;
    EXPECT_GE(refusal.status, 400) << row.token;
    EXPECT_EQ(refusal.offer, Offer::none) << row.token;
  }
}

// ---- answers --------------------------------------------------------------------------------

Challenge sample_challenge(std::size_t invoice_bytes = 340, std::size_t macaroon_bytes = 320) {
  Challenge made;
  made.invoice = "lnbcrt30n1" + std::string(invoice_bytes - 10, 'q');
  made.macaroon = std::string(macaroon_bytes, 'A');
  made.price = *Msat::of(1500);
  made.minted = time_from_unix(1'771'329'600);
  made.expires = made.minted + std::chrono::seconds(300);
  return made;
}

struct Written {
  std::string head;
  std::string body;
  std::vector<std::string> lines;
  bool has(const std::string& line) const {
    return std::find(lines.begin(), lines.end(), line) != lines.end();
  }
};

Written written(const Refusal& refusal, const Challenge* challenge, const AnswerContext& context) {
  std::string out;
  write_refusal(out, refusal, challenge, context);
  const std::size_t end = out.find("\r\n\r\n") + 4;
  Written made{out.substr(0, end), out.substr(end), {}};
  for (std::size_t at = 0; at + 2 < end;) {
    const std::size_t stop = out.find("\r\n", at);
    made.lines.push_back(out.substr(at, stop - at));
    at = stop + 2;
  }
  return made;
}

AnswerContext context_of(AnswerForm form) {
  AnswerContext made;
  made.form = form;
  made.request_id = "0123456789abcdef0123456789abcdef";
  made.json_rpc_id = "\"a\"";
  made.tool = "web_search";
  return made;
}

TEST(Requirement, R_L402_1_AnswerOfPaymentRequiredBeginsWithL402AndStaysSmall) {
  const Challenge challenge = sample_challenge();
  const auto answer =
      written(refusal_of(Reason::payment_required), &challenge, context_of(AnswerForm::mcp));
  EXPECT_EQ(answer.lines[0], "HTTP/1.1 402 Payment Required");
  EXPECT_TRUE(answer.lines[1].starts_with("WWW-Authenticate: L402 macaroon=\"" +
                                          challenge.macaroon + "\", invoice=\"" +
                                          challenge.invoice + "\""));
  EXPECT_NE(answer.lines[1].find("token=\""), std::string::npos);
  EXPECT_TRUE(answer.has("Cache-Control: no-store"));
  EXPECT_TRUE(answer.has("X-Request-Id: 0123456789abcdef0123456789abcdef"));
  EXPECT_TRUE(answer.has("Content-Length: " + std::to_string(answer.body.size())));
  // Larger ones lose the copy of the token first.
  for (const std::size_t bytes : {600U, 1024U, 1400U}) {
    const Challenge large = sample_challenge(1024, bytes);
    const auto fitted =
        written(refusal_of(Reason::payment_required), &large, context_of(AnswerForm::mcp));
    EXPECT_LE(fitted.head.size(), 3900U) << bytes;
  }
  const Challenge largest = sample_challenge(1024, 1400);
  EXPECT_EQ(written(refusal_of(Reason::payment_required), &largest, context_of(AnswerForm::mcp))
                .head.find("token="),
            std::string::npos);
}

/// Both profiles on the sample's invoice.
Challenge sample_with_x402(std::size_t invoice_bytes, std::size_t macaroon_bytes) {
  Challenge made = sample_challenge(invoice_bytes, macaroon_bytes);
  x402::Offer lnbtc;
  lnbtc.profile = x402::Profile::lnbtc;
  lnbtc.amount = made.price;
  lnbtc.pay_to = std::string(66, 'a');
  lnbtc.invoice = made.invoice;
  lnbtc.seal = std::string(22, 's');
  lnbtc.binding = x402::Binding{x402::BindingProfile::mcp, Digest{},
                                R"({"metadata":[],"server":"https://gate.example/mcp"})"};
  x402::Offer bip122;
  bip122.amount = made.price;
  bip122.invoice = made.invoice;
  bip122.seal = std::string(43, 's');
  made.x402 = {lnbtc, bip122};
  return made;
}

std::string payment_required_of(const Written& answer) {
  constexpr std::string_view kName = "PAYMENT-REQUIRED: ";
  for (const std::string& line : answer.lines) {
    if (!line.starts_with(kName)) continue;
    return std::string(text_of(*bytes_from_any_base64(line.substr(kName.size()))));
  }
  return {};
}

TEST(Requirement, R_X402_1_WhatDoesNotFitTheHeadLeavesItInOrder) {
  const Refusal refusal = refusal_of(Reason::payment_required);
  const AnswerContext context = context_of(AnswerForm::mcp);
  std::vector<std::string> states;
  for (std::size_t macaroon_bytes = 240; macaroon_bytes <= 1200; macaroon_bytes += 20) {
    const Challenge challenge = sample_with_x402(300, macaroon_bytes);
    const auto answer = written(refusal, &challenge, context);
    EXPECT_LE(answer.head.size(), 3900U) << macaroon_bytes;
    EXPECT_TRUE(answer.lines[1].starts_with("WWW-Authenticate: L402 "));
    EXPECT_TRUE(answer.lines[2].starts_with("WWW-Authenticate: x402 ")) << "this line stays";
    const std::string required = payment_required_of(answer);
    EXPECT_NE(required.find("bip122:"), std::string::npos);
    EXPECT_NE(answer.body.find("lnbtc:"), std::string::npos) << "the body has all of it";
    std::string state = answer.head.find("token=") != std::string::npos ? "copy " : "";
    if (required.find("lnbtc:") != std::string::npos) state += "P2";
    if (states.empty() || states.back() != state) states.push_back(state);
  }
  EXPECT_EQ(states, (std::vector<std::string>{"copy P2", "P2", ""}));
}

/// The sample's invoice by the Payment scheme.
mpp::Challenge sample_payment(const Challenge& challenge) {
  mpp::ChallengeKeys keys;
  keys.add(Digest{}.view());
  mpp::Sale sale;
  sale.price = *Msat::of(2000);
  sale.invoice = challenge.invoice;
  sale.invoice_end = challenge.expires;
  sale.external_id = "ttttttttttttttttttttttttttttttt";
  return mpp::mint(sale, "gate.example", keys).value();
}

TEST(Answers, ThePaymentLineStaysAndTheOthersPartsLeaveForIt) {
  Challenge challenge = sample_with_x402(300, 320);
  challenge.payment = sample_payment(challenge);
  AnswerContext context = context_of(AnswerForm::mcp);
  const Refusal refusal = refusal_of(Reason::payment_required);
  const auto hidden = written(refusal, &challenge, context);
  EXPECT_EQ(hidden.head.find("Payment id="), std::string::npos) << "somebody may read along";
  EXPECT_EQ(hidden.body.find("paymentauth"), std::string::npos);
  context.payment_line = true;
  const auto answer = written(refusal, &challenge, context);
  EXPECT_TRUE(answer.lines[1].starts_with("WWW-Authenticate: L402 "));
  EXPECT_TRUE(answer.lines[2].starts_with("WWW-Authenticate: x402 "));
  EXPECT_TRUE(answer.lines[3].starts_with("WWW-Authenticate: Payment id=\""));
  EXPECT_LT(answer.lines[3].size(), 1100U);
  EXPECT_EQ(answer.head.find("token="), std::string::npos);
  EXPECT_EQ(payment_required_of(answer).find("lnbtc:"), std::string::npos);
  EXPECT_NE(answer.body.find("lnbtc:"), std::string::npos) << "the body has all of it";
  EXPECT_LE(answer.head.size(), 3900U) << "of a sample as small as a wallet's invoices are";
}

TEST(Answers, ARowThatTakesThePaymentSchemeAloneSaysHowToPay) {
  Challenge challenge = sample_challenge();
  challenge.payment = sample_payment(challenge);
  challenge.macaroon.clear();
  AnswerContext context = context_of(AnswerForm::mcp);
  context.payment_line = true;
  const auto answer = written(refusal_of(Reason::payment_required), &challenge, context);
  EXPECT_TRUE(answer.lines[1].starts_with("WWW-Authenticate: Payment ")) << answer.head;
  const auto data = nl::json::parse(answer.body)["error"]["data"];
  EXPECT_FALSE(data.contains("macaroon"));
  EXPECT_EQ(data["rails"].size(), 1U);
  EXPECT_EQ(data["rails"][0]["name"], "mpp");
  EXPECT_TRUE(data["retry"]["header"].get<std::string>().starts_with("Authorization: Payment "));
  EXPECT_NE(data["retry"]["meta"].get<std::string>().find("org.paymentauth/credential"),
            std::string::npos);
}

TEST(Requirement, R_X402_1_ARowThatTakesX402AloneOffersNoToken) {
  Challenge challenge = sample_with_x402(300, 320);
  challenge.macaroon.clear();
  const auto answer =
      written(refusal_of(Reason::payment_required), &challenge, context_of(AnswerForm::rest));
  EXPECT_TRUE(answer.lines[1].starts_with("WWW-Authenticate: x402 ")) << answer.head;
  EXPECT_EQ(answer.head.find("L402"), std::string::npos);
  const auto body = nl::json::parse(answer.body);
  EXPECT_FALSE(body.contains("macaroon"));
  EXPECT_EQ(body["rails"][0]["name"], "x402-lnbtc-exact");
  EXPECT_NE(body["retry"]["header"].get<std::string>().find("PAYMENT-SIGNATURE"),
            std::string::npos);
}

TEST(Requirement, R_L402_3_R_CORE_11_BodiesSayItTwice) {
  const Challenge challenge = sample_challenge();
  const Refusal refusal = refusal_of(Reason::payment_required);
  const auto rest =
      nl::json::parse(written(refusal, &challenge, context_of(AnswerForm::rest)).body);
  for (const char* name :
       {"error", "code", "message", "cure", "tool", "rails", "invoice", "macaroon", "paymentHash",
        "priceMsat", "expiresAt", "retry", "requestId"}) {
    EXPECT_TRUE(rest.contains(name)) << name;
  }
  EXPECT_EQ(rest["error"], "payment_required");
  EXPECT_EQ(rest["priceMsat"], 1500);
  EXPECT_EQ(rest["expiresAt"], "2026-02-17T12:05:00.000Z");
  const auto mcp = nl::json::parse(written(refusal, &challenge, context_of(AnswerForm::mcp)).body);
  EXPECT_EQ(mcp["jsonrpc"], "2.0");
  EXPECT_EQ(mcp["id"], "a");
  EXPECT_EQ(mcp["error"]["code"], 402);
  EXPECT_EQ(mcp["error"]["data"]["code"], mcp["error"]["data"]["reason"]);
  EXPECT_EQ(mcp["error"]["data"]["invoice"], challenge.invoice);
  AnswerContext nameless = context_of(AnswerForm::mcp);
  nameless.json_rpc_id = {};
  EXPECT_TRUE(nl::json::parse(written(refusal, nullptr, nameless).body)["id"].is_null());
}

TEST(Requirement, R_ID_9_ACompositeHeaderThatCannotBeReadIsAnInvalidRequest) {
  for (const auto& row : identity::kReasons) {
    const Refusal refusal = refusal_of(row.reason);
    expect_refusal(refusal, {"invalid_request", 400, -32600, false, false});
    const auto body = nl::json::parse(written(refusal, nullptr, context_of(AnswerForm::rest)).body);
    EXPECT_EQ(body["error"], "invalid_request");
    EXPECT_EQ(body["code"], "invalid_request");
    EXPECT_EQ(body["detail"], row.token);
  }
}

TEST(Requirement, R_LN_7_OnePaymentForManyCallsIsOfferedAsABundle) {
  Challenge challenge = sample_challenge();
  const Refusal refusal = refusal_of(Reason::payment_required);
  const auto body = [&] {
    return nl::json::parse(written(refusal, &challenge, context_of(AnswerForm::rest)).body);
  };
  EXPECT_FALSE(body().contains("bundle")) << "one call is no bundle";
  challenge.uses = 100;
  challenge.valid_for = std::chrono::hours(1);
  EXPECT_EQ(body()["bundle"], (nl::json{{"uses", 100}, {"validForSeconds", 3600}}));
  challenge.uses = 0;
  EXPECT_EQ(body()["bundle"]["uses"], "unlimited");
}

TEST(Answers, WhatAnAnswerSaysBesideItsBody) {
  AnswerContext context = context_of(AnswerForm::rest);
  const auto busy = written(refusal_of(Reason::overloaded), nullptr, context);
  EXPECT_TRUE(busy.has("Retry-After: 1"));
  EXPECT_EQ(nl::json::parse(busy.body)["retryAfterSeconds"], 1);
  EXPECT_EQ(busy.head.find("Access-Control"), std::string::npos);
  EXPECT_EQ(busy.head.find("Connection"), std::string::npos);
  EXPECT_TRUE(written(refusal_of(Reason::timeout_body), nullptr, context).has("Connection: close"));
  context.allowed_origin = "https://app.example";
  context.allow = "POST";
  context.keep_alive = false;
  const auto browser = written(refusal_of(Reason::method_not_allowed), nullptr, context);
  EXPECT_TRUE(browser.has("Access-Control-Allow-Origin: https://app.example"));
  EXPECT_TRUE(browser.has("Access-Control-Expose-Headers: " + std::string(kExposedFields)));
  EXPECT_TRUE(browser.has("Vary: Origin"));
  EXPECT_TRUE(browser.has("Allow: POST"));
  EXPECT_TRUE(browser.has("Connection: close"));
  context.head_only = true;
  EXPECT_EQ(written(refusal_of(Reason::payment_required), nullptr, context).body, "");
  const Challenge challenge = sample_challenge();
  context.lsat_line = true;
  const auto old = written(refusal_of(Reason::payment_required), &challenge, context);
  EXPECT_TRUE(old.lines[1].starts_with("WWW-Authenticate: LSAT "));
  EXPECT_TRUE(old.lines[2].starts_with("WWW-Authenticate: L402 "));
  const auto replay =
      written(refusal_of(ledger::Reason::replay, L402Settings()), &challenge, context);
  EXPECT_TRUE(replay.has("L402-Error: replay"));
}

// ---- docs/reasons.md ------------------------------------------------------------------------

std::string doc_row(std::string_view room, std::string_view token, const std::string& status,
                    Cure cure, std::string_view sentence) {
  return "| " + std::string(room) + " | `" + std::string(token) + "` | " + status + " | " +
         std::string(to_text(cure)) + " | " + std::string(sentence) + " |\n";
}

template <class Row, std::size_t N, class Status>
std::string doc_rows(std::string_view room, const Row (&rows)[N], Status status) {
  std::string text;
  for (const Row& row : rows) {
    text += doc_row(room, row.token, status(row.reason), row.cure, row.said_to_caller);
  }
  return text;
}

std::string wanted_document() {
  const auto by_gate = [](const Refusal& refusal) { return std::to_string(refusal.status); };
  const auto none = [](auto) { return std::string("–"); };
  std::string text = R"(# Reasons

Every "no" has a room, a token, a status, a cure and a sentence. The token stands as `code` in bodies
(in JSON-RPC `data` as `reason` too), in logs as `tollhouse.reason` and in `tollhouse_refusals_total`
with the room beside it. Tokens are stable: rows are added, never renamed. `cure` says what would help:
`pay`, `work`, `identify`, `change_request`, `wait` (with `Retry-After`), `none`. No refusal spends
anything: the same credential works when the cause is gone, unless it is the reason itself.

Statuses are the defaults: `rails.l402.failure_status` fixes the 401 of bad credentials (402 where a
route also takes Bearer identity), `rails.l402.replay_status` the 409 of spent ones. On the MCP path an
unknown tool or method answers 200 with a JSON-RPC error, as a server would. Rooms without a status
(`bolt`, `macaroon`, `receipt`, `json`) speak through others or on the command line. Those of
`identity` stand as `detail` of a 400 whose code is `invalid_request`: the composite header.

This page is written by `gate_test` (`TOLLHOUSE_UPDATE_DOCS=1`), which fails when it is not the code's.

| room | token | status | cure | sentence |
|---|---|---|---|---|
)";
  const L402Settings settings;
  const Route route;
  text += doc_rows("http", http::kReasons,
                   [&](http::Reason reason) { return by_gate(refusal_of(http::Refusal(reason))); });
  text += doc_rows("mcp", mcp::kReasons,
                   [&](mcp::Reason reason) { return by_gate(refusal_of(reason)); });
  text += doc_rows("l402", l402::kReasons, [&](l402::Reason reason) {
    return by_gate(refusal_of(reason, settings, route));
  });
  text += doc_rows("x402", x402::kReasons,
                   [&](x402::Reason reason) { return by_gate(refusal_of(reason)); });
  text += doc_rows("identity", identity::kReasons,
                   [&](identity::Reason reason) { return by_gate(refusal_of(reason)); });
  text += doc_rows("mpp", mpp::kReasons,
                   [&](mpp::Reason reason) { return by_gate(refusal_of(reason)); });
  text += doc_rows("pow", pow::kReasons,
                   [&](pow::Reason reason) { return by_gate(refusal_of(reason)); });
  text += doc_rows("ledger", ledger::kReasons,
                   [&](ledger::Reason reason) { return by_gate(refusal_of(reason, settings)); });
  text += doc_rows("gate", kReasons, [&](Reason reason) { return by_gate(refusal_of(reason)); });
  text += doc_rows("json", json::kReasons, none);
  text += doc_rows("bolt", bolt::kReasons, none);
  text += doc_rows("macaroon", macaroon::kReasons, none);
  text += doc_rows("receipt", receipt::kReasons, none);
  return text;
}

TEST(Docs, EveryReasonStandsInItsPage) {
  const std::string path = std::string(TOLLHOUSE_SOURCE) + "/docs/reasons.md";
  const std::string wanted = wanted_document();
  if (std::getenv("TOLLHOUSE_UPDATE_DOCS") != nullptr) std::ofstream(path) << wanted;
  std::ifstream file(path);
  const std::string found{std::istreambuf_iterator<char>(file), {}};
  EXPECT_TRUE(found == wanted) << "docs/reasons.md should be:\n" << wanted;
}

}  // namespace
}  // namespace tollhouse::gate
