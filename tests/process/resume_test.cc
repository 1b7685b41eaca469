// tests/process: streams of the legacy era, which may be left and resumed by GET: a result that
// comes there settles the call that was paid on the other stream, once. And what GET and DELETE are
// in each era.
#include <thread>

#include "process/gate_process.h"
#include "support/precompiled.h"

namespace tollhouse::test {
namespace {

using Json = nlohmann::json;

class Resume : public ::testing::Test {
 protected:
  Upstream upstream;
  Site site{upstream.port()};
  GateProcess gate{site};

  void SetUp() override { ASSERT_TRUE(gate.started()) << gate.output(); }

  HttpRequest call(const std::string& tool, const Credential& credential) const {
    HttpRequest made = gate.request(tool, credential.authorization());
    made.fields.emplace_back("Mcp-Session-Id", "s-1");
    return made;
  }
  HttpRequest resumed(const std::string& method = "GET") const {
    HttpRequest made;
    made.method = method;
    made.fields = {{"Accept", "text/event-stream"},
                   {"Mcp-Session-Id", "s-1"},
                   {"MCP-Protocol-Version", "2025-11-25"},
                   {"Last-Event-ID", "e-1"}};
    return made;
  }
  void expect_books(std::size_t charges) const {
    const auto report = site.check();
    EXPECT_TRUE(report["ok"].get<bool>()) << report;
    EXPECT_EQ(report.value("charges", 999U), charges) << report;
    EXPECT_EQ(report.value("receipts", 999U), charges) << report;
  }
};

/// The event with a result; null where none is in the stream.
Json result_in(const std::string& stream) {
  for (std::size_t at = 0; (at = stream.find("data: ", at)) != std::string::npos; ++at) {
    const std::string data = stream.substr(at + 6, stream.find('\n', at) - at - 6);
    const Json message = Json::parse(data, nullptr, false);
    if (message.is_object() && message.contains("result")) return message["result"];
  }
  return {};
}

TEST_F(Resume, R_CORE_5_AResultThatComesOnAResumedStreamIsChargedThere) {
  std::size_t charges = 0;
  for (const std::string tool : {"success.poll", "attempt.poll"}) {
    SCOPED_TRACE(tool);
    const Credential credential = gate.buy(tool);
    const HttpAnswer begun = send_request(gate.port(), call(tool, credential));
    EXPECT_EQ(begun.status, 200);
    EXPECT_TRUE(begun.whole);
    EXPECT_NE(begun.body.find("id: e-1\n"), std::string::npos) << begun.body;
    EXPECT_EQ(begun.body.find("\"error\""), std::string::npos) << begun.body;
    expect_books(tool == "attempt.poll" ? charges + 1 : charges);
    EXPECT_EQ(code_of(send_request(gate.port(), call(tool, credential))), "call_in_progress");

    const HttpAnswer came = send_request(gate.port(), resumed());
    EXPECT_TRUE(came.whole);
    const Json result = result_in(came.body);
    EXPECT_EQ(result["content"][0]["text"], "polled") << came.body;
    EXPECT_EQ(result["_meta"]["tollhouse/receipt"]["body"]["toolSlug"], tool) << came.body;
    EXPECT_NE(came.body.find("id: e-2\n"), std::string::npos);
    // What comes behind it passes as before.
    EXPECT_NE(came.body.rfind("notifications/progress"), came.body.find("notifications/progress"));
    expect_books(++charges);
    // A server may replay the same event; it is settled once.
    EXPECT_EQ(result_in(send_request(gate.port(), resumed()).body)["content"][0]["text"], "polled");
    expect_books(charges);
    EXPECT_EQ(code_of(gate.call_settled(call(tool, credential))), "replay");
    EXPECT_EQ(upstream.calls(tool), 1U);
  }
}

TEST_F(Resume, R_CORE_5_WhoeverComesFirstOfTwoStreamsSettles) {
  const Credential credential = gate.buy("success.poll_wait");
  HttpConnection caller(gate.port());
  caller.send(call("success.poll_wait", credential).text());
  std::string seen;
  caller.read_head();
  while (seen.find("id: e-1\n") == std::string::npos) {
    const std::string piece = caller.read_piece();
    ASSERT_FALSE(piece.empty()) << seen;
    seen += piece;
  }
  // The call's own stream still runs: taking the result elsewhere is no way around the toll.
  EXPECT_FALSE(result_in(send_request(gate.port(), resumed()).body)["_meta"].is_null());
  expect_books(1);
  upstream.release();
  for (std::string piece; !(piece = caller.read_piece()).empty();) seen += piece;
  EXPECT_TRUE(caller.ended_whole());
  EXPECT_EQ(seen.find("late"), std::string::npos) << seen;
  expect_books(1);
  // Without anybody who resumes, the call's own stream brings and settles it.
  const Credential next = gate.buy("success.poll_wait");
  const HttpAnswer whole = send_request(gate.port(), call("success.poll_wait", next));
  EXPECT_EQ(result_in(whole.body)["content"][0]["text"], "late") << whole.body;
  EXPECT_FALSE(result_in(whole.body)["_meta"]["tollhouse/receipt"].is_null());
  expect_books(2);
}

TEST_F(Resume, WithoutASessionNobodyCanComeBack) {
  const Credential credential = gate.buy("success.poll");
  const HttpAnswer answer = gate.call("success.poll", credential.authorization());
  EXPECT_NE(answer.body.find("upstream_protocol"), std::string::npos) << answer.body;
  EXPECT_EQ(gate.call("success.poll", credential.authorization()).status, 200);
  expect_books(0);
}

TEST_F(Resume, R_CORE_4_GetAndDeleteAreFreeInTheirEraAndNothingInTheOther) {
  for (const std::string method : {"GET", "DELETE"}) {
    SCOPED_TRACE(method);
    HttpRequest request = resumed(method);
    request.fields.pop_back();
    const HttpAnswer passed = send_request(gate.port(), request);
    EXPECT_EQ(passed.status, method == "GET" ? 200 : 202);
    const auto seen = upstream.received().back();
    EXPECT_TRUE(seen.head.starts_with(method + " "));
    EXPECT_EQ(seen.field("Mcp-Session-Id"), "s-1");
    const std::size_t before = upstream.requests();
    // A body would be read by nobody who judges it.
    HttpRequest with_body = request;
    with_body.fields.emplace_back("Content-Type", "application/json");
    with_body.body = call_body("success.json");
    EXPECT_EQ(send_request(gate.port(), with_body).status, 400);
    request.fields[2].second = "2026-07-28";
    const HttpAnswer refused = send_request(gate.port(), request);
    EXPECT_EQ(refused.status, 405);
    EXPECT_EQ(refused.field("Allow"), "POST, OPTIONS");
    EXPECT_EQ(code_of(refused), "method_not_allowed");
    EXPECT_EQ(upstream.requests(), before);
  }
  expect_books(0);
}

}  // namespace
}  // namespace tollhouse::test
