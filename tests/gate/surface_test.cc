// tests/gate/surface_test.cc mirrors src/gate/surface.cc and the surfaces of answer.cc: who is told
// no in which form (mcp-gateway.md 7.2, 7.3).
#include "gate/surface.h"

#include <nlohmann/json.hpp>

#include "gate/answer.h"
#include "http/request_reader.h"
#include "json/reader.h"
#include "mcp/ingress.h"
#include "support/precompiled.h"

namespace tollhouse::gate {
namespace {

namespace nl = nlohmann;

std::string call_text(const std::string& method, const std::string& params) {
  return R"({"jsonrpc":"2.0","id":"a","method":")" + method + R"(","params":)" + params + "}";
}

struct Shown {
  std::string name;
  std::string fields;  ///< lines with their ends
  std::string body;
  std::optional<Surface> fixed;
  Surface expected;
};

const std::string kCall = call_text("tools/call", R"({"name":"t"})");

Surface surface_of(const Shown& shown) {
  const std::string text = "POST /mcp HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n" +
                           shown.fields + "Content-Length: " + std::to_string(shown.body.size()) +
                           "\r\n\r\n";
  http::RequestHeadReader reader{http::Limits{}};
  http::RequestHead head;
  EXPECT_EQ(reader.step(text, head), http::RequestHeadReader::Status::complete) << shown.name;
  json::Document workspace(1);
  const auto message =
      mcp::read_message(mcp::routing_headers(head.fields), shown.body, {}, workspace);
  EXPECT_TRUE(message) << shown.name;
  Route route;
  route.surface = shown.fixed;
  return surface_for(route, head.fields, *message);
}

TEST(Surface, IsChosenByWhatTheCallerShows) {
  const auto with_meta = [](const std::string& meta) {
    return call_text("tools/call", R"({"name":"t","_meta":)" + meta + "}");
  };
  const std::string python = "User-Agent: python-httpx/0.28.1\r\n";
  const std::string version = "MCP-Protocol-Version: 2025-11-25\r\n";
  using enum Surface;
  const Shown rows[] = {
      {"nothing", "", kCall, {}, http},
      {"rule 1", "", with_meta(R"({"x402/anything":{}})"), {}, result},
      {"rule 1, ours", "", with_meta(R"({"tollhouse/l402":"M:r"})"), {}, result},
      {"rule 1, MPP", "", with_meta(R"({"org.paymentauth/credential":{}})"), {}, result},
      {"rule 1 before 2", "X-PAYMENT: x\r\n", with_meta(R"({"x402/payment":{}})"), {}, result},
      {"rule 2", "Accept-Payment: x402\r\n" + python + version, kCall, {}, http},
      {"rule 2, x402", "PAYMENT-SIGNATURE: x\r\n" + python + version, kCall, {}, http},
      {"rule 2, L402", "Authorization: L402 a:b\r\n" + python + version, kCall, {}, http},
      {"rule 2, LSAT", "authorization: lsat a:b\r\n" + python + version, kCall, {}, http},
      {"identity is no payment",
       "Authorization: Bearer a\r\n" + python + version,
       kCall,
       {},
       result},
      {"rule 5", python + version, kCall, {}, result},
      {"rule 5, 2.x", "User-Agent: python-httpx2/2.16.2\r\n" + version, kCall, {}, result},
      {"rule 5, by Accept", python + "Accept: text/event-stream\r\n", kCall, {}, result},
      {"httpx alone is no MCP client", python, kCall, {}, http},
      {"another prefix", "User-Agent: python-httpx-x/1\r\n" + version, kCall, {}, http},
      {"TypeScript", "User-Agent: node\r\n" + version, kCall, {}, http},
      {"fixed", "Authorization: L402 a:b\r\n", kCall, result, result},
      {"fixed", python + version, kCall, http, http},
      {"fixed", "", kCall, error, error},
      {"no tool, no tool result", "", call_text("vendor/do", "{}"), result, error},
      {"no id, no answer", "", R"({"jsonrpc":"2.0","method":"notifications/x"})", result, http},
  };
  for (const Shown& row : rows) EXPECT_EQ(surface_of(row), row.expected) << row.name;
}

struct Said {
  std::string head;
  nl::json body;
};

Said said(const Refusal& refusal, const Challenge* challenge, Surface surface,
          mcp::Era era = mcp::Era::legacy) {
  AnswerContext context;
  context.form = AnswerForm::mcp;
  context.request_id = "0123456789abcdef0123456789abcdef";
  context.json_rpc_id = "\"a\"";
  context.tool = "t";
  context.surface = surface;
  context.era = era;
  std::string out;
  write_refusal(out, refusal, challenge, context);
  const std::size_t end = out.find("\r\n\r\n") + 4;
  return {out.substr(0, end), nl::json::parse(out.substr(end))};
}

Challenge challenge() {
  Challenge made;
  made.invoice = "lnbcrt30n1q";
  made.macaroon = "AAAA";
  made.price = *Msat::of(3000);
  return made;
}

TEST(Requirement, R_CORE_11_PaymentIsAskedForInsideAResult) {
  const Challenge offer = challenge();
  const Refusal refusal = refusal_of(Reason::payment_required);
  const Said legacy = said(refusal, &offer, Surface::result);
  EXPECT_TRUE(legacy.head.starts_with("HTTP/1.1 200 OK\r\n"));
  EXPECT_EQ(legacy.head.find("WWW-Authenticate"), std::string::npos);
  EXPECT_NE(legacy.head.find("Cache-Control: no-store"), std::string::npos);
  const nl::json& result = legacy.body["result"];
  EXPECT_EQ(legacy.body["id"], "a");
  EXPECT_EQ(result["isError"], true);
  const auto object = nl::json::parse(result["content"][0]["text"].get<std::string>());
  EXPECT_EQ(object["error"], "payment_required");
  EXPECT_EQ(object["code"], object["reason"]);
  EXPECT_EQ(object["invoice"], offer.invoice);
  EXPECT_TRUE(object["retry"].contains("meta"));
  EXPECT_EQ(result["_meta"]["tollhouse/payment-required"], object);
  // A legacy SDK would hold it against the tool's outputSchema.
  EXPECT_FALSE(result.contains("structuredContent"));
  EXPECT_FALSE(result.contains("resultType"));
  const Said modern = said(refusal, &offer, Surface::result, mcp::Era::modern);
  EXPECT_EQ(modern.body["result"]["structuredContent"]["invoice"], offer.invoice);
  EXPECT_EQ(modern.body["result"]["resultType"], "complete");
}

TEST(Requirement, R_CORE_11_PaymentIsAskedForInsideAnError) {
  const Challenge offer = challenge();
  const Said told = said(refusal_of(Reason::payment_required), &offer, Surface::error);
  EXPECT_TRUE(told.head.starts_with("HTTP/1.1 200 OK\r\n"));
  EXPECT_EQ(told.body["error"]["code"], 402);
  EXPECT_EQ(told.body["error"]["data"]["invoice"], offer.invoice);
}

TEST(Surface, WhatANewPaymentCuresIsAMissingPaymentInBand) {
  const Challenge offer = challenge();
  const Route route;
  const Refusal cured[] = {refusal_of(ledger::Reason::replay, {}),
                           refusal_of(l402::Reason::bad_signature, {}, route),
                           refusal_of(l402::Reason::expired, {}, route)};
  for (const Refusal& refusal : cured) {
    const Said told = said(refusal, &offer, Surface::error);
    EXPECT_TRUE(told.head.starts_with("HTTP/1.1 200 OK\r\n")) << refusal.token;
    EXPECT_EQ(told.head.find("L402-Error"), std::string::npos);
    EXPECT_EQ(told.body["error"]["code"], 402) << refusal.token;
    EXPECT_EQ(told.body["error"]["data"]["error"], "payment_required") << refusal.token;
    EXPECT_EQ(told.body["error"]["data"]["code"], refusal.token);
  }
}

TEST(Surface, OtherRefusalsKeepTheirCodesInBandOrTheirStatus) {
  const Route route;
  const struct {
    Refusal refusal;
    int status;
    int code;
  } rows[] = {
      {refusal_of(l402::Reason::not_permitted, {}, route), 200, 403},
      {refusal_of(l402::Reason::wrong_service, {}, route), 200, 403},
      {refusal_of(ledger::Reason::call_in_progress, {}), 200, 409},
      {refusal_of(Reason::rate_limited), 200, 429},
      {refusal_of(Reason::conflicting_credentials), 400, 400},
      {refusal_of(Reason::ledger_unavailable), 503, 503},
      {refusal_of(Reason::settlement_unknown), 503, 503},
      {refusal_of(Reason::verifier_unavailable), 503, 503},
      {refusal_of(Reason::rails_unavailable), 503, 503},
      {refusal_of(Reason::overloaded), 503, 503},
      {refusal_of(Reason::upstream_timeout), 504, -32603},
      {refusal_of(mcp::Reason::json_syntax), 400, -32700},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(std::string(row.refusal.token));
    const Said told = said(row.refusal, nullptr, Surface::error);
    EXPECT_TRUE(told.head.starts_with("HTTP/1.1 " + std::to_string(row.status)));
    EXPECT_EQ(told.body["error"]["code"], row.code);
    const bool waits = row.refusal.retry_after.has_value();
    EXPECT_EQ(told.head.find("Retry-After") != std::string::npos, waits && row.status != 200);
    EXPECT_EQ(told.body["error"]["data"].contains("retryAfterSeconds"), waits);
    if (row.status != 200) continue;
    const Said result = said(row.refusal, nullptr, Surface::result);
    EXPECT_EQ(result.body["result"]["_meta"]["tollhouse/refusal"]["code"], row.refusal.token);
  }
}

}  // namespace
}  // namespace tollhouse::gate
