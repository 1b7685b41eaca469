// cli: the one file that knows CLI11: every option of every subcommand, in one place.
#include "cli/app.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <functional>
#include <memory>

#include "base/format.h"
#include "base/utf8.h"
#include "cli/bench.h"
#include "cli/call.h"
#include "cli/check.h"
#include "cli/completion.h"
#include "cli/config.h"
#include "cli/connect.h"
#include "cli/demo.h"
#include "cli/doctor.h"
#include "cli/help.h"
#include "cli/init.h"
#include "cli/inspect.h"
#include "cli/keygen.h"
#include "cli/ledger.h"
#include "cli/pay.h"
#include "cli/rotate.h"
#include "cli/serve.h"
#include "cli/solve.h"
#include "cli/verify_receipt.h"
#include "cli/version.h"
#include "config/units.h"

namespace tollhouse::cli {
namespace {

class Application {
 public:
  explicit Application(Terminal& terminal) : terminal_(terminal) {
    app_.name("tollhouse");
    app_.set_help_flag();
    app_.require_subcommand(1);
    add_gate_commands();
    add_caller_commands();
    add_look_commands();
  }

  std::vector<CommandPicture> pictures() const {
    std::vector<CommandPicture> all;
    for (const CLI::App* sub : app_.get_subcommands({})) {
      const CommandRow& row = *command_of(sub->get_name());
      CommandPicture picture{row.group, row.name, row.usage, row.purpose, row.example, {}};
      for (const CLI::Option* option : sub->get_options()) {
        if (!option->get_group().empty()) picture.options.push_back(picture_of(*option));
      }
      all.push_back(std::move(picture));
    }
    return all;
  }

  int run(std::vector<std::string> arguments) {
    std::ranges::reverse(arguments);  // CLI11 takes them from the back
    try {
      app_.parse(arguments);
    } catch (const CLI::CallForHelp&) {
      return show_help();
    } catch (const CLI::ParseError& error) {
      return wrong_usage(error.what());
    }
    terminal_.errors_as_json(json_);
    return chosen_();
  }

 private:
  static OptionPicture picture_of(const CLI::Option& option) {
    OptionPicture picture;
    picture.purpose = option.get_description();
    picture.by_place = option.get_positional();
    picture.takes_value = !picture.by_place && option.get_items_expected_max() > 0;
    if (picture.by_place) picture.names.push_back(option.get_name(true));
    for (const std::string& name : option.get_snames()) picture.names.push_back("-" + name);
    for (const std::string& name : option.get_lnames()) picture.names.push_back("--" + name);
    return picture;
  }

  CLI::App& command(std::string_view name) {
    const CommandRow& row = *command_of(name);
    CLI::App& sub = *app_.add_subcommand(std::string(name), std::string(row.purpose));
    sub.set_help_flag("-h,--help", "this text");
    sub.footer(fmt::format("Example: {}", row.example));
    return sub;
  }

  template <class Options, class Run>
  void runs(CLI::App& sub, Options& options, Run run) {
    sub.callback([this, &options, run] {
      chosen_ = [this, &options, run] { return run(options, terminal_); };
    });
  }

  template <class Options>
  void add_json(CLI::App& sub, Options& options,
                const char* text = "one JSON value instead of text") {
    sub.add_flag_callback("--json", [this, &options] { options.json = json_ = true; }, text);
  }

  /// CLI11 would read "-1" as a very large number.
  template <class Number>
  static CLI::Option* add_whole(CLI::App& sub, const char* name, Number& into, std::uint64_t most,
                                const char* text) {
    const auto read = [name, &into, most](const std::string& given) {
      const auto number = config::whole_number_from_text(given);
      if (!number || *number > most) {
        throw CLI::ValidationError(fmt::format("{} wants a whole number up to {}", name, most));
      }
      into = static_cast<std::uint64_t>(*number);
    };
    return sub.add_option_function<std::string>(name, read, text);
  }

  static void add_configuration(CLI::App& sub, std::optional<std::string>& file,
                                std::vector<std::string>& sets) {
    sub.add_option("-c,--config", file, "the configuration file");
    sub.add_option("--set", sets, "key=value, wins over file and environment; no secrets")
        ->allow_extra_args(false);
  }
  static void add_configuration(CLI::App& sub, ConfigurationOptions& options) {
    add_configuration(sub, options.file, options.sets);
  }

