// tests/process: what a payment is still good for when its proof has ended.
#include "process/late_proof.h"

#include "support/precompiled.h"

namespace tollhouse::test {
namespace {

void expect_refused(const HttpAnswer& answer, const std::string& code) {
  EXPECT_EQ(answer.status, 402) << answer.body;
  EXPECT_EQ(code_of(answer), code) << answer.body;
}

}  // namespace

HttpAnswer refused_at_last(const GateProcess& gate, const HttpRequest& request,
                           const std::string& code) {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  HttpAnswer answer = send_request(gate.port(), request);
  while (code_of(answer) != code && std::chrono::steady_clock::now() < until) {
    answer = send_request(gate.port(), request);
  }
  expect_refused(answer, code);
  return answer;
}

HttpAnswer taken_by_its_caller_alone(const GateProcess& gate, const HttpRequest& own,
                                     const std::string& tool, const std::string& code) {
  HttpRequest other = own;
  other.body = call_body(tool, R"({"other":1})");
  HttpRequest stranger = own;
  stranger.source = 9;
  expect_refused(send_request(gate.port(), other), code);
  expect_refused(send_request(gate.port(), stranger), code);
  const HttpAnswer served = gate.call_settled(own);
  EXPECT_EQ(served.status, 200) << served.body;
  expect_refused(gate.call_settled(own), code);
  return served;
}

}  // namespace tollhouse::test
