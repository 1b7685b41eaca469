// tests/process: `connect` as a desktop client starts it: over real pipes, before a real gate. What
// comes on its standard output, what it has spent, and how it ends.
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include "process/gate_process.h"
#include "support/precompiled.h"

namespace tollhouse::test {
namespace {

using Json = nlohmann::json;

/// A program whose standard input and output are pipes; standard error goes to a file.
class StdioProgram {
 public:
  StdioProgram(std::vector<std::string> arguments, const std::filesystem::path& home)
      : errors_(home / "stderr") {
    arguments.insert(arguments.begin(), std::string(TOLLHOUSE_BUILD) + "/tollhouse");
    std::vector<std::string> environment{"HOME=" + home.string()};
    for (char** variable = environ; *variable != nullptr; ++variable) {
      const std::string_view text(*variable);
      const bool ours = text.starts_with("TOLLHOUSE_") || text.starts_with("LN_");
      if (!ours && !text.starts_with("HOME=") && !text.starts_with("XDG_")) {
        environment.emplace_back(text);
      }
    }
    std::array<int, 2> in{}, out{};
    EXPECT_EQ(::pipe2(in.data(), O_CLOEXEC), 0);
    EXPECT_EQ(::pipe2(out.data(), O_CLOEXEC), 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in[0], 0);
    posix_spawn_file_actions_adddup2(&actions, out[1], 1);
    posix_spawn_file_actions_addopen(&actions, 2, errors_.c_str(), O_WRONLY | O_CREAT | O_TRUNC,
                                     0600);
    std::vector<char*> argv, envp;
    for (std::string& text : arguments) argv.push_back(text.data());
    for (std::string& text : environment) envp.push_back(text.data());
    argv.push_back(nullptr);
    envp.push_back(nullptr);
    EXPECT_EQ(::posix_spawn(&id_, argv[0], &actions, nullptr, argv.data(), envp.data()), 0);
    posix_spawn_file_actions_destroy(&actions);
    ::close(in[0]);
    ::close(out[1]);
    input_ = in[1];
    output_ = out[0];
  }
  ~StdioProgram() {
    if (!ended_) signal(SIGKILL);
    wait();
    close_input();
    close_output();
  }
  StdioProgram(const StdioProgram&) = delete;
  StdioProgram& operator=(const StdioProgram&) = delete;

  void say(const std::string& line) const {
    const std::string text = line + "\n";
    EXPECT_EQ(::write(input_, text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  /// The next line; nothing where none comes any more.
  std::optional<std::string> next() {
    while (buffer_.find('\n') == std::string::npos) {
      pollfd watched{output_, POLLIN, 0};
      const auto patience = std::chrono::duration_cast<std::chrono::milliseconds>(kPatience);
      if (::poll(&watched, 1, static_cast<int>(patience.count())) <= 0) return std::nullopt;
      char piece[4096];
      const ssize_t got = ::read(output_, piece, sizeof piece);
      if (got <= 0) return std::nullopt;
      buffer_.append(piece, static_cast<std::size_t>(got));
    }
    const std::size_t end = buffer_.find('\n');
    std::string line = buffer_.substr(0, end);
    buffer_.erase(0, end + 1);
    return line;
  }
  void close_input() { close_end(input_); }
  void close_output() { close_end(output_); }
  void signal(int number) const { ::kill(id_, number); }
  int wait() {
    if (ended_) return *ended_;
    int status = 0;
    ::waitpid(id_, &status, 0);
    ended_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return *ended_;
  }
  std::string errors() const {
    std::ifstream file(errors_);
    return {std::istreambuf_iterator<char>(file), {}};
  }

 private:
  static void close_end(int& end) {
    if (end >= 0) ::close(end);
    end = -1;
  }

  std::filesystem::path errors_;
  pid_t id_ = -1;
  int input_ = -1;
  int output_ = -1;
  std::string buffer_;
  std::optional<int> ended_;
};

struct Connect : ::testing::Test {
  std::string address() const { return "http://127.0.0.1:" + std::to_string(gate.port()) + "/mcp"; }
  StdioProgram& start(std::vector<std::string> more = {}, std::string url = "") {
    std::vector<std::string> arguments{"connect", url.empty() ? address() : url};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return program.emplace(std::move(arguments), home.path());
  }
  void send(int id, const std::string& method, const std::string& params) {
    program->say(R"({"jsonrpc":"2.0","id":)" + std::to_string(id) + R"(,"method":")" + method +
                 R"(","params":)" + params + "}");
  }
  void send_call(int id, const std::string& tool) {
    send(id, "tools/call", R"({"name":")" + tool + R"(","arguments":{}})");
  }
  Json next() {
    const auto line = program->next();
    EXPECT_TRUE(line) << program->errors();
    return line ? Json::parse(*line) : Json();
  }
  Json call(const std::string& tool) {
    send_call(++last_id, tool);
    const Json answer = next();
    EXPECT_EQ(answer["id"], last_id);
    return answer["result"];
  }
  static std::uint64_t spent_sat(const Json& result) {
    return result["_meta"]["tollhouse/spent"]["spentMsat"].get<std::uint64_t>() / 1000;
  }
  int end() {
    program->close_input();
    return program->wait();
  }
  std::vector<std::filesystem::path> kept(const std::string& what) const {
    std::vector<std::filesystem::path> files;
    std::error_code error;
    const auto folder = home.path() / ".local/state/tollhouse" / what;
    for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
      files.push_back(entry.path());
    }
    return files;
  }

