// api: the operator's part: who may use the admin listener, and reloading.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "config/fault.h"
#include "gate/router.h"

namespace tollhouse::api {

/// What became of a reload. `code` is empty where the new configuration is in force; else the old
/// one is, untouched.
struct ReloadReport {
  std::string code;  ///< config_rejected, restart_required, upstream_unknown, ...
  std::string message;
  std::string cure;
  std::vector<std::string> changed;  ///< keys
  std::vector<std::string> restart;  ///< of them, those that need a restart
  std::vector<config::Fault> faults;
  std::vector<std::string> warnings;

  bool done() const { return code.empty(); }
};

/// Starts a reload on a thread of its own and tells, on any thread, what became of it.
using AskReload = std::function<void(std::function<void(const ReloadReport&)> told)>;

/// Where the rules name an admin token, `handler` answers only requests that show it as
/// `Authorization: Bearer TOKEN`; else 401.
std::unique_ptr<gate::Handler> for_operators(std::unique_ptr<gate::Handler> handler);

/// `POST /api/admin/reload`: 200 with the keys that changed; 422 with all faults, or 409 with the
/// keys that need a restart, and the old configuration goes on.
std::unique_ptr<gate::Handler> reload_handler(AskReload ask);

}  // namespace tollhouse::api