  void add_gate_commands() {
    CLI::App& demo = command("demo");
    add_whole(demo, "--port", demo_port_, 65'535,
              "port of the gate (default 8402; 0: any free one)");
    demo.add_flag("--once", demo_.once, "end after the walk");
    add_json(demo, demo_, "one JSON line per step");
    demo.callback([this] { chosen_ = [this] { return demo_with_port(); }; });

    CLI::App& init = command("init");
    init.add_option("FILE", init_.file, "where to write (default tollhouse.yaml)");
    init.add_option("--upstream", init_.upstream, "URL of the MCP server");
    init.add_option("--command", lacking_command_, "not in this build")->group("");
    init.add_option("--profile", init_.profile, "defaults of rows and keys, e.g. pay-per-use");
    add_json(init, init_);
    init.callback([this] { chosen_ = [this] { return init_or_lacking(); }; });

    CLI::App& serve = command("serve");
    add_configuration(serve, serve_.config_file, serve_.sets);
    serve.add_option("--upstream", serve_.upstream, "URL of the MCP server; needs no file");
    serve.add_option("COMMAND", serve_.command, "stdio server after --; not in this build")
        ->group("");
    runs(serve, serve_, run_serve);

    CLI::App& check = command("check");
    add_configuration(check, check_.configuration);
    add_json(check, check_);
    runs(check, check_, run_check);

    CLI::App& config = command("config");
    add_configuration(config, config_.configuration);
    config.add_flag("--schema", config_.schema, "print the JSON Schema of a configuration");
    add_json(config, config_);
    runs(config, config_, run_config);

    CLI::App& doctor = command("doctor");
    add_configuration(doctor, doctor_.configuration);
    add_json(doctor, doctor_);
    runs(doctor, doctor_, run_doctor);
  }

  void add_caller_commands() {
    CLI::App& tools = command("tools");
    tools.add_option("URL", tools_.url, "the gate's MCP address")->required();
    add_json(tools, tools_);
    runs(tools, tools_, run_tools);

    CLI::App& call = command("call");
    call.add_option("URL", call_.url, "the gate's MCP address")->required();
    call.add_option("TOOL", call_.tool, "name of the tool")->required();
    call.add_option("ARGS", call_.arguments, "one JSON object, or key=text and key:=json");
    add_whole(call, "--max-sats", call_.sats_max, Msat::kMax / 1000,
              "pay at most this (default 100)");
    call.add_option("--wallet", call_.wallet,
                    "sim, lnbits:URL, phoenixd:URL or lnd:URL (default from TOLLHOUSE_WALLET)");
    call.footer(call.get_footer() +
                "\nA credential that was paid for and not used up is kept in a file; with\n"
                "TOLLHOUSE_CREDENTIAL=@FILE the next call shows it and pays nothing.");
    call.add_option("--rail", call_.rail, "auto (default), l402, x402, mpp or pow");
    add_whole(call, "--max-bits", call_.bits_max, 256,
              "work at most so many bits for the call (default 32)");
    call.add_option("--identity", lacking_identity_, "not in this build")->group("");
    call.add_flag("-v,--verbose", call_.verbose, "show every exchange, secrets shortened");
    call.add_flag("--dry-run", call_.dry_run, "show the challenge, pay nothing");
    add_json(call, call_);
    call.callback([this] { chosen_ = [this] { return call_or_lacking(); }; });

    CLI::App& connect = command("connect");
    connect.add_option("URL", connect_.url, "the gate's MCP address")->required();
    add_whole(connect, "--max-sats", connect_.sats_max, Msat::kMax / 1000,
              "pay at most this for one call (default 100)");
    add_whole(connect, "--budget", connect_.budget_sats, Msat::kMax / 1000,
              "pay at most this for all calls, in sats (default 1000)");
    add_whole(connect, "--max-bits", connect_.bits_max, 256,
              "work at most so many bits for one call (default 32)");
    connect.add_option("--wallet", connect_.wallet,
                       "sim, lnbits:URL, phoenixd:URL or lnd:URL (default from TOLLHOUSE_WALLET)");
    connect.add_flag("-v,--verbose", connect_.verbose, "show every exchange, secrets shortened");
    runs(connect, connect_, run_connect);

    CLI::App& pay = command("pay");
    pay.add_option("INVOICE", pay_.invoice, "BOLT 11")->required();
    pay.add_option(
        "--wallet", pay_.wallet,
        "lnbits:URL, phoenixd:URL, lnd:URL, sim:URL, or sim with --gate URL (default from "
        "TOLLHOUSE_WALLET)");
    pay.add_option("--gate", pay_.gate, "where the simulated wallet is asked");
    pay.add_flag("--dry-run", pay_.dry_run, "say what would be paid, pay nothing");
    add_json(pay, pay_);
    runs(pay, pay_, run_pay);
    add_solve();
  }

