// gate: which local handler answers a path. Floor 6 fills the table; gate/ knows no names. MCP
// routes and REST tools are not here: they come from the policy.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "http/head.h"
#include "io/reactor.h"
#include "io/task.h"

namespace tollhouse::gate {

struct CredentialKeys;
struct Rules;

/// A request for the gate itself. Views live until the answer is written.
struct LocalRequest {
  const http::RequestHead& head;
  std::string_view path;  ///< decoded once
  std::string_view rest;  ///< of the path behind a prefix handler's prefix
  std::string_view body;
  const io::Endpoint& client;  ///< whose request it is: behind trusted proxies (client_address.h)
  const Rules& rules;
  const CredentialKeys& keys;  ///< of these rules
};

struct LocalAnswer {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::string allow;               ///< on a 405
  std::string authenticate;        ///< value of WWW-Authenticate on a 401
  std::string cache_control = {};  ///< of a document for everybody; empty: no-store
  std::optional<Duration> retry_after = std::nullopt;
};

class Handler {
 public:
  virtual ~Handler() = default;
  virtual io::Task<LocalAnswer> answer(io::Reactor& reactor, const LocalRequest& request) = 0;
};

class Router {
 public:
  /// `path` exactly, or everything below it where it ends in a slash.
  void add(std::string path, std::unique_ptr<Handler> handler);

  struct Match {
    Handler* handler = nullptr;
    std::string_view rest;
  };
  Match find(std::string_view path) const;

 private:
  struct Row {
    std::string path;
    std::unique_ptr<Handler> handler;
  };
  std::vector<Row> rows_;
};

/// One listener's way into the gate.
struct Entrance {
  const Router* router;
  bool loopback = true;      ///< by address only this machine reaches it
  bool serves_calls = true;  ///< MCP paths and REST tools; the admin listener has none
};

}  // namespace tollhouse::gate
