// tests/process: `doctor` before a gate starts, beside one that runs, and with each part broken.
#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "process/gate_process.h"
#include "support/lnbits.h"
#include "support/lnd.h"
#include "support/phoenixd.h"
#include "support/precompiled.h"
#include "support/vectors.h"

namespace tollhouse::test {
namespace {

using Json = nlohmann::json;

struct Examined {
  int exit = -1;
  Json checks;
  std::string said;

  /// Health of the first finding whose part and text hold these; empty where there is none.
  std::string health(const std::string& part, const std::string& text) const {
    for (const Json& check : checks) {
      const bool fits = check["part"].get<std::string>().find(part) != std::string::npos &&
                        check["found"].get<std::string>().find(text) != std::string::npos;
      if (!fits) continue;
      const bool ok = check["health"] == "ok";
      EXPECT_EQ(ok, check["cure"].get<std::string>().empty()) << check;
      return check["health"];
    }
    return {};
  }
};

Examined examine(const Site& site, const std::vector<std::string>& more = {},
                 const std::vector<std::string>& environment = {}) {
  std::vector<std::string> arguments = {std::string(TOLLHOUSE_BUILD) + "/tollhouse", "doctor",
                                        "--json", "-c", site.configuration()};
  arguments.insert(arguments.end(), more.begin(), more.end());
  Child child(arguments, environment);
  Examined made;
  made.exit = child.wait();
  child.wait_for_line("\x01");  // until it has said all
  made.said = child.output();
  const Json report = Json::parse(made.said, nullptr, false);
  if (report.is_object() && report.contains("checks")) {
    made.checks = report["checks"];
    EXPECT_EQ(report["ok"], made.exit == 0);
  }
  EXPECT_EQ(made.said.find(site.root_key()), std::string::npos);
  return made;
}

/// Answers each connection's one request with the next of its answers, the last one for ever.
class OneByOne {
 public:
  explicit OneByOne(std::vector<std::string> answers) : answers_(std::move(answers)) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&at), size), 0);
    EXPECT_EQ(::listen(listener_, 16), 0);
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&at), &size);
    port_ = ntohs(at.sin_port);
    thread_ = std::thread([this] { run(); });
  }
  ~OneByOne() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  std::string origin() const { return "http://127.0.0.1:" + std::to_string(port_); }

 private:
  void run() {
    std::size_t next = 0;
    for (int socket; (socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC)) >= 0;) {
      std::string request;
      char piece[4096];
      while (request.find("\r\n\r\n") == std::string::npos) {
        const ssize_t got = ::recv(socket, piece, sizeof piece, 0);
        if (got <= 0) break;
        request.append(piece, static_cast<std::size_t>(got));
      }
      const std::string& answer = answers_[std::min(next++, answers_.size() - 1)];
      ::send(socket, answer.data(), answer.size(), MSG_NOSIGNAL);
      ::shutdown(socket, SHUT_WR);
      while (::recv(socket, piece, sizeof piece, 0) > 0) {
      }
      ::close(socket);
    }
  }

  std::vector<std::string> answers_;
  int listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  std::uint16_t port_ = 0;
  std::thread thread_;
};

