// Goal: a caller understands every shape in which a gate or a server answers. Method: tables of
// replies, read as answer, wish to be paid, no, or nothing.
#include "dialogue/hearing.h"

#include "base/base64.h"
#include "dialogue/limits.h"
#include "dialogue/shown.h"
#include "support/precompiled.h"

namespace tollhouse::dialogue {
namespace {

Reply json_reply(int status, std::string body) {
  return {status, {{"content-type", "application/json; charset=utf-8"}}, std::move(body)};
}
Reply stream_reply(std::string body) {
  return {200, {{"Content-Type", "text/event-stream"}}, std::move(body)};
}

const Answered* answered(const Heard& heard) { return std::get_if<Answered>(&heard); }

TEST(Hearing, AResultIsHeardInJsonAndInStreams) {
  const std::string message = R"({"jsonrpc":"2.0","id":4,"result":{"content":[]}})";
  const std::string progress = R"({"jsonrpc":"2.0","method":"notifications/progress","params":{}})";
  const std::string other = R"({"jsonrpc":"2.0","id":3,"result":{"wrong":true}})";
  const Reply replies[] = {
      json_reply(200, message),
      stream_reply("data: " + message + "\n\n"),
      stream_reply("id: 1\ndata:\n\n: ping\n\nevent: message\nid: 2\ndata: " + progress +
                   "\n\ndata: " + other + "\n\nevent: message\r\ndata: " + message + "\r\n\r\n"),
  };
  for (const Reply& reply : replies) {
    SCOPED_TRACE(reply.body);
    const Heard heard = hear(reply, "4");
    ASSERT_NE(answered(heard), nullptr);
    EXPECT_EQ(answered(heard)->result, R"({"content":[]})");
    EXPECT_FALSE(answered(heard)->is_error);
  }
}

TEST(Hearing, WhatIsNoAnswerIsSaid) {
  const Reply replies[] = {
      json_reply(200, "{"),
      json_reply(200, R"({"jsonrpc":"2.0","id":5,"result":{}})"),
      stream_reply("data: {}\n\n"),
      stream_reply("data: {\"jsonrpc\":\"2.0\",\"id\":4,\"result\":{}}"),  // never dispatched
      {200, {{"Content-Type", "text/html"}}, "<html>"},
      {202, {}, ""}};
  for (const Reply& reply : replies) {
    SCOPED_TRACE(reply.body);
    EXPECT_TRUE(std::holds_alternative<NotUnderstood>(hear(reply, "4")));
  }
}

TEST(Hearing, ToolErrorsAndUnfinishedAnswersAreMarked) {
  const Heard error = hear(json_reply(200, R"({"id":4,"result":{"isError":true}})"), "4");
  ASSERT_NE(answered(error), nullptr);
  EXPECT_TRUE(answered(error)->is_error);
  const Heard more =
      hear(json_reply(200, R"({"id":4,"result":{"resultType":"input_required"}})"), "4");
  ASSERT_NE(answered(more), nullptr);
  EXPECT_TRUE(answered(more)->unfinished);
}

TEST(Hearing, RefusalsKeepStatusTokenAndWords) {
  struct Row {
    Reply reply;
    std::int64_t rpc_code;
    const char* code;
    const char* message;
  };
  const Row rows[] = {
      {json_reply(200, R"({"id":4,"error":{"code":-32602,"message":"Unknown tool: x"}})"), -32602,
       "", "Unknown tool: x"},
      {json_reply(200, R"({"id":null,"error":{"code":-32600,"message":"no"}})"), -32600, "", "no"},
      {json_reply(
           409,
           R"({"id":4,"error":{"code":409,"message":"spent","data":{"code":"replay","requestId":"r"}}})"),
       409, "replay", "spent"},
      {json_reply(503, R"({"error":"down","code":"settlement_unknown","requestId":"r"})"), 0,
       "settlement_unknown", "down"},
      {{502, {}, "<html>"}, 0, "", ""},
      {json_reply(
           400,
           R"({"id":4,"error":{"code":-32022,"message":"v","data":{"supported":["2026-07-28"]}}})"),
       -32022, "", "v"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.reply.body);
    const Heard heard = hear(row.reply, "4");
    const auto* refused = std::get_if<Refused>(&heard);
    ASSERT_NE(refused, nullptr);
    EXPECT_EQ(refused->status, row.reply.status);
    EXPECT_EQ(refused->rpc_code, row.rpc_code);
    EXPECT_EQ(refused->code, row.code);
    EXPECT_EQ(refused->message, row.message);
    EXPECT_EQ(refused->supported.size(), row.rpc_code == -32022 ? 1u : 0u);
  }
}

/// mcp-gateway.md 7.2: the surfaces `http`, `error` and `result`, and plain REST bodies.
TEST(Hearing, PaymentIsHeardOnEverySurface) {
  const std::string terms =
      R"({"error":"payment_required","macaroon":"M","invoice":"P","priceMsat":3000,"requestId":"r"})";
  const Reply replies[] = {
      json_reply(402, R"({"id":4,"error":{"code":402,"message":"pay","data":)" + terms + "}}"),
      json_reply(402, terms),
      json_reply(200, R"({"id":4,"error":{"code":402,"message":"pay","data":)" + terms + "}}"),
      json_reply(200, R"({"id":4,"result":{"isError":true,"structuredContent":)" + terms + "}}"),
      json_reply(200, R"({"id":4,"result":{"isError":true,"_meta":{"tollhouse/payment-required":)" +
                          terms + "}}}"),
      stream_reply("data: {\"id\":4,\"error\":{\"code\":402,\"message\":\"pay\",\"data\":" + terms +
                   "}}\n\n"),
  };
  for (const Reply& reply : replies) {
    SCOPED_TRACE(reply.body);
    const Heard heard = hear(reply, "4");
    const auto* asked = std::get_if<PaymentAsked>(&heard);
    ASSERT_NE(asked, nullptr);
    ASSERT_EQ(asked->challenges.size(), 1u);
    EXPECT_EQ(asked->challenges[0].macaroon, "M");
    EXPECT_EQ(asked->challenges[0].invoice, "P");
    EXPECT_EQ(asked->stated_price, Msat::of(3000));
    EXPECT_EQ(asked->request_id, "r");
  }
}

TEST(Hearing, ARefusalInAResultIsARefusal) {
  const Heard heard =
      hear(json_reply(200, R"({"id":4,"result":{"isError":true,"_meta":{"tollhouse/refusal":)"
                           R"({"code":"not_permitted","message":"no","requestId":"r"}}}})"),
           "4");
  const auto* refused = std::get_if<Refused>(&heard);
  ASSERT_NE(refused, nullptr);
  EXPECT_EQ(refused->code, "not_permitted");
  EXPECT_EQ(refused->message, "no");
  EXPECT_EQ(refused->request_id, "r");
}

TEST(Hearing, TheHeadWinsOverTheBody) {
  Reply reply = json_reply(402, R"({"macaroon":"B","invoice":"B"})");
  reply.fields.push_back({"WWW-Authenticate", "Bearer realm=\"x\""});
  reply.fields.push_back({"WWW-Authenticate", "L402 macaroon=\"H\", invoice=\"H\""});
  const Heard heard = hear(reply, "4");
  const auto* asked = std::get_if<PaymentAsked>(&heard);
  ASSERT_NE(asked, nullptr);
  ASSERT_EQ(asked->challenges.size(), 1u);
  EXPECT_EQ(asked->challenges[0].macaroon, "H");
}

TEST(Hearing, A402WithoutAnythingAsksAllTheSame) {
  EXPECT_TRUE(std::holds_alternative<PaymentAsked>(hear({402, {}, "pay me"}, "4")));
}

TEST(Hearing, TheReceiptComesFromHeadOrResult) {
  const std::string in_meta =
      R"({"id":4,"result":{"_meta":{"tollhouse/receipt":{"from":"meta"}}}})";
  Reply reply = json_reply(200, in_meta);
  EXPECT_EQ(answered(hear(reply, "4"))->receipt, R"({"from":"meta"})");
  reply.fields.push_back({"x-payment-receipt", base64url(bytes_of(R"({"from":"head"})"))});
  EXPECT_EQ(answered(hear(reply, "4"))->receipt, R"({"from":"head"})");
  for (const char* bad : {"!!!", "e30=", "MTI", ""}) {
    reply.fields.back().value = bad;
    EXPECT_EQ(receipt_of_head(reply), std::nullopt) << bad;
  }
}

TEST(Shown, SecretsAreShortenedWhereverTheyStand) {
  const std::string preimage(64, 'a');
  EXPECT_EQ(without_secrets("x " + preimage + "\" y"), "x aaaaaaaa...(64)\" y");
  EXPECT_EQ(without_secrets(std::string(kShownWordMax - 1, 'b')),
            std::string(kShownWordMax - 1, 'b'));
  EXPECT_EQ(shown_field("authorization", "L402 short:word"), "authorization: L402 short:wo...(10)");
  EXPECT_EQ(shown_field("Mcp-Session-Id", "0123456789"), "Mcp-Session-Id: 01234567...(10)");
  EXPECT_EQ(shown_body("{\"preimage\":\"" + preimage + "\"}"),
            "{\"preimage\":\"aaaaaaaa...(64)\"}");
}

/// Also where the limit of what is shown cuts through a secret.
RC_GTEST_PROP(ShownProperties, NoSecretIsEverShownWhole, ()) {
  const auto before = *rc::gen::inRange<std::size_t>(0, 2 * kShownBodyMax);
  const std::string secret(64, 'f');
  const std::string body = std::string(before, '.') + secret + "\"";
  RC_ASSERT(shown_body(body).find(std::string(kShownWordKept + 1, 'f')) == std::string::npos);
}

/// An escape and what stands behind it read as one word, so they are shortened as one.
TEST(Shown, AnEscapeIsAPartOfItsWord) {
  const std::string word(kShownWordMax - 1, 'b');
  EXPECT_EQ(shown_body(std::string(1, '\0') + word), "\\x00bbbbb...(42)");
  EXPECT_EQ(shown_field("X-Note", "\x9e" + word), "X-Note: \\x9ebbbbb...(42)");
}

TEST(Shown, NothingSteersATerminal) {
  EXPECT_EQ(for_terminal("a\x1b[2J\tb\n\xc2\x9b\xff\xc3\xa9\r"),
            "a\\x1b[2J\tb\n\\xc2\\x9b\\xff\xc3\xa9\\x0d");
}

TEST(Shown, ResultsReadLikeText) {
  EXPECT_EQ(
      readable_result(
          R"({"content":[{"type":"text","text":"one"},{"type":"image","mimeType":"image/png","data":"AAAA"},)"
          R"({"type":"resource","resource":{"uri":"u:1","text":"two"}},{"type":"resource_link","uri":"u:2"}]})"),
      "one\n[image image/png, 4 characters of base64]\ntwo\n[resource u:2]\n");
  EXPECT_EQ(readable_result(R"({"structuredContent":{"a":1}})"), "{\"a\":1}\n");
  EXPECT_EQ(readable_result(R"({"content":[]})"), "");
  EXPECT_EQ(readable_result(R"({"other":1})"), "{\"other\":1}\n");
  EXPECT_EQ(readable_result("["), "");
}

TEST(Hearing, R_POW_9_WorkIsHeardFromBodyAndHead) {
  const std::string line = R"(PoW challenge="c-1", difficulty="18", algorithm="sha256")";
  const std::string body =
      R"({"error":"payment_required","code":"pow_required","pow":{"challenge":"c-2","difficulty":3,)"
      R"("difficultyBits":11,"callsPerSolve":5}})";
  const Heard head = hear({402, {{"WWW-Authenticate", line}}, ""}, "4");
  const auto* by_head = std::get_if<PaymentAsked>(&head);
  ASSERT_TRUE(by_head != nullptr && by_head->work);
  EXPECT_EQ(by_head->work->puzzle.challenge, "c-1");
  EXPECT_EQ(by_head->work->puzzle.bits, 18u);
  EXPECT_FALSE(by_head->work->needed);
  EXPECT_FALSE(by_head->payable());
  const Heard both = hear({402, {{"WWW-Authenticate", line}}, body}, "4");
  const auto* by_body = std::get_if<PaymentAsked>(&both);
  ASSERT_TRUE(by_body != nullptr && by_body->work);
  EXPECT_EQ(by_body->work->puzzle.challenge, "c-2");
  EXPECT_EQ(by_body->work->puzzle.bits, 11u);
  EXPECT_EQ(by_body->work->calls, 5u);
  EXPECT_TRUE(by_body->work->needed);
  const Heard none = hear({402, {}, R"({"pow":{"challenge":"c 3","difficulty":1}})"}, "4");
  EXPECT_FALSE(std::get<PaymentAsked>(none).work) << "no challenge has a blank";
}

}  // namespace
}  // namespace tollhouse::dialogue
