// tests/process: starting, asking, paying, ending.
#include "process/gate_process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <barrier>
#include <fstream>
#include <sstream>

#include "base/base64.h"
#include "base/hex.h"
#include "base/random.h"
#include "pow/verify.h"
#include "pow/work.h"
#include "support/precompiled.h"

extern char** environ;

namespace tollhouse::test {
namespace {

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> made;
  for (std::string& text : texts) made.push_back(text.data());
  made.push_back(nullptr);
  return made;
}

std::string program(bool crashable) {
  return std::string(TOLLHOUSE_BUILD) + (crashable ? "/tollhouse-crashable" : "/tollhouse");
}

std::uint16_t port_in(const std::string& line) {
  const std::size_t at = line.find("http://127.0.0.1:");
  return at == std::string::npos ? 0 : static_cast<std::uint16_t>(std::stoi(line.substr(at + 17)));
}

constexpr const char* kTools = R"(
tools:
  "success.json": { price: 3 sat }
  "success.sse": { price: 3 sat }
  "success.sse_wait": { price: 3 sat }
  "success.big_sse": { price: 3 sat }
  "success.wait": { price: 3 sat }
  "success.tool_error": { price: 3 sat }
  "success.rpc_error": { price: 3 sat }
  "success.question": { price: 3 sat }
  "success.asks": { price: 3 sat }
  "success.asks_sse": { price: 3 sat }
  "success.task": { price: 3 sat }
  "success.poll": { price: 3 sat }
  "success.poll_wait": { price: 3 sat }
  "attempt.poll": { price: 2 sat, charge_on: attempt }
  "attempt.asks": { price: 2 sat, charge_on: attempt }
  "attempt.task": { price: 2 sat, charge_on: attempt }
  "pass.question": { price: 10 sat, uses: unlimited, valid_for: 1h }
  "success.http_500": { price: 3 sat }
  "success.garbage": { price: 3 sat }
  "success.cut": { price: 3 sat }
  "success.drop": { price: 3 sat }
  "success.large": { price: 3 sat }
  "attempt.json": { price: 1500 msat, charge_on: attempt }
  "attempt.sse": { price: 2 sat, charge_on: attempt }
  "attempt.wait": { price: 2 sat, charge_on: attempt }
  "attempt.tool_error": { price: 2 sat, charge_on: attempt }
  "attempt.rpc_error": { price: 2 sat, charge_on: attempt }
  "attempt.http_500": { price: 2 sat, charge_on: attempt }
  "attempt.garbage": { price: 2 sat, charge_on: attempt }
  "attempt.cut": { price: 2 sat, charge_on: attempt }
  "attempt.drop": { price: 2 sat, charge_on: attempt }
  "pass.json": { price: 10 sat, uses: unlimited, valid_for: 1h }
  "pass.tool_error": { price: 10 sat, uses: unlimited, valid_for: 1h }
  "counted.json": { price: 10 sat, uses: 3 }
  "counted.drop": { price: 10 sat, uses: 3 }
  "counted.wait": { price: 10 sat, uses: 3 }
  "burst.json": { price: 1003 msat, uses: 10 }
  "bound.json": { price: 3 sat, bind: [body, address] }
  "bodied.json": { price: 3 sat, bind: [body] }
  "either.json": { price: 3 sat, work: 8 bits }
  "alone.json": { work: 8 bits }
  "harder.json": { work: 12 bits }
  "both.json": { price: 3 sat, work: { bits: 8, with: price } }
  "placed.json": { price: 3 sat, bind: [address], uses: 2 }
  "lasting.json": { price: 3 sat, valid_for: 168h }
  "free.json": free
  "free.sse": free
  "free.sse_wait": free
  "free.large": free
)";

}  // namespace

Child::Child(std::vector<std::string> arguments, std::vector<std::string> environment) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  pipe_ = ends[0];
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text(*variable);
    if (!text.starts_with("TOLLHOUSE_") && !text.starts_with("LN_")) environment.emplace_back(text);
  }
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
  posix_spawn_file_actions_adddup2(&actions, ends[1], 2);
  auto argv = pointers(arguments);
  auto envp = pointers(environment);
  const int failed = posix_spawn(&id_, argv[0], &actions, nullptr, argv.data(), envp.data());
  posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  if (failed != 0) throw std::runtime_error("cannot start " + arguments[0]);
  reader_ = std::thread([this] {
    char piece[4096];
    ssize_t got;
    while ((got = ::read(pipe_, piece, sizeof piece)) > 0) {
      const std::lock_guard lock(mutex_);
      output_.append(piece, static_cast<std::size_t>(got));
      changed_.notify_all();
    }
    const std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_all();
  });
}

