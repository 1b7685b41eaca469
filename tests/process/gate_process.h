// tests/process: the program as a child, its configuration, and what callers do with it.
#pragma once
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "process/caller.h"
#include "process/upstream.h"
#include "support/vectors.h"

namespace tollhouse::test {

/// A program and all it writes; standard output and error are one text.
class Child {
 public:
  Child(std::vector<std::string> arguments, std::vector<std::string> environment = {});
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  int id() const { return id_; }
  /// The first line that holds `part`; nothing when the program ends without it.
  std::optional<std::string> wait_for_line(std::string_view part);
  std::string output() const;
  void signal(int number) const;
  /// Exit code, or 128 + signal.
  int wait();

 private:
  int id_ = -1;
  int pipe_ = -1;
  std::optional<int> ended_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::string output_;
  bool closed_ = false;
  std::thread reader_;
};

/// What is the same over restarts: folder, configuration, keys.
class Site {
 public:
  explicit Site(std::uint16_t upstream_port, const std::string& more = "");
  /// One route for each path, all with the same tools; the text beside it is more of the route.
  using Routes = std::vector<std::pair<std::string, std::string>>;
  Site(std::uint16_t upstream_port, const Routes& routes, const std::string& more = "");
  /// The whole configuration as it is; the environment has to say where and with which key.
  explicit Site(const std::string& whole);

  const std::filesystem::path& folder() const { return folder_.path(); }
  std::string configuration() const { return (folder() / "gate.yaml").string(); }
  std::filesystem::path books() const { return folder() / "books"; }
  /// `ledger check --json`, the only judge of the books.
  nlohmann::json check() const;
  const std::string& root_key() const { return root_key_; }

 private:
  void write(const std::string& routes, const std::string& more);

  OwnFolder folder_;
  std::string root_key_;
};

struct Offer {
  std::string invoice;
  std::string macaroon;
  std::string payment_hash;
  std::uint64_t price_msat = 0;
};
struct Credential {
  std::string macaroon;
  std::string preimage;
  std::string pair() const { return macaroon + ":" + preimage; }
  std::string authorization() const { return "L402 " + pair(); }
};

/// The JSON-RPC text of a tools/call.
std::string call_body(const std::string& tool, const std::string& arguments = "{}",
                      const std::string& meta = "");

/// `crashable`: the binary whose crash points are live.
struct GateOptions {
  bool crashable = false;
  std::vector<std::string> environment;
};

class GateProcess {
 public:
  explicit GateProcess(const Site& site, const GateOptions& options = {});

  bool started() const { return port_ != 0; }
  std::uint16_t port() const { return port_; }
  std::uint16_t admin() const { return admin_; }
  Child& child() { return *child_; }
  std::string output() const { return child_->output(); }
  /// SIGTERM and its exit code.
  int stop();
  void kill();

  HttpRequest request(const std::string& tool, const std::string& authorization = "") const;
  HttpAnswer call(const std::string& tool, const std::string& authorization = "",
                  int source = 1) const;
  /// The same request until no call with its credential runs any more.
  HttpAnswer call_settled(const HttpRequest& request) const;
  /// Each on a connection of its own that is open before, and all sent at the same moment: how many
  /// answers of each status came. `request_of` is asked for the request of a number from 0.
  std::map<int, int> sixty_four_at_once(const std::function<HttpRequest(int)>& request_of) const;
  HttpAnswer get(const std::string& target) const;
  HttpAnswer post(const std::string& target, const std::string& body) const;
  /// Asks, pays. Fails the test where no offer comes.
  Credential buy(const std::string& tool, int source = 1) const;
  std::optional<Credential> pay(const Offer& offer) const;
  std::string metrics() const;
  /// Value of a sample by its name and labels; 0 where there is none.
  double sample(const std::string& name) const;
  void fault(const std::string& mode) const;

 private:
  std::unique_ptr<Child> child_;
  std::uint16_t port_ = 0;
  std::uint16_t admin_ = 0;
};

/// The refusal object of an answer: plain, `data` of a JSON-RPC error, or in a tool result.
nlohmann::json refusal_of(const HttpAnswer& answer);
std::string code_of(const HttpAnswer& answer);
Offer offer_of(const HttpAnswer& answer);
/// The first nonce whose hash behind `challenge` shows so many zeros.
std::string solve(const std::string& challenge, unsigned bits);
/// Work for the member `pow` of a refusal, as X-PoW-Solution shows it.
std::string solved(const nlohmann::json& offer);
/// The envelope in X-Payment-Receipt, decoded.
std::string receipt_of(const HttpAnswer& answer);

}  // namespace tollhouse::test