  void add_solve() {
    CLI::App& solve = command("solve");
    solve.add_option("--challenge", solve_.challenge, "the challenge, as it was given")->required();
    add_whole(solve, "--difficulty", solve_.difficulty, 256, "hex digits of zeros, or bits")
        ->required();
    solve.add_option("--unit", solve_.unit, "hex (default) or bits");
    add_whole(solve, "--threads", solve_.threads, 256, "threads (default: all processors)");
    add_whole(solve, "--count", solve_.count, 64, "sub-puzzles of the challenge (default 1)");
    add_whole(solve, "--max-bits", solve_.bits_max, 256,
              "log2 of the hashes to try at most (default 32)");
    add_whole(solve, "--max-seconds", solve_.seconds_max, 1'000'000, "give up after this");
    solve.add_option("--project-key", solve_.project_key,
                     "LiveAuth: the public key in front of the challenge");
    add_json(solve, solve_, "the answer is JSON anyway; errors too");
    runs(solve, solve_, run_solve);
  }

  void add_look_commands() {
    CLI::App& inspect = command("inspect");
    inspect.add_option("THING", inspect_.thing, "the thing, or - for one per line")->required();
    add_json(inspect, inspect_);
    runs(inspect, inspect_, run_inspect);

    CLI::App& verify = command("verify-receipt");
    verify.add_option("FILE", verify_.file, "the receipt, or - for standard input")->required();
    verify.add_option("--key", verify_.key, "HMAC key, hex");
    verify.add_option("--keys", verify_.keys, "key set in a file");
    add_json(verify, verify_);
    runs(verify, verify_, run_verify_receipt);

    CLI::App& ledger = command("ledger");
    ledger.add_option("ACTION", ledger_.action, "check, export, show, backup or revoke")
        ->required();
    ledger.add_option("ARGUMENT", ledger_.argument,
                      "payment hash of show and revoke, file of backup");
    ledger.add_option("--since", ledger_.since, "export from this time on (RFC 3339)");
    add_configuration(ledger, ledger_.configuration);
    add_json(ledger, ledger_);
    runs(ledger, ledger_, run_ledger);

    CLI::App& rotate = command("rotate");
    rotate.add_option("KIND", rotate_.kind, "hmac or receipt")->required();
    add_configuration(rotate, rotate_.configuration);
    add_json(rotate, rotate_);
    runs(rotate, rotate_, run_rotate);

    CLI::App& keygen = command("keygen");
    keygen.add_option("KIND", keygen_.kind, "hmac")->required();
    add_json(keygen, keygen_);
    runs(keygen, keygen_, run_keygen);

    CLI::App& bench = command("bench");
    bench.add_option("WHAT", bench_.what, "solve or verify")->required();
    add_json(bench, bench_);
    runs(bench, bench_, run_bench);

    CLI::App& completion = command("completion");
    completion.add_option("SHELL", completion_.shell, "bash, zsh or fish")->required();
    completion.callback([this] {
      chosen_ = [this] { return run_completion(completion_, pictures(), terminal_); };
    });
  }

  int lacks(std::string_view what) const {
    return terminal_.fail({Exit::usage, "not_in_this_build",
                           fmt::format("{} is not part of this build", what),
                           "tollhouse --help shows what is"});
  }

  int demo_with_port() {
    if (demo_port_) demo_.port = static_cast<std::uint16_t>(*demo_port_);
    return run_demo(demo_, terminal_);
  }

  int init_or_lacking() {
    if (lacking_command_) return lacks("init --command");
    return run_init(init_, terminal_);
  }