Child::~Child() {
  if (!ended_) signal(SIGKILL);
  wait();
  reader_.join();
  ::close(pipe_);
}

std::optional<std::string> Child::wait_for_line(std::string_view part) {
  std::unique_lock lock(mutex_);
  std::optional<std::string> found;
  changed_.wait_for(lock, kPatience, [&] {
    const std::size_t at = output_.find(part);
    const std::size_t end = at == std::string::npos ? at : output_.find('\n', at);
    if (end == std::string::npos) return closed_;
    const std::size_t begin = output_.rfind('\n', at) + 1;
    found = output_.substr(begin, end - begin);
    return true;
  });
  return found;
}

std::string Child::output() const {
  const std::lock_guard lock(mutex_);
  return output_;
}

void Child::signal(int number) const {
  if (!ended_) ::kill(id_, number);
}

int Child::wait() {
  if (ended_) return *ended_;
  int status = 0;
  ::waitpid(id_, &status, 0);
  ended_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return *ended_;
}

Site::Site(std::uint16_t upstream_port, const std::string& more) {
  write("upstream: http://127.0.0.1:" + std::to_string(upstream_port) + "/mcp\n" + kTools, more);
}

Site::Site(std::uint16_t upstream_port, const Routes& routes, const std::string& more) {
  std::string text = "routes:\n";
  for (const auto& [path, rest] : routes) {
    text += "  - path: " + path +
            "\n    upstream: { url: \"http://127.0.0.1:" + std::to_string(upstream_port) +
            "/mcp\" }\n";
    if (!rest.empty()) text += "    " + rest + "\n";
    std::istringstream tools{std::string(kTools)};
    for (std::string line; std::getline(tools, line);) text += "    " + line + "\n";
  }
  write(text, more);
}

Site::Site(const std::string& whole) {
  std::ofstream(configuration()) << whole;
  std::filesystem::permissions(configuration(), std::filesystem::perms(0600));
}

void Site::write(const std::string& routes, const std::string& more) {
  std::array<std::uint8_t, 32> key;
  SystemRandom().fill(key);
  root_key_ = hex(key);
  std::ofstream file(configuration());
  file << "listen: 127.0.0.1:0\nadmin: 127.0.0.1:0\ndata_dir: " << books().string()
       << "\nlightning: { driver: simulated }\nsecrets: { root: \"" << root_key_
       << "\" }\nlog: { format: json, level: debug }\nworkers: 2\n"
       << routes;
  if (more.find("limits:") == std::string::npos) {
    file << "limits: { challenges_per_minute: 100000, challenges_per_second_in_all: 100000, "
            "unpaid_per_client: 10000, failed_credentials_per_minute: 100000 }\n";
  }
  file << more;
  file.close();
  std::filesystem::permissions(configuration(), std::filesystem::perms(0600));
}

nlohmann::json Site::check() const {
  Child child({program(false), "ledger", "check", "-c", configuration(), "--json"});
  const int code = child.wait();
  child.wait_for_line("\x01");  // until it has said all
  nlohmann::json report = nlohmann::json::parse(child.output(), nullptr, false);
  if (!report.is_object()) report = {{"ok", false}, {"said", child.output()}};
  report["exit"] = code;
  return report;
}

std::string call_body(const std::string& tool, const std::string& arguments,
                      const std::string& meta) {
  std::string body = R"({"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":")" + tool +
                     R"(","arguments":)" + arguments;
  if (!meta.empty()) body += ",\"_meta\":" + meta;
  return body + "}}";
}

GateProcess::GateProcess(const Site& site, const GateOptions& options)
    : child_(std::make_unique<Child>(
          std::vector<std::string>{program(options.crashable), "serve", "-c", site.configuration()},
          options.environment)) {
  const auto gate = child_->wait_for_line("  gate      http://");
  const auto admin = child_->wait_for_line("  admin     http://");
  if (gate) port_ = port_in(*gate);
  if (admin) admin_ = port_in(*admin);
}

int GateProcess::stop() {
  child_->signal(SIGTERM);
  return child_->wait();
}

void GateProcess::kill() {
  child_->signal(SIGKILL);
  child_->wait();
}

HttpRequest GateProcess::request(const std::string& tool, const std::string& authorization) const {
  HttpRequest made;
  made.fields = {{"Content-Type", "application/json"},
                 {"Accept", "application/json, text/event-stream"},
                 {"MCP-Protocol-Version", "2025-11-25"}};
  if (!authorization.empty()) made.fields.emplace_back("Authorization", authorization);
  made.body = call_body(tool);
  return made;
}