std::string answer(const std::string& status, const std::string& body,
                   const std::string& fields = "") {
  return "HTTP/1.1 " + status + "\r\nConnection: close\r\n" + fields +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

TEST(Doctor, BeforeTheFirstStart) {
  Upstream upstream;
  const Site site(upstream.port());
  const Examined found = examine(site);
  EXPECT_EQ(found.exit, 0) << found.said;
  EXPECT_EQ(found.health("configuration", "is valid (1 route)"), "ok");
  EXPECT_EQ(found.health("data directory", "will be made"), "ok");
  EXPECT_EQ(found.health("wallet", "simulated"), "warn");
  EXPECT_EQ(found.health("upstream /mcp", "speaks MCP 2025-11-25, 5 tools"), "ok");
  EXPECT_EQ(found.health("upstream /mcp", "the server has no tool success.sse"), "warn");
  EXPECT_EQ(found.health("upstream /mcp", "no row sells nothing"), "warn");
  EXPECT_FALSE(std::filesystem::exists(site.books())) << "it leaves nothing behind";
  for (const Upstream::Received& asked : upstream.received()) EXPECT_EQ(asked.tool, "");
}

TEST(Doctor, BesideARunningGateAndThroughItsPublicUrl) {
  Upstream upstream;
  const Site site(upstream.port(), "rails: { l402: { failure_status: 402 } }\n");
  GateProcess gate(site);
  ASSERT_TRUE(gate.started()) << gate.output();
  gate.call("success.json", gate.buy("success.json").authorization());
  const std::string at = "127.0.0.1:" + std::to_string(gate.port());
  const Examined found = examine(
      site, {"--set", "listen=" + at, "--set", "admin=127.0.0.1:" + std::to_string(gate.admin()),
             "--set", "public_url=http://" + at});
  EXPECT_EQ(found.exit, 0) << found.said;
  EXPECT_EQ(found.health("listen", "a gate answers there"), "ok");
  EXPECT_EQ(found.health("admin", "a gate answers there"), "ok");
  EXPECT_EQ(found.health("books", "open, epoch"), "ok");
  EXPECT_FALSE(found.health("disk", "MiB free").empty());
  EXPECT_EQ(found.health("public_url", "challenges come out whole"), "ok");
  EXPECT_EQ(gate.stop(), 0);
  EXPECT_TRUE(site.check()["ok"].get<bool>());
}

TEST(Doctor, ALineThatMayNotFitAProxysBuffersIsNamedBeforeItIsOffered) {
  Upstream upstream;
  const Site site(upstream.port(), "rails: { mpp: { enabled: true } }\n");
  const Examined with = examine(site);
  EXPECT_EQ(with.exit, 0) << with.said;
  EXPECT_EQ(with.health("rails", "3900 bytes"), "warn") << with.said;
  const Site plain(upstream.port());
  EXPECT_EQ(examine(plain).health("rails", ""), "");
}

TEST(Doctor, EachBrokenPartHasItsExitAndACure) {
  Upstream upstream;
  const Site site(upstream.port());
  {
    GateProcess gate(site);
    ASSERT_EQ(gate.stop(), 0);
  }
  const ReservedPort taken;
  const std::string nobody = "http://127.0.0.1:" + std::to_string(taken.port()) + "/mcp";
  const OneByOne no_mcp({answer("200 OK", "hello", "Content-Type: text/plain\r\n")});
  const OneByOne stripped(
      {answer("200 OK", R"({"status":"ok"})"), answer("402 Payment Required", "{}")});
  const std::string challenge = answer("402 Payment Required", R"({"code":"payment_required"})",
                                       "WWW-Authenticate: L402 macaroon=\"a\"\r\n");
  const OneByOne deaf({answer("200 OK", R"({"status":"ok"})"), challenge, challenge});
  const OneByOne cut({answer("200 OK", R"({"status":"ok"})"), answer("502 Bad Gateway", "")});
  const OneByOne other({answer("200 OK", "<h1>welcome</h1>")});
  const struct {
    const char* part;
    const char* says;
    int exit;
    std::vector<std::string> set;
  } rows[] = {
      {"upstream /mcp", "cannot be reached", 4, {"upstream=" + nobody}},
      {"upstream /mcp", "no address for nobody.invalid", 4, {"upstream=http://nobody.invalid/mcp"}},
      {"upstream /mcp", "127.0.0.1", 4, {"upstream=" + no_mcp.origin() + "/mcp"}},
      {"listen", "not an address of this machine", 6, {"listen=192.0.2.1:8402"}},
      {"listen", "no socket can be made there", 6, {"listen=unix:/nonexistent/gate.sock"}},
      {"admin", "the address is in use", 6, {"admin=127.0.0.1:" + no_mcp.origin().substr(17)}},
      {"data directory", "cannot be made", 6, {"data_dir=/nonexistent/books"}},
      {"data directory", "is no directory", 6, {"data_dir=" + site.configuration()}},
      {"public_url", "cannot be reached", 4, {"public_url=" + nobody.substr(0, nobody.size() - 4)}},
      {"public_url", "not as a gate does", 4, {"public_url=" + other.origin()}},
      {"public_url", "takes WWW-Authenticate out", 4, {"public_url=" + stripped.origin()}},
      {"public_url", "takes Authorization out", 4, {"public_url=" + deaf.origin()}},
      {"public_url", "answers 502, not 402", 4, {"public_url=" + cut.origin()}},
      {"upstream /mcp", "cannot be reached", 6, {"upstream=" + nobody, "listen=192.0.2.1:8402"}},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(std::string(row.part) + ": " + row.says);
    std::vector<std::string> more;
    for (const std::string& set : row.set) more.insert(more.end(), {"--set", set});
    const Examined found = examine(site, more);
    EXPECT_EQ(found.exit, row.exit) << found.said;
    EXPECT_EQ(found.health(row.part, row.says), "fail") << found.said;
  }
}

TEST(Doctor, R_LN_1_TheWalletIsAskedAsAtTheStart) {
  Upstream upstream;
  const Site site(upstream.port());
  Lnbits wallet(bolt::Network::regtest, true);
  const auto with = [&](const std::string& key, const std::string& network) {
    const Examined found =
        examine(site, {},
                {"TOLLHOUSE_LIGHTNING__DRIVER=lnbits", "TOLLHOUSE_LIGHTNING__NETWORK=" + network,
                 "WALLET_BASE_URL=" + wallet.url(), "WALLET_INVOICE_KEY=" + key});
    EXPECT_EQ(found.said.find(key), std::string::npos);
    return found;
  };
  const Examined good = with(Lnbits::kInvoiceKey, "regtest");
  EXPECT_EQ(good.exit, 0) << good.said;
  EXPECT_EQ(good.health("wallet", "makes invoices on regtest, and its key only receives"), "ok");
  EXPECT_EQ(good.health("wallet", "shows preimages"), "warn");
  EXPECT_EQ(wallet.minted(), 1U);

  const Examined spends = with(Lnbits::kAdminKey, "regtest");
  EXPECT_EQ(spends.exit, 3) << spends.said;
  EXPECT_EQ(spends.health("wallet", "overpowered_credential"), "fail");
  const Examined stranger = with(std::string(32, '1'), "regtest");
  EXPECT_EQ(stranger.exit, 4) << stranger.said;
  EXPECT_EQ(stranger.health("wallet", "unauthenticated"), "fail");
  EXPECT_EQ(with(Lnbits::kInvoiceKey, "signet").health("wallet", "wrong_network"), "fail");
  wallet.set_fault(LnbitsFault::wrong_amount);
  EXPECT_EQ(with(Lnbits::kInvoiceKey, "regtest").health("wallet", "contradiction"), "fail");
  wallet.stop();
  const Examined gone = with(Lnbits::kInvoiceKey, "regtest");
  EXPECT_EQ(gone.exit, 4) << gone.said;
  EXPECT_EQ(gone.health("wallet", "unreachable"), "fail");
}

TEST(Doctor, R_LN_5_PhoenixdIsAskedAsAtTheStart) {
  Upstream upstream;
  const Site site(upstream.port());
  Phoenixd wallet;
  const auto with = [&](const std::string& password) {
    const Examined found = examine(
        site, {},
        {"TOLLHOUSE_LIGHTNING__DRIVER=phoenixd", "TOLLHOUSE_LIGHTNING__NETWORK=regtest",
         "TOLLHOUSE_LIGHTNING__URL=" + wallet.url(), "TOLLHOUSE_LIGHTNING__PASSWORD=" + password});
    EXPECT_EQ(found.said.find(password), std::string::npos);
    return found;
  };
  const Examined good = with(Phoenixd::kLimited);
  EXPECT_EQ(good.exit, 0) << good.said;
  EXPECT_EQ(good.health("wallet", "makes invoices on regtest, and its key only receives"), "ok");
  const Examined spends = with(Phoenixd::kFull);
  EXPECT_EQ(spends.exit, 3) << spends.said;
  EXPECT_EQ(spends.health("wallet", "overpowered_credential"), "fail");
  EXPECT_NE(spends.said.find("http-password-limited-access"), std::string::npos) << spends.said;
  const Examined stranger = with("not-its-password");
  EXPECT_EQ(stranger.exit, 4) << stranger.said;
  EXPECT_EQ(stranger.health("wallet", "unauthenticated"), "fail");
  wallet.stop();
  EXPECT_EQ(with(Phoenixd::kLimited).health("wallet", "unreachable"), "fail");
}

TEST(Doctor, R_LN_5_LndIsAskedAsAtTheStart) {
  Upstream upstream;
  const Site site(upstream.port());
  const OwnFolder folder;
  Lnd wallet;
  const std::filesystem::path certificate = folder.path() / "tls.cert";
  std::ofstream(certificate) << wallet.certificate();
  const auto with = [&](const std::string& macaroon) {
    const Examined found =
        examine(site, {},
                {"TOLLHOUSE_LIGHTNING__DRIVER=lnd", "TOLLHOUSE_LIGHTNING__NETWORK=regtest",
                 "TOLLHOUSE_LIGHTNING__URL=" + wallet.url(),
                 "TOLLHOUSE_LIGHTNING__TLS_CERT=" + certificate.string(),
                 "TOLLHOUSE_LIGHTNING__MACAROON=" + macaroon});
    EXPECT_EQ(found.said.find(macaroon), std::string::npos);
    return found;
  };
  const Examined good = with(Lnd::invoices_macaroon());
  EXPECT_EQ(good.exit, 0) << good.said;
  EXPECT_EQ(good.health("wallet", "makes invoices on regtest, and its key only receives"), "ok");
  EXPECT_EQ(with(Lnd::admin_macaroon()).exit, 3);
  wallet.set_fault(LndFault::locked);
  const Examined locked = with(Lnd::invoices_macaroon());
  EXPECT_EQ(locked.exit, 4) << locked.said;
  EXPECT_NE(locked.said.find("lncli unlock"), std::string::npos) << locked.said;
  std::ofstream(certificate) << OwnCertificate().pem();
  const Examined other = with(Lnd::invoices_macaroon());
  EXPECT_EQ(other.health("wallet", "tls_untrusted"), "fail") << other.said;
  EXPECT_NE(other.said.find("lightning.tls_cert"), std::string::npos) << other.said;
}

TEST(Doctor, FilesThatOthersMayReadAreNamed) {
  Upstream upstream;
  const Site site(upstream.port());
  {
    GateProcess gate(site);
    ASSERT_EQ(gate.stop(), 0);
  }
  const auto permit = [](const std::filesystem::path& file, unsigned mode) {
    std::filesystem::permissions(file, std::filesystem::perms(mode));
  };
  permit(site.configuration(), 0666);
  Examined found = examine(site);
  EXPECT_EQ(found.exit, 0) << found.said;
  EXPECT_EQ(found.health("configuration", "others may write"), "warn");
  EXPECT_EQ(found.health("configuration", "secrets.root stands in a file that others"), "warn");
  permit(site.configuration(), 0600);
  permit(site.books() / "receipt.key", 0640);
  found = examine(site);
  EXPECT_EQ(found.exit, 6) << found.said;
  EXPECT_EQ(found.health("keys", "receipt.key is open to other users"), "fail");
  permit(site.books() / "receipt.key", 0600);
  permit(site.books() / "ledger.db", 0640);
  EXPECT_EQ(examine(site).health("books", "open to other users"), "fail");
  permit(site.books() / "ledger.db", 0600);
  std::ofstream(site.books() / "ledger.db", std::ios::trunc) << "this is no store at all";
  found = examine(site);
  EXPECT_EQ(found.exit, 6) << found.said;
  EXPECT_EQ(found.health("books", "damaged"), "fail");
  permit(site.books(), 0755);
  found = examine(site);
  EXPECT_EQ(found.exit, 6) << found.said;
  EXPECT_EQ(found.health("data directory", "is open to other users"), "fail");
}

TEST(Doctor, AConfigurationWithFaultsIsThree) {
  Upstream upstream;
  const Site site(upstream.port(), "listne: x\n");
  const Examined found = examine(site);
  EXPECT_EQ(found.exit, 3);
  EXPECT_NE(found.said.find("unknown key"), std::string::npos) << found.said;
}

TEST(Doctor, ForAPersonEachPartIsALineAndItsCureTheNext) {
  const ReservedPort taken;
  const Site site(taken.port());
  Child child({std::string(TOLLHOUSE_BUILD) + "/tollhouse", "doctor", "-c", site.configuration()});
  EXPECT_EQ(child.wait(), 4);
  ASSERT_TRUE(child.wait_for_line("fail  upstream /mcp: 127.0.0.1:")) << child.output();
  EXPECT_TRUE(child.wait_for_line("      = start the MCP server, or correct upstream"));
  EXPECT_EQ(child.output().find('\x1b'), std::string::npos) << "no colour, this is no terminal";
}

}  // namespace
}  // namespace tollhouse::test
