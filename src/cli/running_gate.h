// cli: a whole gate in this process, as `serve` and `demo` run it: books, keys, wallet, reactors,
// listeners; and its end in order. DESIGN.md 8.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/exit_code.h"
#include "config/settings.h"
#include "io/endpoint.h"
#include "lightning/simulated.h"

namespace tollhouse::cli {

/// Why a gate does not start, or how it ended badly.
struct GateFailure {
  Exit exit = Exit::cannot_start;
  std::string code;
  std::string message;
  std::string cure;
};

class RunningGate {
 public:
  /// Opens the books, makes what keys are missing, listens, and runs. Until stop() or the
  /// destructor.
  static Result<std::unique_ptr<RunningGate>, GateFailure> start(const config::Settings& settings);
  ~RunningGate();

  const std::vector<io::Endpoint>& listening() const;
  const std::optional<io::Endpoint>& admin() const;
  /// Files of keys made by this start, to be shown.
  const std::vector<std::string>& keys_made() const;
  bool upstream_answers() const;
  lightning::SimulatedWallet& wallet();
  /// Hex of the receipt key, for the demo's own verification; never printed.
  const Secret& receipt_key() const;

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
