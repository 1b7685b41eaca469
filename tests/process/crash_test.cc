// tests/process: killed at each named point and at random; what the books say afterwards, and what
// the caller can still do (reliability-security.md 3.2).
#include <csignal>
#include <cstdlib>
#include <random>
#include <set>
#include <sstream>

#include "process/gate_process.h"
#include "support/precompiled.h"

namespace tollhouse::test {
namespace {

struct CrashRow {
  const char* point;
  const char* tool;
  bool charged_at_restart;    ///< before the caller comes back
  std::size_t calls_at_most;  ///< of the upstream, in all
  int status;                 ///< of the caller's next try
};

class Crash : public ::testing::TestWithParam<CrashRow> {};

TEST_P(Crash, R_OPS_10_R_TEST_6_TheCallerLosesNothing) {
  const CrashRow row = GetParam();
  Upstream upstream;
  const Site site(upstream.port());
  Credential credential;
  HttpRequest request;
  {
    GateProcess seller(site);
    ASSERT_TRUE(seller.started()) << seller.output();
    credential = seller.buy(row.tool);
    request = seller.request(row.tool, credential.authorization());
    seller.kill();
  }
  bool answered = false;
  const bool in_store = std::string_view(row.point).starts_with("K5");
  do {  // the store may be killed by its own clock's write before our call: then once more
    GateProcess gate(site, {true, {std::string("TOLLHOUSE_CRASH_AT=") + row.point}});
    ASSERT_TRUE(gate.started()) << gate.output();
    const HttpAnswer answer = send_request(gate.port(), request);
    answered = answer.status == 200 && answer.whole;
    ASSERT_EQ(gate.child().wait(), 128 + SIGKILL) << gate.output();
  } while (in_store && upstream.calls(row.tool) == 0);
  const auto found = site.check();
  EXPECT_TRUE(found["ok"].get<bool>()) << found;
  EXPECT_EQ(found.value("charges", 9U), row.charged_at_restart ? 1U : 0U) << found;
  GateProcess next(site);
  ASSERT_TRUE(next.started()) << next.output();
  const HttpAnswer again = send_request(next.port(), request);
  EXPECT_EQ(again.status, row.status) << again.body;
  EXPECT_TRUE(answered || again.status == 200) << "a paid call was lost";
  EXPECT_LE(upstream.calls(row.tool), row.calls_at_most);
  // And only once: after an answer that arrived the credential is spent.
  const HttpAnswer spent = next.call_settled(request);
  EXPECT_EQ(spent.status, 409) << spent.body;
  EXPECT_EQ(code_of(spent), "replay");
  const auto report = site.check();
  EXPECT_TRUE(report["ok"].get<bool>()) << report;
  EXPECT_EQ(report["charges"], 1);
}

INSTANTIATE_TEST_SUITE_P(K0ToK9, Crash,
                         ::testing::Values(CrashRow{"K0", "success.json", false, 1, 200},
                                           CrashRow{"K1", "success.json", false, 1, 200},
                                           CrashRow{"K2", "success.json", false, 1, 200},
                                           CrashRow{"K3", "success.json", false, 2, 200},
                                           CrashRow{"K4", "success.json", false, 2, 200},
                                           CrashRow{"K5a", "success.json", false, 2, 200},
                                           CrashRow{"K5b", "success.json", true, 1, 200},
                                           CrashRow{"K6", "success.json", true, 1, 200},
                                           CrashRow{"K7", "success.json", true, 1, 200},
                                           CrashRow{"K8", "success.json", true, 1, 200},
                                           CrashRow{"K9", "success.json", true, 1, 409},
                                           CrashRow{"K4", "success.sse", false, 2, 200},
                                           CrashRow{"K6", "success.sse", true, 1, 200},
                                           CrashRow{"K1", "attempt.json", false, 1, 200},
                                           CrashRow{"K2", "attempt.json", true, 1, 200},
                                           CrashRow{"K3", "attempt.json", true, 2, 200},
                                           CrashRow{"K6", "attempt.json", true, 1, 200}),
                         [](const auto& info) {
                           std::string name = std::string(info.param.point) + "_" + info.param.tool;
                           std::replace(name.begin(), name.end(), '.', '_');
                           return name;
                         });

TEST(Kill, R_L402_7_SpentBeforeTheKillIsSpentAfterTheRestart) {
  Upstream upstream;
  const Site site(upstream.port());
  HttpRequest request;
  {
    GateProcess gate(site);
    request = gate.request("success.json", gate.buy("success.json").authorization());
    HttpConnection caller(gate.port());
    caller.send(request.text());
    ASSERT_EQ(caller.read_answer().status, 200);
    gate.kill();
  }
  GateProcess next(site);
  // For any other request and any other caller, at once.
  HttpRequest other = request;
  other.body = call_body("success.json", R"({"other":1})");
  EXPECT_EQ(send_request(next.port(), other).status, 409);
  HttpRequest stranger = request;
  stranger.source = 9;
  EXPECT_EQ(send_request(next.port(), stranger).status, 409);
  // That its answer arrived may have been lost with the process: then the same once more, no call.
  const HttpAnswer again = send_request(next.port(), request);
  EXPECT_TRUE(again.status == 200 || again.status == 409) << again.body;
  EXPECT_EQ(send_request(next.port(), request).status, 409);
  EXPECT_EQ(upstream.calls("success.json"), 1U);
  EXPECT_EQ(site.check()["charges"], 1);
}

/// One caller who never gives up: buys, calls, and after each reset comes back with what it paid.
class Patient {
 public:
  struct Shared {
    std::mutex mutex;
    std::condition_variable changed;
    GateProcess* gate = nullptr;
    std::uint64_t answers = 0;
    bool ending = false;
  };
  Patient(Shared& shared, int source) : shared_(shared), source_(source) {}

