// cli: a whole gate in this process, as `serve` and `demo` run it: books, keys, wallet, reactors,
// listeners; and its end in order. DESIGN.md 8.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/gate_failure.h"
#include "cli/reload_desk.h"
#include "config/load.h"
#include "config/settings.h"
#include "io/endpoint.h"
#include "io/service_manager.h"

namespace tollhouse::cli {

class RunningGate {
 public:
  using LoadAgain = std::function<Result<config::Loaded, config::Rejection>()>;

  /// Opens the books, makes what keys are missing, listens, and runs. Until drain() or the
  /// destructor.
  static Result<std::unique_ptr<RunningGate>, GateFailure> start(const config::Settings& settings);
  /// One that reloads: `load_again` reads the configuration once more, on a thread of its own.
  static Result<std::unique_ptr<RunningGate>, GateFailure> start(const config::Loaded& loaded,
                                                                 io::PassedSockets passed,
                                                                 LoadAgain load_again);
  ~RunningGate();

  const std::vector<io::Endpoint>& listening() const;
  const std::optional<io::Endpoint>& admin() const;
  /// Files of keys made by this start, to be shown.
  const std::vector<std::string>& keys_made() const;
  bool upstream_answers() const;
  /// Hex of the receipt key, for the demo's own verification; never printed.
  const Secret& receipt_key() const;

  /// Reads the configuration again and takes it over, or keeps the old one. `told` is called on
  /// another thread, or inside this call.
  void reload(ReloadDesk::Told told);
  /// Whether every reactor has turned since the last call; for a watchdog.
  bool all_turning();

  /// Waits until `longest` for the end of the gate by itself (books damaged, disk error).
  std::optional<GateFailure> failed() const;

  /// Drains: listeners first, then calls to their end, at most `limits.drain`; then books closed.
  void drain();
  /// Ends what still runs at once; before or while drain() waits, from another thread.
  void cut();

 private:
  class Parts;
  explicit RunningGate(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace tollhouse::cli