  int call_or_lacking() {
    if (lacking_identity_) return lacks("call --identity");
    constexpr std::array<std::string_view, 5> kRails{"auto", "l402", "x402", "mpp", "pow"};
    if (std::ranges::find(kRails, call_.rail) == kRails.end()) {
      return wrong_usage("--rail knows auto, l402, x402, mpp and pow");
    }
    return run_call(call_, terminal_);
  }

  int show_help() const {
    for (const CLI::App* sub : app_.get_subcommands({})) {
      if (sub->parsed()) terminal_.result(sub->help("tollhouse"));
    }
    return exit_with(Exit::done);
  }

  int wrong_usage(std::string_view message) const {
    std::string cure = "tollhouse --help";
    for (const CLI::App* sub : app_.get_subcommands({})) {
      if (sub->parsed()) cure = fmt::format("tollhouse {} --help", sub->get_name());
    }
    return terminal_.fail({Exit::usage, "wrong_usage", printable(message, 256), cure});
  }

  Terminal& terminal_;
  CLI::App app_;
  std::function<int()> chosen_;
  bool json_ = false;
  DemoOptions demo_;
  std::optional<std::uint64_t> demo_port_;
  InitOptions init_;
  ServeOptions serve_;
  CheckOptions check_;
  ConfigOptions config_;
  DoctorOptions doctor_;
  ToolsOptions tools_;
  CallOptions call_;
  ConnectOptions connect_;
  PayOptions pay_;
  SolveOptions solve_;
  InspectOptions inspect_;
  VerifyReceiptOptions verify_;
  LedgerOptions ledger_;
  KeygenOptions keygen_;
  RotateOptions rotate_;
  BenchOptions bench_;
  CompletionOptions completion_;
  std::optional<std::string> lacking_command_;
  std::optional<std::string> lacking_identity_;
};

/// --color=WHEN or --color WHEN anywhere before `--`; false for another word.
bool take_colour(std::vector<std::string>& arguments, Terminal& terminal) {
  for (auto at = arguments.begin(); at != arguments.end() && *at != "--";) {
    if (*at != "--color" && !at->starts_with("--color=")) {
      ++at;
      continue;
    }
    std::string when = at->substr(std::min<std::size_t>(at->size(), 8));
    const bool apart = *at == "--color" && at + 1 != arguments.end();
    if (apart) when = at[1];
    if (when != "auto" && when != "always" && when != "never") return false;
    at = arguments.erase(at, at + (apart ? 2 : 1));
    terminal.choose_colour(when == "always"  ? ColourChoice::always
                           : when == "never" ? ColourChoice::never
                                             : ColourChoice::automatic);
  }
  return true;
}

int refuse_command(const std::string& name, const Terminal& terminal) {
  if (command_of(name) != nullptr) {
    return terminal.fail({Exit::usage, "not_in_this_build",
                          fmt::format("{} is not part of this build", name),
                          "tollhouse --help shows what is"});
  }
  const auto nearest = nearest_command(name);
  return terminal.fail({Exit::usage, "wrong_usage",
                        fmt::format("there is no command {}", printable(name, 64)),
                        nearest ? fmt::format("did you mean tollhouse {}?", *nearest)
                                : std::string("tollhouse --help")});
}

}  // namespace

std::vector<CommandPicture> command_pictures() {
  Terminal::Streams streams;  // nobody is told anything
  Terminal terminal(std::move(streams), {});
  return Application(terminal).pictures();
}

int run(std::vector<std::string> arguments, Terminal& terminal) {
  const auto rest = std::ranges::find(arguments, "--");
  terminal.errors_as_json(std::find(arguments.begin(), rest, "--json") != rest);
  if (!take_colour(arguments, terminal)) {
    return terminal.fail({Exit::usage, "wrong_usage", "--color wants auto, always or never", ""});
  }
  if (arguments.empty()) {
    terminal.result(first_steps());
    return exit_with(Exit::done);
  }
  const std::string& first = arguments[0];
  if (first == "--help" || first == "-h" || first == "help") {
    terminal.result(help_text());
    return exit_with(Exit::done);
  }
  if (first == "--version" || first == "-V") {
    terminal.line(version_line());
    return exit_with(Exit::done);
  }
  const CommandRow* row = command_of(first);
  if (row == nullptr || !row->here) return refuse_command(first, terminal);
  return Application(terminal).run(std::move(arguments));
}

}  // namespace tollhouse::cli
