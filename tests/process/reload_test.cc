// tests/process: what an operator does to a gate that runs: reload, drain, sockets of a service
// manager, proxies in front, the admin listener.
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "process/gate_process.h"
#include "support/precompiled.h"

namespace tollhouse::test {
namespace {

std::string text_of(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

struct Reload : ::testing::Test {
  Upstream upstream;
  Site site{upstream.port()};
  GateProcess gate{site};
  const std::string before = text_of(site.configuration());

  void SetUp() override { ASSERT_TRUE(gate.started()) << gate.output(); }

  void write(const std::string& text) const { std::ofstream(site.configuration()) << text; }
  /// The configuration as it was, with one text replaced.
  std::string with(const std::string& old, const std::string& replacement) const {
    std::string text = before;
    const std::size_t at = text.find(old);
    EXPECT_NE(at, std::string::npos) << old;
    return text.replace(at, old.size(), replacement);
  }
  HttpAnswer ask_reload(const std::string& token = "") const {
    HttpRequest made;
    made.target = "/api/admin/reload";
    if (!token.empty()) made.fields.emplace_back("Authorization", "Bearer " + token);
    return send_request(gate.admin(), made);
  }
  HttpAnswer write_and_reload(const std::string& text) const {
    write(text);
    return ask_reload();
  }
  void write_key(const std::string& name, const std::string& key) const {
    std::ofstream(site.folder() / name) << key << "\n";
    std::filesystem::permissions(site.folder() / name, std::filesystem::perms(0600));
  }
  int run(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), std::string(TOLLHOUSE_BUILD) + "/tollhouse");
    arguments.insert(arguments.end(), {"-c", site.configuration()});
    return Child(arguments).wait();
  }
  std::uint64_t price_of(const std::string& tool) const {
    return offer_of(gate.call(tool)).price_msat;
  }
};

TEST_F(Reload, R_CFG_6_NewCallsGetTheNewRulesAndNoConnectionIsDropped) {
  HttpConnection kept(gate.port());
  kept.send(gate.request("success.json").text());
  EXPECT_EQ(offer_of(kept.read_answer()).price_msat, 3000U);

  const std::string dearer =
      with("\"success.json\": { price: 3 sat }",
           "\"success.json\": { price: 7 sat }\n  \"new.json\": { price: 5 sat }");
  const HttpAnswer done = write_and_reload(dearer);
  ASSERT_EQ(done.status, 200) << done.body;
  const auto report = nlohmann::json::parse(done.body);
  EXPECT_EQ(report["status"], "reloaded");
  EXPECT_EQ(report["changed"],
            (nlohmann::json{"tools[\"success.json\"].price", "tools[\"new.json\"].price"}));
  kept.send(gate.request("success.json").text());
  EXPECT_EQ(offer_of(kept.read_answer()).price_msat, 7000U) << "on the connection of before";
  EXPECT_EQ(price_of("new.json"), 5000U);
  EXPECT_EQ(gate.sample("tollhouse_config_reload_total{result=\"done\"}"), 1);
  EXPECT_EQ(gate.sample("tollhouse_config_last_reload_successful"), 1);
}

TEST_F(Reload, R_CFG_6_ACallThatRunsKeepsTheRulesItBeganWith) {
  const Credential credential = gate.buy("success.wait");
  HttpConnection caller(gate.port());
  caller.send(gate.request("success.wait", credential.authorization()).text());
  ASSERT_TRUE(upstream.wait_for_calls("success.wait", 1));
  // Its row goes, its upstream goes, its buffer becomes too small: nothing of that is for it.
  std::string other = with("upstream: http://127.0.0.1:" + std::to_string(upstream.port()),
                           "upstream: http://127.0.0.1:1");
  const std::string row = "  \"success.wait\": { price: 3 sat }\n";
  other.replace(other.find(row), row.size(), "");
  ASSERT_EQ(write_and_reload(other).status, 200);
  ASSERT_EQ(write_and_reload(other + "fees: { basis_points: 900 }\n").status, 200);
  upstream.release();
  const HttpAnswer answer = caller.read_answer();
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_FALSE(receipt_of(answer).empty());
  const HttpAnswer next = gate.call("free.json");
  EXPECT_EQ(next.status, 502) << "new calls go to the new upstream";
  EXPECT_EQ(gate.stop(), 0);
  const auto books = site.check();
  EXPECT_TRUE(books["ok"].get<bool>()) << books;
  EXPECT_EQ(books.value("charges", 0U), 1U);
}

TEST_F(Reload, R_CFG_6_EachKindOfFaultKeepsTheOldConfiguration) {
  write_key("open.key", std::string(64, 'd'));
  std::filesystem::permissions(site.folder() / "open.key", std::filesystem::perms(0644));
  const struct {
    const char* what;
    std::string text;
    int status;
    const char* code;
    const char* says;
  } rows[] = {
      {"unknown key", before + "listne: 1\n", 422, "config_rejected", "unknown key"},
      {"bad unit", with("price: 3 sat", "price: 3 sats"), 422, "config_rejected", "not an amount"},
      {"no YAML", before + "\t- [", 422, "config_rejected", "gate.yaml"},
      {"empty", "", 422, "config_rejected", "Missing"},
      {"missing secret", with("secrets: { root: \"" + site.root_key() + "\" }\n", ""), 422,
       "config_rejected", "LN_GATE_HMAC"},
      {"missing variable", with(site.root_key(), "${NOT_SET_ANYWHERE}"), 422, "config_rejected",
       "NOT_SET_ANYWHERE"},
      {"missing file", with(site.root_key(), "${file:/nonexistent/key}"), 422, "config_rejected",
       "/nonexistent/key"},
      {"key that others read", with(site.root_key(), "${file:open.key}"), 422, "config_rejected",
       "open.key"},
      {"short secret", with(site.root_key(), "0011"), 422, "config_rejected", "32 bytes"},
      {"two prices", with("{ price: 3 sat }", "{ price_sats: 3, price_msat: 9 }"), 422,
       "config_rejected", "price"},
      {"upstream unknown",
       with("upstream: http://127.0.0.1:" + std::to_string(upstream.port()),
            "upstream: http://nobody.invalid:1"),
       422, "upstream_unknown", "nobody.invalid"},
      {"listen", with("listen: 127.0.0.1:0", "listen: [127.0.0.1:0, 127.0.0.1:1]"), 409,
       "restart_required", "listen"},
      {"admin", with("admin: 127.0.0.1:0", "admin: off"), 409, "restart_required", "admin"},
      {"data_dir", with("data_dir: ", "data_dir: /nonexistent"), 409, "restart_required",
       "data_dir"},
      {"workers", with("workers: 2", "workers: 3"), 409, "restart_required", "workers"},
      {"wallet",
       with("{ driver: simulated }",
            "{ driver: simulated, seed: \"" + std::string(64, 'b') + "\" }"),
       409, "restart_required", "lightning.seed"},
      {"log.format", with("format: json", "format: text"), 409, "restart_required", "log.format"},
  };
  int rejected = 0;
  for (const auto& row : rows) {
    SCOPED_TRACE(row.what);
    const HttpAnswer answer = write_and_reload(row.text);
    EXPECT_EQ(answer.status, row.status) << answer.body;
    EXPECT_EQ(code_of(answer), row.code);
    EXPECT_NE(answer.body.find(row.says), std::string::npos) << answer.body;
    EXPECT_EQ(answer.body.find(site.root_key()), std::string::npos);
    EXPECT_EQ(price_of("success.json"), 3000U);
    EXPECT_EQ(gate.sample("tollhouse_config_reload_total{result=\"rejected\"}"), ++rejected);
    EXPECT_EQ(gate.sample("tollhouse_config_last_reload_successful"), 0);
  }
  std::filesystem::remove(site.configuration());
  EXPECT_EQ(ask_reload().status, 422) << "a file that is gone is a fault";
  EXPECT_EQ(price_of("success.json"), 3000U);
  ASSERT_EQ(write_and_reload(before).status, 200);
  EXPECT_EQ(gate.sample("tollhouse_config_last_reload_successful"), 1);
}

TEST_F(Reload, R_CFG_6_SighupReloadsAndSaysWhatItDid) {
  write(with("\"success.json\": { price: 3 sat }", "\"success.json\": { price: 7 sat }"));
  gate.child().signal(SIGHUP);
  ASSERT_TRUE(gate.child().wait_for_line("reloaded: tools[\"success.json\"].price"))
      << gate.output();
  EXPECT_EQ(price_of("success.json"), 7000U);
  ASSERT_TRUE(gate.child().wait_for_line("config_reloaded"));

  write(before + "listne: 1\n");
  gate.child().signal(SIGHUP);
  ASSERT_TRUE(gate.child().wait_for_line("not reloaded, the configuration stays as it was"));
  EXPECT_NE(gate.output().find("did you mean `listen`?"), std::string::npos) << gate.output();
  EXPECT_EQ(price_of("success.json"), 7000U);
  ASSERT_TRUE(gate.child().wait_for_line("config_rejected"));
}

TEST_F(Reload, R_L402_9_TokensOfThePreviousRootKeyGoOnWhileItIsNamed) {
  const Credential pass = gate.buy("pass.json");
  EXPECT_EQ(gate.call("pass.json", pass.authorization()).status, 200);
  // Of two keys one in 256 has by chance the number of the other, and is refused beside it.
  std::string fresh;
  int status = 0;
  for (const char digit : {'c', 'd', 'e', 'f'}) {
    if (status == 200) break;
    fresh = std::string(40, digit) + site.root_key().substr(0, 24);
    status = write_and_reload(
                 with("root: \"" + site.root_key() + "\"",
                      "root: \"" + fresh + "\", previous_root: \"" + site.root_key() + "\""))
                 .status;
  }
  ASSERT_EQ(status, 200);
  EXPECT_EQ(gate.call("pass.json", pass.authorization()).status, 200);
  // Without it they end, also those whose chain was checked before and remembered.
  ASSERT_EQ(write_and_reload(with(site.root_key(), fresh)).status, 200);
  EXPECT_EQ(gate.call("pass.json", pass.authorization()).status, 401);
}

TEST_F(Reload, R_CLI_4_R_L402_9_ARotatedRootKeyMintsAndTheOneBeforeVerifies) {
  write_key("gate.secret", site.root_key());
  ASSERT_EQ(write_and_reload(with(site.root_key(), "${file:gate.secret}")).status, 200);
  const Credential first = gate.buy("pass.json");
  EXPECT_EQ(gate.call("pass.json", first.authorization()).status, 200);
  ASSERT_EQ(run({"rotate", "hmac"}), 0);
  EXPECT_EQ(gate.call("pass.json", first.authorization()).status, 200) << "nothing is taken yet";

  const HttpAnswer done = ask_reload();
  ASSERT_EQ(done.status, 200) << done.body;
  EXPECT_EQ(nlohmann::json::parse(done.body)["changed"], nlohmann::json{"secrets.root"});
  EXPECT_EQ(gate.call("pass.json", first.authorization()).status, 200);
  const Credential second = gate.buy("pass.json");
  EXPECT_EQ(gate.call("pass.json", second.authorization()).status, 200);

  // After one more rotation only what the second key has minted is good: so it did mint.
  ASSERT_EQ(run({"rotate", "hmac"}), 0);
  gate.child().signal(SIGHUP);
  ASSERT_TRUE(gate.child().wait_for_line("reloaded: secrets.root")) << gate.output();
  EXPECT_EQ(gate.call("pass.json", second.authorization()).status, 200);
  const HttpAnswer retired = gate.call("pass.json", first.authorization());
  EXPECT_EQ(retired.status, 401) << "also where its chain was checked before and remembered";
  EXPECT_EQ(code_of(retired), "bad_signature");
}

TEST_F(Reload, R_CLI_4_ARotatedReceiptKeySignsFromTheReloadOn) {
  const auto sell_one = [&] {
    const Credential credential = gate.buy("success.json");
    return receipt_of(gate.call("success.json", credential.authorization()));
  };
  const auto key_of = [&] { return text_of((site.books() / "receipt.key").string()); };
  const auto signed_by = [&](const std::string& receipt, const std::string& key) {
    const std::string file = (site.folder() / "receipt.json").string();
    std::ofstream(file) << receipt;
    return Child({std::string(TOLLHOUSE_BUILD) + "/tollhouse", "verify-receipt", file, "--key",
                  key.substr(0, 64)})
               .wait() == 0;
  };
  const std::string old_key = key_of();
  EXPECT_TRUE(signed_by(sell_one(), old_key));
  ASSERT_EQ(run({"rotate", "receipt"}), 0);
  EXPECT_TRUE(signed_by(sell_one(), old_key)) << "nothing is taken yet";
  ASSERT_EQ(ask_reload().status, 200);
  const std::string receipt = sell_one();
  EXPECT_TRUE(signed_by(receipt, key_of()));
  EXPECT_FALSE(signed_by(receipt, old_key));
  EXPECT_EQ(gate.stop(), 0);
  const auto books = site.check();
  EXPECT_TRUE(books["ok"].get<bool>()) << books;
  EXPECT_EQ(books.value("charges", 0U), 3U);
}

TEST_F(Reload, LimitsAreTakenOver) {
  ASSERT_EQ(write_and_reload(with("unpaid_per_client: 10000", "unpaid_per_client: 1")).status, 200);
  EXPECT_EQ(gate.call("success.json").status, 402);
  EXPECT_EQ(gate.call("success.sse").status, 429);
  ASSERT_EQ(write_and_reload(before).status, 200);
  EXPECT_EQ(gate.call("success.sse").status, 402);
}

TEST_F(Reload, AdminServesOperatorsOnly) {
  HttpRequest made = gate.request("free.json");
  EXPECT_EQ(send_request(gate.admin(), made).status, 404) << "calls go to the gate's own listener";
  EXPECT_EQ(gate.post("/api/admin/reload", "").status, 404) << "and operators to theirs";
  made.method = "GET";
  made.target = "/api/admin/reload";
  made.body.clear();
  EXPECT_EQ(send_request(gate.admin(), made).status, 405);
  HttpRequest foreign;
  foreign.target = "/api/admin/reload";
  foreign.fields = {{"Origin", "https://evil.example"}};
  EXPECT_EQ(send_request(gate.admin(), foreign).status, 403);
}

TEST_F(Reload, TheAdminTokenIsAskedForComparedAndNeverSaid) {
  const std::string token = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0";
  ASSERT_EQ(write_and_reload(before + "admin_token: " + token + "\n").status, 200);
  const HttpAnswer without = ask_reload();
  EXPECT_EQ(without.status, 401);
  EXPECT_EQ(code_of(without), "admin_token");
  EXPECT_TRUE(without.field("WWW-Authenticate").starts_with("Bearer ")) << without.head;
  EXPECT_EQ(ask_reload(token.substr(1)).status, 401);
  EXPECT_EQ(ask_reload(token + "0").status, 401);
  EXPECT_EQ(gate.metrics().find("tollhouse_build_info"), std::string::npos);
  EXPECT_EQ(ask_reload(token).status, 200);
  HttpRequest health;
  health.method = "GET";
  health.target = "/healthz";
  EXPECT_EQ(send_request(gate.admin(), health).status, 200) << "says nothing, so it asks nothing";
  EXPECT_EQ(gate.output().find(token.substr(8, 16)), std::string::npos);
}

TEST_F(Reload, R_SEC_6_R_SEC_8_OnlyATrustedProxySaysWhoTheCallerIs) {
  HttpRequest made = gate.request("bound.json");
  made.fields.emplace_back("X-Forwarded-For", "192.0.2.7");
  const Offer untrusted = offer_of(send_request(gate.port(), made));
  EXPECT_EQ(offer_of(gate.call("bound.json")).invoice, untrusted.invoice) << "the same client";

  ASSERT_EQ(write_and_reload(before + "trusted_proxies: [127.0.0.1/32]\n").status, 200);
  const Offer theirs = offer_of(send_request(gate.port(), made));
  EXPECT_NE(theirs.invoice, untrusted.invoice);
  EXPECT_EQ(offer_of(send_request(gate.port(), made)).invoice, theirs.invoice);
  made.fields.back().second = "192.0.2.8";
  EXPECT_NE(offer_of(send_request(gate.port(), made)).invoice, theirs.invoice);
  // A credential bound to one address does not open for another behind the same proxy.
  const auto credential = gate.pay(theirs);
  ASSERT_TRUE(credential);
  made.fields.emplace_back("Authorization", credential->authorization());
  EXPECT_EQ(send_request(gate.port(), made).status, 403);
  made.fields[made.fields.size() - 2].second = "192.0.2.7";
  EXPECT_EQ(send_request(gate.port(), made).status, 200);
  // The simulated wallet is for this machine, and a proxy's caller is not on it.
  HttpRequest sim;
  sim.target = "/sim/pay";
  sim.fields = {{"X-Forwarded-For", "192.0.2.7"}, {"Content-Type", "application/json"}};
  sim.body = "{}";
  EXPECT_EQ(send_request(gate.port(), sim).status, 403);
  EXPECT_EQ(gate.output().find("192.0.2."), std::string::npos) << "logs have digests only";
}

TEST_F(Reload, ASecondSignalStopsAtOnce) {
  const Credential credential = gate.buy("success.wait");
  HttpConnection caller(gate.port());
  caller.send(gate.request("success.wait", credential.authorization()).text());
  ASSERT_TRUE(upstream.wait_for_calls("success.wait", 1));
  gate.child().signal(SIGTERM);
  ASSERT_TRUE(gate.child().wait_for_line("draining"));
  gate.child().signal(SIGTERM);
  EXPECT_TRUE(caller.at_end());
  EXPECT_EQ(gate.child().wait(), 0);
  const auto books = site.check();
  EXPECT_TRUE(books["ok"].get<bool>()) << books;
}

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  return address;
}

