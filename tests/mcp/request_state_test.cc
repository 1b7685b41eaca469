// tests/mcp/request_state_test.cc mirrors src/mcp/request_state.cc.
// Goal: what is sealed comes back whole to whom and what it was sealed for, and to nothing else.
#include "mcp/request_state.h"

#include "mcp/ingress.h"
#include "mcp/result.h"
#include "mcp/splice.h"
#include "support/precompiled.h"

namespace tollhouse::mcp {
namespace {

Message message_of(std::string_view body) {
  RoutingHeaders headers;
  headers.see("Content-Type", "application/json");
  json::Document workspace;
  const auto got = read_message(headers, body, {}, workspace);
  EXPECT_TRUE(got) << body;
  return got.value_or(Message{});
}

std::string call_with(const std::string& more, const std::string& arguments = R"({"a":1})",
                      const std::string& name = "x") {
  return R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":")" + name +
         R"(","arguments":)" + arguments + more + "}}";
}

RequestState some_state() {
  RequestState state;
  state.reservation.fill(7);
  state.first_request.bytes.fill(3);
  state.issued = time_from_unix(1'800'000'000);
  state.round = 9;
  state.upstream = R"("a \"state\" of theirs\u0000")";
  return state;
}

struct Sealing {
  SystemRandom random;
  crypto::SealKey key;
  Digest principal;
  json::Document workspace;

  Sealing() { random.fill(key.bytes); }
  std::string seal(const std::string& body) {
    return seal_request_state(some_state(), key, random, principal, "/mcp", message_of(body));
  }
  std::optional<RequestState> open(const std::string& body, const std::string& route = "/mcp") {
    return open_request_state(message_of(body), key, principal, route, workspace);
  }
};

std::string with_state(const std::string& state) { return R"(,"requestState":")" + state + "\""; }

TEST(RequestState, ComesBackWholeInTheSameCall) {
  Sealing sealing;
  const std::string sealed = sealing.seal(call_with(""));
  const auto opened =
      sealing.open(call_with(with_state(sealed) + R"(,"inputResponses":{"k":{}},"_meta":{"x":2})"));
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->reservation, some_state().reservation);
  EXPECT_EQ(opened->first_request, some_state().first_request);
  EXPECT_EQ(opened->issued, some_state().issued);
  EXPECT_EQ(opened->round, 9);
  EXPECT_EQ(opened->upstream, some_state().upstream);
}

TEST(RequestState, OpensForNoOtherCallRoutePrincipalOrKey) {
  Sealing sealing;
  const std::string sealed = with_state(sealing.seal(call_with("")));
  EXPECT_TRUE(sealing.open(call_with(sealed)));
  EXPECT_FALSE(sealing.open(call_with(sealed, R"({"a":2})")));
  EXPECT_FALSE(sealing.open(call_with(sealed, R"({"a":1})", "y")));
  EXPECT_FALSE(sealing.open(call_with(sealed), "/other"));
  Sealing stranger;
  EXPECT_FALSE(stranger.open(call_with(sealed)));
  sealing.principal.bytes[0] = 1;
  EXPECT_FALSE(sealing.open(call_with(sealed)));
}

TEST(RequestState, WhatIsNotOursIsNone) {
  Sealing sealing;
  for (const char* state : {R"("")", R"("AAAA")", "5", "{}", "null", R"("a b")", R"("%%")"}) {
    EXPECT_FALSE(sealing.open(call_with(R"(,"requestState":)" + std::string(state)))) << state;
  }
  // Sealed with the right key, and still no state.
  const std::string short_one = sealing.seal(call_with("")).substr(0, 40);
  EXPECT_FALSE(sealing.open(call_with(with_state(short_one))));
}

TEST(RequestState, GoesIntoAndOutOfBodiesAndChangesNothingElse) {
  const std::string meta = R"(,"_meta":{"tollhouse/l402":"m:r","k":1.0})";
  const struct {
    std::string body;
    std::string want;        ///< with the upstream's state "S"
    std::string want_empty;  ///< where the upstream sent none
  } cases[] = {
      {call_with(with_state("ours")), call_with(with_state("S")), call_with("")},
      {call_with(with_state("ours") + meta), call_with(with_state("S") + R"(,"_meta":{"k":1.0})"),
       call_with(R"(,"_meta":{"k":1.0})")},
      {call_with(meta + with_state("ours")), call_with(R"(,"_meta":{"k":1.0})" + with_state("S")),
       call_with(R"(,"_meta":{"k":1.0})")},
  };
  for (const auto& row : cases) {
    const Message message = message_of(row.body);
    EXPECT_EQ(body_with_request_state(message, "\"S\""), row.want);
    EXPECT_EQ(body_with_request_state(message, ""), row.want_empty);
  }
  json::Document workspace;
  const auto answered = [&](const std::string& result) {
    return with_request_state(R"({"id":1,"result":)" + result + "}", "N", workspace).value_or("-");
  };
  EXPECT_EQ(answered(R"({"a":1.0, "requestState":"o","b":[]})"),
            R"({"id":1,"result":{"a":1.0, "requestState":"N","b":[]}})");
  EXPECT_EQ(answered(R"({"a":1.0})"), R"({"id":1,"result":{"requestState":"N","a":1.0}})");
  EXPECT_EQ(answered("{}"), R"({"id":1,"result":{"requestState":"N"}})");
  EXPECT_EQ(answered("7"), "-");
}

TEST(Result, R_CORE_4_TasksSayHowLongTheyLiveAndWhatTheyMade) {
  json::Document workspace;
  const auto read = [&](const std::string& result) {
    return classify(R"({"jsonrpc":"2.0","id":7,"result":)" + result + "}", "7", workspace);
  };
  const Outcome modern = read(
      R"({"resultType":"complete","taskId":"t","status":"completed","ttlMs":5000,"result":{"isError":true}})");
  EXPECT_EQ(modern.task_life, std::chrono::seconds(5));
  EXPECT_TRUE(modern.task_is_error);
  EXPECT_TRUE(is_terminal(modern.task_state));
  const Outcome legacy = read(R"({"task":{"taskId":"t","status":"working","ttl":1}})");
  EXPECT_EQ(legacy.kind, OutcomeKind::task);
  EXPECT_EQ(legacy.task_life, std::chrono::milliseconds(1));
  EXPECT_FALSE(read(R"({"taskId":"t","ttl":null})").task_life);
  EXPECT_FALSE(read(R"({"taskId":"t","ttl":99999999999999999})").task_life);
}

}  // namespace
}  // namespace tollhouse::mcp
