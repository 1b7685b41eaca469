// cli: `serve`.
#include "cli/serve.h"

#include <unistd.h>

#include <atomic>
#include <thread>

#include "base/format.h"
#include "base/switches.h"
#include "cli/configuration.h"
#include "cli/running_gate.h"
#include "cli/serving.h"
#include "config/load.h"
#include "io/signals.h"

namespace tollhouse::cli {
namespace {

std::string price_list(const gate::Route& route) {
  const auto row_text = [](const gate::ToolRow& row) {
    return row.terms.free() ? row.name + " free" : row.name + " " + to_text(row.terms.price);
  };
  std::string text;
  for (const gate::ToolRow& row : route.rows) text += row_text(row) + " · ";
  text += route.other ? row_text(*route.other) : "others denied";
  return text;
}

/// `http://127.0.0.1:8402`, or `unix:/run/x ` with a blank before the path.
std::string place(const io::Endpoint& at) {
  const bool is_unix = at.family == io::Endpoint::Family::unix_path;
  return is_unix ? at.text() + " " : "http://" + at.text();
}

std::string wallet_text(const config::LightningSettings& settings) {
  if (settings.driver == config::LightningDriver::simulated) {
    return "simulated, regtest: nothing here costs money";
  }
  return fmt::format("{} at {}, {} (its checks show in /readyz)", config::to_text(settings.driver),
                     settings.url, config::to_text(settings.network));
}

void print_start(const config::Loaded& loaded, const RunningGate& gate, const Terminal& terminal) {
  const config::Settings& settings = loaded.settings;
  terminal.note(fmt::format("tollhouse: configuration {}", loaded.file.value_or("none (no file)")));
  for (const io::Endpoint& at : gate.listening()) {
    for (const gate::Route& route : settings.policy.routes) {
      terminal.note(fmt::format("  gate      {}{} -> http://{}{}", place(at), route.path,
                                route.upstream.authority, route.upstream.path));
      terminal.note(fmt::format("  tools     {}", price_list(route)));
    }
  }
  if (gate.admin()) {
    terminal.note(fmt::format("  admin     {}/metrics ({})", place(*gate.admin()),
                              settings.admin_token ? "with the token" : "this machine only"));
  }
  terminal.note("  wallet    " + wallet_text(settings.lightning));
  terminal.note(fmt::format("  books     {}", settings.data_dir.string()));
  terminal.note("  reputation not asked for in this build");
  for (const std::string& path : gate.keys_made()) {
    terminal.note(
        fmt::format("  key made  {} (keep a copy: tokens and receipts stand on it)", path));
  }
  if (!loaded.file) {
    terminal.note("The file that would do the same:");
    terminal.note(config::equivalent_yaml(settings));
  }
}

}  // namespace

namespace {

std::string joined(const std::vector<std::string>& texts) {
  std::string all;
  for (const std::string& text : texts) all += (all.empty() ? "" : ", ") + text;
  return all;
}

/// As `check` tells a configuration, for whoever sent the signal.
void tell_reload(const api::ReloadReport& report, const Terminal& terminal) {
  tell_warnings(report.warnings, terminal);
  if (report.done()) {
    terminal.note(report.changed.empty() ? std::string("reloaded: nothing has changed")
                                         : "reloaded: " + joined(report.changed));
    return;
  }
  for (const config::Fault& fault : report.faults) {
    std::string text = config::to_text(fault);
    text.pop_back();
    terminal.note(text);
  }
  if (!report.restart.empty()) terminal.note("needs a restart: " + joined(report.restart));
  terminal.note("not reloaded, the configuration stays as it was: " + report.message);
  if (!report.cure.empty()) terminal.note("  = " + report.cure);
}

void reload(RunningGate& gate, const Terminal& terminal, const io::ServiceManager& manager) {
  manager.reloading(SystemClock().tick());
  gate.reload([&terminal, &manager](const api::ReloadReport& report) {
    tell_reload(report, terminal);
    manager.ready(report.done() ? "serving" : "serving; the last reload was rejected");
  });
}

/// Tells the service manager that this process lives, as long as every reactor turns.
class Pulse {
 public:
  Pulse(RunningGate& gate, const io::ServiceManager& manager) : gate_(gate), manager_(manager) {}

  void beat() {
    const auto interval = manager_.watchdog();
    const Tick now = clock_.tick();
    if (!interval || now < next_) return;
    next_ = now + *interval / 2;
    if (gate_.all_turning() || first_) manager_.alive();
    first_ = false;
  }

 private:
  RunningGate& gate_;
  const io::ServiceManager& manager_;
  SystemClock clock_;
  Tick next_{};
  bool first_ = true;  // nobody was asked yet
};

std::optional<GateFailure> serve_until_signal(RunningGate& gate, const Terminal& terminal,
                                              const io::ServiceManager& manager) {
  Pulse pulse(gate, manager);
  while (true) {
    pulse.beat();
    const auto signal = io::wait_for_signal(std::chrono::milliseconds(200));
    if (auto failure = gate.failed()) return failure;
    if (signal == io::Signal::reload) reload(gate, terminal, manager);
    if (signal == io::Signal::terminate) return std::nullopt;
  }
}

}  // namespace

int wait_for_end(RunningGate& gate, const Terminal& terminal, const io::ServiceManager& manager) {
  manager.ready("serving");
  if (const auto failure = serve_until_signal(gate, terminal, manager)) {
    gate.drain();
    return terminal.fail({failure->exit, failure->code, failure->message, failure->cure});
  }
  manager.stopping();
  terminal.note("tollhouse: draining; a second signal stops at once");
  std::atomic<bool> drained{false};
  std::thread drainer([&] {
    gate.drain();
    drained = true;
  });
  while (!drained) {
    const auto signal = io::wait_for_signal(std::chrono::milliseconds(50));
    if (signal == io::Signal::terminate) gate.cut();
  }
  drainer.join();
  terminal.note("tollhouse: stopped");
  return exit_with(Exit::done);
}

int run_serve(const ServeOptions& options, Terminal& terminal) {
  if (!options.command.empty()) {
    return terminal.fail({Exit::usage, "not_in_this_build",
                          "servers over stdio (`-- command`) are not part of this build",
                          "tollhouse serve --upstream URL"});
  }
  if (!switches_live() && terminal.variable("TOLLHOUSE_CRASH_AT")) {
    return terminal.fail({Exit::usage, "crash_switch", "this binary has no crash points",
                          "unset TOLLHOUSE_CRASH_AT"});
  }
  config::Request request = request_of({options.config_file, options.sets}, terminal);
  request.upstream = options.upstream;
  const auto loaded = config::load(request);
  if (!loaded) return tell(loaded.error(), terminal);
  tell_warnings(loaded->warnings, terminal);
  io::block_signals();
  io::forbid_core_dumps();
  // Once a file has been read it must be there: a gate without one would sell everything for 1 sat.
  request.file = loaded->file;
  const int process = ::getpid();
  const io::ServiceManager manager = io::ServiceManager::of_process(request.environment, process);
  auto gate =
      RunningGate::start(*loaded, io::PassedSockets::of_process(request.environment, process),
                         [request] { return config::load(request); });
  if (!gate) {
    const GateFailure& failure = gate.error();
    return terminal.fail({failure.exit, failure.code, failure.message, failure.cure});
  }
  print_start(*loaded, **gate, terminal);
  return wait_for_end(**gate, terminal, manager);
}

}  // namespace tollhouse::cli
