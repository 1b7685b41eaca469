// tests/process: who is over a limit and goes on: by the real program over real sockets. Promise: a
// flood on one connection becomes a trickle, and behind a proxy nobody waits for another.
#include "process/gate_process.h"
#include "support/precompiled.h"

namespace tollhouse::test {
namespace {

/// Nothing is read so long from a connection whose last request was over a limit.
constexpr std::chrono::milliseconds kHeldBack{50};

class HeldBack : public ::testing::Test {
 protected:
  Upstream upstream;

  /// The configuration's own limit is met by the third.
  static std::string limits() { return "limits: { failed_credentials_per_minute: 2 }\n"; }

  static std::string request_for(const GateProcess& gate, const std::string& authorization,
                                 const std::string& client) {
    HttpRequest request = gate.request("success.json", authorization);
    if (!client.empty()) request.fields.emplace_back("X-Forwarded-For", client);
    return request.text();
  }
  static std::string junk(const GateProcess& gate, int count, const std::string& client = "") {
    std::string pipelined;
    for (int i = 0; i < count; ++i) pipelined += request_for(gate, "L402 junk", client);
    return pipelined;
  }
  static std::map<int, int> read_answers(HttpConnection& connection, int count) {
    std::map<int, int> statuses;
    for (int i = 0; i < count; ++i) ++statuses[connection.read_answer().status];
    return statuses;
  }
};

TEST_F(HeldBack, AClientOverALimitIsReadLater) {
  const Site site(upstream.port(), limits());
  const GateProcess gate(site);
  HttpConnection connection(gate.port());
  const auto begin = std::chrono::steady_clock::now();
  connection.send(junk(gate, 12));
  auto statuses = read_answers(connection, 12);
  const auto took = std::chrono::steady_clock::now() - begin;
  EXPECT_EQ(statuses[401], 2);
  EXPECT_EQ(statuses[429], 10);
  EXPECT_GE(took, 9 * kHeldBack) << "between ten answers";
  // A connection of its own is another client's, and nobody holds it.
  EXPECT_EQ(gate.call("success.json", "", 2).status, 402);
}

TEST_F(HeldBack, R_POW_15_R_MET_11_SoIsWhoVerifiesJunk) {
  const Site site(upstream.port(), limits());
  const GateProcess gate(site);
  ASSERT_TRUE(gate.started()) << gate.output();
  HttpRequest junk;
  junk.target = "/mcp/pow/verify";
  junk.body = R"({"nonce":")" + std::string(64, 'A') + R"(","solution":"1"})";
  std::string pipelined;
  for (int i = 0; i < 12; ++i) pipelined += junk.text();
  HttpConnection connection(gate.port());
  const auto begin = std::chrono::steady_clock::now();
  connection.send(pipelined);
  auto statuses = read_answers(connection, 11);
  const HttpAnswer last = connection.read_answer();
  const auto took = std::chrono::steady_clock::now() - begin;
  EXPECT_EQ(statuses[400], 2);
  EXPECT_EQ(statuses[429], 9);
  EXPECT_EQ(last.status, 429);
  EXPECT_EQ(code_of(last), "rate_limited");
  EXPECT_GE(std::stoi(last.field("Retry-After")), 1);
  EXPECT_GE(took, 9 * kHeldBack) << "between ten answers";
}

TEST_F(HeldBack, ClientsBehindATrustedProxyAreNotHeldBack) {
  constexpr int kMany = 240;
  const Site site(upstream.port(), limits() + "trusted_proxies: [127.0.0.1]\n");
  const GateProcess gate(site);
  ASSERT_TRUE(gate.started()) << gate.output();
  HttpConnection proxy(gate.port());
  const auto begin = std::chrono::steady_clock::now();
  proxy.send(junk(gate, kMany, "203.0.113.7") + request_for(gate, "", "203.0.113.8"));
  auto statuses = read_answers(proxy, kMany);
  const HttpAnswer other = proxy.read_answer();
  const auto took = std::chrono::steady_clock::now() - begin;
  EXPECT_EQ(statuses[401], 2);
  EXPECT_EQ(statuses[429], kMany - 2);
  EXPECT_EQ(other.status, 402) << "another client of the same proxy";
  EXPECT_LT(took, (kMany - 2) * kHeldBack) << "what they would have taken one after the other";
}

}  // namespace
}  // namespace tollhouse::test