  void run() {
    std::optional<Credential> paid;
    while (true) {
      std::uint16_t port = 0;
      {
        std::unique_lock lock(shared_.mutex);
        shared_.changed.wait(lock, [&] { return shared_.gate != nullptr || shared_.ending; });
        if (shared_.ending && !paid) return;
        if (shared_.gate == nullptr) return;
        port = shared_.gate->port();
      }
      if (!paid) paid = buy(port);
      if (!paid || !call(port, *paid))
        wait_for_another(port);
      else
        paid.reset();
    }
  }

  std::set<std::string> answered;  ///< payment hashes of 200s
  std::vector<std::string> lost;   ///< paid, refused for good, never answered
  std::size_t redelivered = 0;

 private:
  HttpRequest request(const std::string& authorization) const {
    HttpRequest made;
    made.source = source_;
    made.fields = {{"Content-Type", "application/json"}};
    if (!authorization.empty()) made.fields.emplace_back("Authorization", authorization);
    made.body = call_body("success.json");
    return made;
  }
  std::optional<Credential> buy(std::uint16_t port) {
    const HttpAnswer asked = send_request(port, request(""));
    if (asked.status != 402) return std::nullopt;
    const Offer offer = offer_of(asked);
    HttpRequest pay;
    pay.target = "/sim/pay";
    pay.fields = {{"Content-Type", "application/json"}};
    pay.body = nlohmann::json{{"invoice", offer.invoice}}.dump();
    const HttpAnswer receipt = send_request(port, pay);
    if (receipt.status != 200 || !receipt.whole) return std::nullopt;
    hash_ = offer.payment_hash;
    return Credential{offer.macaroon, nlohmann::json::parse(receipt.body)["preimage"]};
  }
  /// True when this credential is done with.
  bool call(std::uint16_t port, const Credential& paid) {
    HttpConnection connection(port, source_);
    const bool sent =
        connection.connected() && connection.send(request(paid.authorization()).text());
    const HttpAnswer answer = connection.read_answer();
    if (sent && answer.status == 0) ++unanswered_;
    if (answer.status == 200 && answer.whole) {
      if (receipt_of(answer).empty()) ++redelivered;
      answered.insert(hash_);
      unanswered_ = 0;
      const std::lock_guard lock(shared_.mutex);
      ++shared_.answers;
      shared_.changed.notify_all();
      return true;
    }
    if (code_of(answer) == "replay") {
      // Killed twice in one call: the answer is given once more, and once only.
      if (unanswered_ < 2) lost.push_back(hash_);
      unanswered_ = 0;
      return true;
    }
    return false;
  }
  void wait_for_another(std::uint16_t port) {
    std::unique_lock lock(shared_.mutex);
    // The gate that failed us may be dying unnoticed; another one comes, or this one answers again.
    shared_.changed.wait_for(lock, std::chrono::milliseconds(50), [&] {
      return shared_.ending || (shared_.gate != nullptr && shared_.gate->port() != port);
    });
  }