HttpAnswer GateProcess::call(const std::string& tool, const std::string& authorization,
                             int source) const {
  HttpRequest made = request(tool, authorization);
  made.source = source;
  return send_request(port_, made);
}

HttpAnswer GateProcess::call_settled(const HttpRequest& request) const {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  HttpAnswer answer;
  do {
    answer = send_request(port_, request);
  } while (code_of(answer) == "call_in_progress" && std::chrono::steady_clock::now() < until);
  return answer;
}

std::map<int, int> GateProcess::sixty_four_at_once(
    const std::function<HttpRequest(int)>& request_of) const {
  constexpr int kCallers = 64;
  std::array<int, kCallers> statuses{};
  std::barrier together(kCallers);
  std::vector<std::thread> callers;
  for (int i = 0; i < kCallers; ++i) {
    callers.emplace_back([&, i] {
      const HttpRequest request = request_of(i);
      HttpConnection connection(port_, request.source);
      together.arrive_and_wait();
      connection.send(request.text());
      statuses[static_cast<std::size_t>(i)] = connection.read_answer().status;
    });
  }
  for (std::thread& caller : callers) caller.join();
  std::map<int, int> counts;
  for (const int status : statuses) ++counts[status];
  return counts;
}

HttpAnswer GateProcess::get(const std::string& target) const {
  HttpRequest made;
  made.method = "GET";
  made.target = target;
  return send_request(port_, made);
}

HttpAnswer GateProcess::post(const std::string& target, const std::string& body) const {
  HttpRequest made;
  made.target = target;
  made.fields = {{"Content-Type", "application/json"}};
  made.body = body;
  return send_request(port_, made);
}

std::optional<Credential> GateProcess::pay(const Offer& offer) const {
  const HttpAnswer paid = post("/sim/pay", nlohmann::json{{"invoice", offer.invoice}}.dump());
  if (paid.status != 200) return std::nullopt;
  return Credential{offer.macaroon, nlohmann::json::parse(paid.body)["preimage"]};
}

Credential GateProcess::buy(const std::string& tool, int source) const {
  const HttpAnswer asked = call(tool, "", source);
  EXPECT_EQ(asked.status, 402) << tool << ": " << asked.head << asked.body;
  if (asked.status != 402) return {};
  const auto credential = pay(offer_of(asked));
  EXPECT_TRUE(credential);
  return credential.value_or(Credential{});
}

std::string GateProcess::metrics() const {
  HttpRequest made;
  made.method = "GET";
  made.target = "/metrics";
  return send_request(admin_, made).body;
}

double GateProcess::sample(const std::string& name) const {
  const std::string page = "\n" + metrics();
  const std::size_t at = page.find("\n" + name + " ");
  return at == std::string::npos ? 0 : std::stod(page.substr(at + name.size() + 2));
}

void GateProcess::fault(const std::string& mode) const {
  EXPECT_EQ(post("/sim/fault", nlohmann::json{{"mode", mode}}.dump()).status, 200);
}

nlohmann::json refusal_of(const HttpAnswer& answer) {
  const auto body = nlohmann::json::parse(answer.body, nullptr, false);
  if (!body.is_object()) return nlohmann::json::object();
  if (!body.contains("jsonrpc")) return body;
  if (body.contains("result")) {
    const auto meta = body["result"].value("_meta", nlohmann::json::object());
    for (const char* name : {"tollhouse/payment-required", "tollhouse/refusal"})
      if (meta.contains(name)) return meta[name];
  }
  if (!body.contains("error") || !body["error"].contains("data")) return nlohmann::json::object();
  return body["error"]["data"];
}

std::string code_of(const HttpAnswer& answer) { return refusal_of(answer).value("code", ""); }

Offer offer_of(const HttpAnswer& answer) {
  const auto object = refusal_of(answer);
  return {object.value("invoice", ""), object.value("macaroon", ""),
          object.value("paymentHash", ""), object.value("priceMsat", std::uint64_t{0})};
}

std::string solve(const std::string& challenge, unsigned bits) {
  for (unsigned nonce = 0;; ++nonce) {
    std::string text = std::to_string(nonce);
    if (pow::leading_zero_bits(pow::work_hash(challenge, text)) >= bits) return text;
  }
}

std::string solved(const nlohmann::json& offer) {
  const std::string challenge = offer["challenge"];
  return "challenge=" + challenge + ",nonce=" + solve(challenge, offer["difficultyBits"]);
}

std::string receipt_of(const HttpAnswer& answer) {
  const auto bytes = bytes_from_base64url(answer.field("X-Payment-Receipt"));
  return bytes ? std::string(text_of(*bytes)) : std::string();
}

}  // namespace tollhouse::test
