// cli: `serve`.
#include "cli/serve.h"

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

void print_start(const config::Loaded& loaded, const RunningGate& gate, const Terminal& terminal) {
  const config::Settings& settings = loaded.settings;
  terminal.note(fmt::format("tollhouse: configuration {}", loaded.file.value_or("none (no file)")));
  for (const io::Endpoint& at : gate.listening()) {
    for (const gate::Route& route : settings.policy.routes) {
      terminal.note(fmt::format("  gate      http://{}{} -> http://{}{}", at.text(), route.path,
                                route.upstream.authority, route.upstream.path));
      terminal.note(fmt::format("  tools     {}", price_list(route)));
    }
  }
  if (gate.admin()) {
    terminal.note(
        fmt::format("  admin     http://{}/metrics (this machine only)", gate.admin()->text()));
  }
  terminal.note("  wallet    simulated, regtest: nothing here costs money");
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

int wait_for_end(RunningGate& gate, const Terminal& terminal) {
  while (true) {
    const auto signal = io::wait_for_signal(std::chrono::milliseconds(200));
    if (const auto failure = gate.failed()) {
      gate.drain();
      return terminal.fail({failure->exit, failure->code, failure->message, failure->cure});
    }
    if (signal == io::Signal::reload) {
      terminal.note("reload is not part of this build; the configuration stays as it is");
    }
    if (signal == io::Signal::terminate) break;
  }
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
  auto gate = RunningGate::start(loaded->settings);
  if (!gate) {
    const GateFailure& failure = gate.error();
    return terminal.fail({failure.exit, failure.code, failure.message, failure.cure});
  }
  print_start(*loaded, **gate, terminal);
  return wait_for_end(**gate, terminal);
}

}  // namespace tollhouse::cli