  Shared& shared_;
  int source_;
  std::string hash_;
  int unanswered_ = 0;  ///< tries of this credential that may have reached the gate
};

TEST(Kill, R_OPS_10_KilledAtRandomNoAnswerIsLostAndNothingIsSoldTwice) {
  const char* wanted = std::getenv("TOLLHOUSE_KILLS");
  const int kills = wanted == nullptr ? 200 : std::atoi(wanted);
  Upstream upstream;
  const Site site(upstream.port());
  Patient::Shared shared;
  std::mt19937_64 draw(20260217);
  std::vector<std::unique_ptr<Patient>> callers;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    callers.push_back(std::make_unique<Patient>(shared, 10 + i));
    threads.emplace_back([&caller = *callers.back()] { caller.run(); });
  }
  for (int kill = 0; kill <= kills; ++kill) {
    GateProcess gate(site);
    ASSERT_TRUE(gate.started()) << gate.output();
    std::unique_lock lock(shared.mutex);
    shared.gate = &gate;
    shared.changed.notify_all();
    // Killed behind a random number of answers; four callers keep it at every point of a call.
    const std::uint64_t until = shared.answers + 1 + draw() % 12;
    ASSERT_TRUE(shared.changed.wait_for(lock, kPatience, [&] { return shared.answers >= until; }));
    const bool last = kill == kills;
    shared.ending = last;
    shared.changed.notify_all();
    if (last) {
      lock.unlock();
      for (std::thread& thread : threads) thread.join();
    }
    if (!last) gate.child().signal(SIGKILL);
    if (lock.owns_lock()) {
      shared.gate = nullptr;
      lock.unlock();
      gate.child().wait();
    }
    if (kill % 10 == 0) {
      const auto report = site.check();
      ASSERT_TRUE(report["ok"].get<bool>()) << report;
    }
  }
  std::set<std::string> answered;
  std::size_t lost = 0;
  for (const auto& caller : callers) {
    answered.insert(caller->answered.begin(), caller->answered.end());
    lost += caller->lost.size();
  }
  EXPECT_EQ(lost, 0U) << "paid, refused, never answered";
  Child books({std::string(TOLLHOUSE_BUILD) + "/tollhouse", "ledger", "export", "-c",
               site.configuration()});
  EXPECT_EQ(books.wait(), 0);
  books.wait_for_line("\x01");
  std::map<std::string, int> charged;
  std::istringstream lines(books.output());
  for (std::string line; std::getline(lines, line);) {
    const auto charge = nlohmann::json::parse(line, nullptr, false);
    ASSERT_TRUE(charge.is_object()) << line;
    ++charged[charge.value("paymentHash", charge.value("payment_hash", ""))];
  }
  for (const std::string& hash : answered) EXPECT_EQ(charged[hash], 1) << hash;
  for (const auto& [hash, count] : charged) EXPECT_EQ(count, 1) << hash;
  EXPECT_GE(answered.size(), static_cast<std::size_t>(kills));
  const auto report = site.check();
  EXPECT_TRUE(report["ok"].get<bool>()) << report;
  EXPECT_EQ(report["charges"], charged.size());
}

}  // namespace
}  // namespace tollhouse::test