  Upstream upstream;
  Site site{upstream.port()};
  GateProcess gate{site};
  OwnFolder home;
  std::optional<StdioProgram> program;
  int last_id = 0;
};

TEST_F(Connect, ASessionOfADesktopClientIsPaidForAndSaysSo) {
  start();
  send(1, "initialize",
       R"({"protocolVersion":"2025-06-18","capabilities":{},)"
       R"("clientInfo":{"name":"desk","version":"1"}})");
  EXPECT_EQ(next()["result"]["protocolVersion"], "2025-06-18");
  program->say(R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
  send(2, "tools/list", "{}");
  EXPECT_FALSE(next()["result"]["tools"].empty());
  last_id = 2;
  EXPECT_EQ(spent_sat(call("free.json")), 0U);
  const Json paid = call("success.json");
  EXPECT_EQ(paid.value("isError", false), false) << paid;
  EXPECT_EQ(spent_sat(paid), 3U);
  EXPECT_TRUE(paid["_meta"].contains("tollhouse/receipt"));
  EXPECT_EQ(spent_sat(call("pass.json")), 13U);
  EXPECT_EQ(spent_sat(call("pass.json")), 13U) << "a pass";
  EXPECT_EQ(end(), 0);
  EXPECT_NE(program->errors().find("spent 13 sat of 1000 sat in 2 payments"), std::string::npos)
      << program->errors();
  EXPECT_FALSE(program->next()) << "nothing but answers on standard output";
  EXPECT_TRUE(kept("credentials").empty()) << "all used up";
  EXPECT_EQ(gate.stop(), 0);
  EXPECT_TRUE(site.check()["ok"].get<bool>());
}

TEST_F(Connect, R_SDK_4_ATokenOutlivesTheProgramAndServesCallToo) {
  start();
  EXPECT_EQ(spent_sat(call("pass.json")), 10U);
  EXPECT_EQ(end(), 0);
  ASSERT_EQ(kept("tokens").size(), 1U);
  struct stat status{};
  ASSERT_EQ(::stat(kept("tokens")[0].c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
  start();
  EXPECT_EQ(spent_sat(call("pass.json")), 0U);
  EXPECT_EQ(end(), 0);
  StdioProgram typed({"call", address(), "pass.json", "--json"}, home.path());
  const auto answer = typed.next();
  EXPECT_EQ(typed.wait(), 0);
  ASSERT_TRUE(answer) << typed.errors();
  EXPECT_EQ(Json::parse(*answer)["reused"], true);
  EXPECT_EQ(Json::parse(*answer)["paid"], nullptr);
}

TEST_F(Connect, R_POW_9_CallAndConnectWorkWhereThatOpensTheCall) {
  const auto typed = [this](std::vector<std::string> words, int exit) {
    words.insert(words.begin(), {"call", address()});
    words.emplace_back("--json");
    StdioProgram program(words, home.path());
    const auto answer = program.next();
    EXPECT_EQ(program.wait(), exit) << program.errors();
    return answer ? Json::parse(*answer) : Json();
  };
  const Json by_wish = typed({"either.json", "--rail", "pow"}, 0);
  EXPECT_EQ(by_wish["worked"]["bits"], 8);
  EXPECT_EQ(by_wish["paid"], nullptr);
  const Json both = typed({"both.json"}, 0);
  EXPECT_EQ(both["worked"]["bits"], 8);
  EXPECT_EQ(both["paid"]["priceMsat"], 3000);
  const Json too_dear = typed({"either.json", "--max-sats", "2"}, 0);
  EXPECT_EQ(too_dear["worked"]["bits"], 8);
  typed({"alone.json", "--max-bits", "7"}, 5);
  EXPECT_EQ(upstream.calls("alone.json"), 0U);
  start();
  EXPECT_EQ(spent_sat(call("alone.json")), 0U);
  EXPECT_EQ(spent_sat(call("either.json")), 3U) << "a wallet is there";
  EXPECT_EQ(end(), 0);
  EXPECT_EQ(upstream.calls("alone.json"), 1U);
  EXPECT_EQ(upstream.calls("either.json"), 3U);
}

TEST_F(Connect, ByThePaymentSchemeOnlyWhereItIsAskedForOrAlone) {
  const Site other(upstream.port(), "rails: { mpp: { enabled: true } }\n");
  GateProcess taking(other);
  const auto typed = [&](const GateProcess& at, std::vector<std::string> words, int exit) {
    const std::string url = "http://127.0.0.1:" + std::to_string(at.port()) + "/mcp";
    words.insert(words.begin(), {"call", url, "success.json"});
    words.emplace_back("--json");
    StdioProgram program(words, home.path());
    const auto answer = program.next();
    EXPECT_EQ(program.wait(), exit) << program.errors();
    return answer ? Json::parse(*answer) : Json();
  };
  const Json offered = typed(taking, {"--rail", "mpp", "--dry-run"}, 0);
  EXPECT_EQ(offered["offer"]["rail"], "mpp");
  const Json paid = typed(taking, {"--rail", "mpp"}, 0);
  EXPECT_EQ(paid["paid"]["rail"], "mpp");
  EXPECT_EQ(paid["paid"]["priceMsat"], 3000);
  EXPECT_EQ(typed(taking, {}, 0)["paid"]["rail"], "l402") << "who pays by L402 goes on so";
  typed(taking, {"--rail", "mpp", "--max-sats", "2"}, 5);
  EXPECT_EQ(taking.sample("tollhouse_charges_total{tool=\"success.json\",rail=\"mpp\"}"), 1);
  EXPECT_EQ(upstream.calls("success.json"), 2U);
  typed(gate, {"--rail", "mpp"}, 1);
  EXPECT_EQ(upstream.calls("success.json"), 2U);
}

TEST_F(Connect, R_SDK_5_LimitsOfACallAndOfAllCallsHold) {
  start({"--max-sats", "5", "--budget", "7"});
  EXPECT_EQ(spent_sat(call("success.json")), 3U);
  const Json dear = call("pass.json");
  EXPECT_EQ(dear["isError"], true);
  EXPECT_EQ(dear["_meta"]["tollhouse/refusal"]["code"], "over_limit");
  EXPECT_EQ(spent_sat(call("success.json")), 6U);
  const Json reached = call("success.json");
  EXPECT_EQ(reached["isError"], true);
  EXPECT_EQ(reached["_meta"]["tollhouse/refusal"]["code"], "over_budget");
  EXPECT_EQ(spent_sat(reached), 6U);
  EXPECT_EQ(spent_sat(call("free.json")), 6U) << "what is free goes on";
  EXPECT_EQ(end(), 0);
  EXPECT_EQ(upstream.calls("success.json"), 2U);
  EXPECT_EQ(upstream.calls("pass.json"), 0U);
}

TEST_F(Connect, WhatIsAskedTogetherIsAnsweredBeforeTheEnd) {
  start();
  send_call(1, "success.json");
  send_call(2, "success.json");
  program->say(
      "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"tools/call\",\"params\":"
      "{\"name\":\"free.json\",\"arguments\":{}}}\r");
  program->close_input();
  for (int id = 1; id <= 3; ++id) EXPECT_EQ(next()["id"], id);
  EXPECT_EQ(program->wait(), 0);
}

TEST_F(Connect, BadLinesAreSaidAndForgotten) {
  start();
  program->say("this is no JSON");
  EXPECT_EQ(next()["error"]["code"], -32700);
  program->say("[]");
  EXPECT_EQ(next()["error"]["code"], -32600);
  program->say(R"({"jsonrpc":"2.0","id":"x","params":{}})");
  const Json invalid = next();
  EXPECT_EQ(invalid["id"], "x");
  EXPECT_EQ(invalid["error"]["code"], -32600);
  send(4, "no/such/method", "{}");
  EXPECT_TRUE(next().contains("error"));
  send(5, "ping", "{}");
  EXPECT_EQ(next()["result"], Json::object());
  EXPECT_EQ(end(), 0);
}

TEST_F(Connect, ASignalEndsAnIdleOne) {
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    start();
    EXPECT_EQ(spent_sat(call("free.json")), 0U);
    program->signal(number);
    EXPECT_EQ(program->wait(), 0);
    EXPECT_NE(program->errors().find("spent 0 sat of 1000 sat in 0 payments"), std::string::npos);
  }
}

TEST_F(Connect, CtrlCWithAPaidCallUnderWayKeepsTheCredential) {
  start();
  send_call(1, "success.wait");
  ASSERT_TRUE(upstream.wait_for_calls("success.wait", 1)) << program->errors();
  program->signal(SIGINT);
  EXPECT_EQ(program->wait(), 0) << "within its two seconds";
  const auto files = kept("credentials");
  ASSERT_EQ(files.size(), 1U) << program->errors();
  std::ifstream file(files[0]);
  std::string credential;
  std::getline(file, credential);
  EXPECT_TRUE(credential.starts_with("L402 "));
  EXPECT_EQ(program->errors().find(credential.substr(5)), std::string::npos);
  EXPECT_NE(program->errors().find("spent 3 sat of 1000 sat in 1 payment"), std::string::npos);
}

TEST_F(Connect, ACancelledCallIsNotAnswered) {
  start();
  send_call(1, "free.json");
  EXPECT_EQ(next()["id"], 1);
  send_call(2, "success.wait");
  ASSERT_TRUE(upstream.wait_for_calls("success.wait", 1));
  send_call(3, "free.json");
  send_call(4, "free.json");
  program->say(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":3}})");
  program->say(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":2}})");
  send(5, "ping", "{}");
  EXPECT_EQ(next()["id"], 5) << "the lines before it were read";
  upstream.release();
  EXPECT_EQ(next()["id"], 4);
  EXPECT_EQ(end(), 0);
}

TEST_F(Connect, AClientThatReadsNoMoreEndsIt) {
  start();
  EXPECT_EQ(spent_sat(call("free.json")), 0U);
  program->close_output();
  send_call(2, "free.json");
  EXPECT_EQ(program->wait(), 0);
}

TEST_F(Connect, AGateThatGoesAwayIsSaidOnEachRequest) {
  start();
  EXPECT_EQ(spent_sat(call("success.json")), 3U);
  gate.kill();
  const Json gone = call("success.json");
  EXPECT_EQ(gone["isError"], true);
  EXPECT_EQ(gone["_meta"]["tollhouse/refusal"]["code"], "refused");
  EXPECT_EQ(spent_sat(gone), 3U);
  send(7, "tools/list", "{}");
  EXPECT_EQ(next()["error"]["data"]["code"], "refused");
  EXPECT_EQ(end(), 0);
}

TEST_F(Connect, AWalletThatIsNotThereSpendsNothing) {
  start({"--wallet", "sim:http://127.0.0.1:1"});
  for (int i = 0; i < 2; ++i) {
    const Json refused = call("success.json");
    EXPECT_EQ(refused["isError"], true);
    EXPECT_EQ(spent_sat(refused), 0U);
  }
  EXPECT_EQ(spent_sat(call("free.json")), 0U);
  EXPECT_EQ(end(), 0);
  EXPECT_EQ(upstream.calls("success.json"), 0U);
}

TEST(ConnectUsage, WhatIsWrongIsToldBeforeAnythingIsRead) {
  struct Case {
    std::vector<std::string> arguments;
    std::string_view said;
  };
  const Case cases[] = {
      {{"connect"}, "URL is required"},
      {{"connect", "nonsense"}, "not an http or https address"},
      {{"connect", "http://gate.example/mcp"}, "plain http"},
      {{"connect", "http://127.0.0.1:1/mcp", "--budget", "-1"}, "--budget"},
      {{"connect", "http://127.0.0.1:1/mcp", "--budget", "99999999999999999"}, "--budget"},
      {{"connect", "http://127.0.0.1:1/mcp", "--max-sats", "x"}, "--max-sats"},
      {{"connect", "http://127.0.0.1:1/mcp", "--wallet", "nonsense"}, "not part of this build"},
      {{"connect", "http://127.0.0.1:1/mcp", "--wallet", "lnbits:https://x"}, "needs a key"},
  };
  for (const Case& c : cases) {
    const OwnFolder home;
    StdioProgram program(c.arguments, home.path());
    EXPECT_EQ(program.wait(), 2) << program.errors();
    EXPECT_NE(program.errors().find(c.said), std::string::npos) << c.said << program.errors();
    EXPECT_FALSE(program.next());
  }
}

}  // namespace
}  // namespace tollhouse::test