std::string ask_health(const std::string& path) {
  const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_un address = address_of(path);
  std::string answer;
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    const std::string_view request =
        "GET /healthz HTTP/1.1\r\nHost: gate.example\r\nConnection: close\r\n\r\n";
    ::send(socket, request.data(), request.size(), MSG_NOSIGNAL);
    char piece[1024];
    for (ssize_t got; (got = ::recv(socket, piece, sizeof piece, 0)) > 0;) {
      answer.append(piece, static_cast<std::size_t>(got));
    }
  }
  ::close(socket);
  return answer;
}

TEST(Listeners, UnixSocketsAndThoseOfAServiceManagerAreServed) {
  Upstream upstream;
  const Site site(upstream.port());
  const std::string own = (site.folder() / "own.sock").string();
  const std::string admin = (site.folder() / "admin.sock").string();
  const std::string passed = (site.folder() / "passed.sock").string();
  const std::string notify = (site.folder() / "notify.sock").string();
  std::string text = text_of(site.configuration());
  text.replace(text.find("listen: 127.0.0.1:0"), 19,
               "listen: [\"systemd:web\", \"unix:" + own + "\"]\nlisten_mode: \"0660\"");
  text.replace(text.find("admin: 127.0.0.1:0"), 18, "admin: \"unix:" + admin + "\"");
  std::ofstream(site.configuration()) << text;

  const int manager = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const timeval patience{.tv_sec = kPatience.count(), .tv_usec = 0};
  ::setsockopt(manager, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  const sockaddr_un told_at = address_of(notify);
  ASSERT_EQ(::bind(manager, reinterpret_cast<const sockaddr*>(&told_at), sizeof told_at), 0);
  const auto told = [&] {
    char piece[256];
    const ssize_t got = ::recv(manager, piece, sizeof piece, 0);
    return std::string(piece, got > 0 ? static_cast<std::size_t>(got) : 0);
  };
  const int listening = ::socket(AF_UNIX, SOCK_STREAM, 0);  // inherited by the shell below
  const sockaddr_un passed_at = address_of(passed);
  ASSERT_EQ(::bind(listening, reinterpret_cast<const sockaddr*>(&passed_at), sizeof passed_at), 0);
  ASSERT_EQ(::listen(listening, 16), 0);
  const std::string start = "exec 3<&" + std::to_string(listening) +
                            "; LISTEN_FDS=1 LISTEN_FDNAMES=web LISTEN_PID=$$ exec \"$0\" \"$@\"";
  const std::string program = std::string(TOLLHOUSE_BUILD) + "/tollhouse";
  Child child({"/bin/bash", "-c", start, program, "serve", "-c", site.configuration()},
              {"NOTIFY_SOCKET=" + notify});
  ::close(listening);
  EXPECT_EQ(told(), "READY=1\nSTATUS=serving") << child.output();
  for (const std::string& path : {own, passed, admin}) {
    EXPECT_TRUE(ask_health(path).starts_with("HTTP/1.1 200 ")) << path << child.output();
  }
  struct stat status{};
  ASSERT_EQ(::stat(own.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0660U);
  ASSERT_EQ(::stat(admin.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
  child.signal(SIGHUP);
  EXPECT_TRUE(told().starts_with("RELOADING=1\nMONOTONIC_USEC="));
  EXPECT_EQ(told(), "READY=1\nSTATUS=serving");
  child.signal(SIGTERM);
  EXPECT_EQ(told(), "STOPPING=1\nSTATUS=draining");
  EXPECT_EQ(child.wait(), 0);
  EXPECT_NE(::stat(own.c_str(), &status), 0) << "made here, removed here";
  EXPECT_EQ(::stat(passed.c_str(), &status), 0) << "the service manager's own";
  ::close(manager);

  Child without({program, "serve", "-c", site.configuration()});
  EXPECT_EQ(without.wait(), 6);
  EXPECT_TRUE(without.wait_for_line("no socket called web was passed")) << without.output();
}

}  // namespace
}  // namespace tollhouse::test
