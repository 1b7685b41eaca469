// cli: help, made from one table.
#include "cli/help.h"

#include <vector>

#include "base/format.h"
#include "cli/version.h"
#include "config/fault.h"

namespace tollhouse::cli {
namespace {

constexpr std::string_view kGate = "run a gate";
constexpr std::string_view kCaller = "call through a gate";
constexpr std::string_view kLook = "look inside";

constexpr CommandRow kCommands[] = {
    {kGate, "demo", "[--port N] [--once]",
     "a gate, a wallet, a server, and one paid call, step by step", "tollhouse demo --once"},
    {kGate, "init", "[FILE] [--upstream URL]",
     "writes a commented tollhouse.yaml and a fresh root key",
     "tollhouse init --upstream http://127.0.0.1:3001/mcp"},
    {kGate, "serve", "[-c FILE] [--upstream URL]", "runs the gate",
     "tollhouse serve --upstream http://127.0.0.1:3001/mcp"},
    {kGate, "check", "[-c FILE]", "looks the configuration over, every fault at once",
     "tollhouse check -c tollhouse.yaml"},
    {kGate, "config", "[-c FILE]", "the effective configuration and where it came from",
     "tollhouse config --set rails.l402.ttl=120s"},
    {kGate, "doctor", "[-c FILE]", "looks at each part of a gate, with a cure for what is wrong",
     "tollhouse doctor -c tollhouse.yaml"},
    {kCaller, "tools", "URL", "lists the tools behind a gate",
     "tollhouse tools http://127.0.0.1:8402/mcp"},
    {kCaller, "call", "URL TOOL [ARGS]",
     "calls one tool, pays within --max-sats, prints the result",
     "tollhouse call http://127.0.0.1:8402/mcp echo message=hello --max-sats 5 -v"},
    {kCaller, "pay", "INVOICE [--wallet W]", "pays one invoice, prints the preimage",
     "tollhouse pay lnbcrt30n1... --wallet sim:http://127.0.0.1:8402"},
    {kCaller, "connect", "URL [--budget N]", "an MCP server for desktop clients, pays for them",
     "tollhouse connect https://gate.example/mcp --max-sats 10 --budget 500"},
    {kCaller, "solve", "--challenge C --difficulty D", "does proof of work, prints nonce and hash",
     "tollhouse solve --challenge abc123 --difficulty 4"},
    {kCaller, "session", "", "", "", false},
    {kCaller, "session-mcp", "", "", "", false},
    {kLook, "inspect", "THING|-", "decodes an invoice, macaroon, credential, work or receipt",
     "tollhouse inspect lnbcrt30n1..."},
    {kLook, "verify-receipt", "FILE|- --key HEX", "checks a receipt, offline",
     "tollhouse verify-receipt receipt.json --key HEX"},
    {kLook, "ledger", "check|export|show HASH|backup FILE|revoke HASH",
     "reads the books, takes payments back", "tollhouse ledger check --json"},
    {kLook, "keygen", "hmac", "makes a key of 32 random bytes", "tollhouse keygen hmac > root.key"},
    {kLook, "review", "", "", "", false},
    {kLook, "rotate", "hmac|receipt", "a fresh key; the one before goes on verifying",
     "tollhouse rotate hmac -c tollhouse.yaml"},
    {kLook, "bench", "solve|verify", "what work costs this machine, solving and verifying",
     "tollhouse bench solve --json"},
    {kLook, "completion", "bash|zsh|fish", "a script with which the shell completes commands",
     "tollhouse completion bash > /etc/bash_completion.d/tollhouse"},
};

constexpr ExitRow kExits[] = {
    {Exit::done, "done", "Done."},
    {Exit::no, "no",
     "The answer is no: refused, not valid, denied, or a tool result with isError."},
    {Exit::usage, "usage", "Wrong usage, also a secret in --set, or a part that this build lacks."},
    {Exit::configuration, "configuration", "The configuration is invalid or its file missing."},
    {Exit::unreachable, "unreachable", "Something outside could not be reached."},
    {Exit::own_limit, "own limit", "Stopped by the caller's own limit: a price above --max-sats."},
    {Exit::cannot_start, "cannot start",
     "A gate cannot start: address in use, data directory locked, books of a newer schema."},
    {Exit::books_damaged, "", "A running gate ended because its books are damaged."},
    {Exit::disk_error, "", "A running gate ended because its disk failed."},
};

}  // namespace

std::span<const ExitRow> exits() { return kExits; }
std::span<const CommandRow> commands() { return kCommands; }

const CommandRow* command_of(std::string_view name) {
  for (const CommandRow& row : kCommands) {
    if (row.name == name) return &row;
  }
  return nullptr;
}

std::optional<std::string> nearest_command(std::string_view name) {
  std::vector<std::string_view> names;
  for (const CommandRow& row : kCommands) {
    if (row.here) names.push_back(row.name);
  }
  return config::nearest_name(name, names);
}

std::string help_text() {
  std::string text = "tollhouse: sells calls to MCP servers, paid over Lightning\n\n";
  text += "usage: tollhouse COMMAND [OPTIONS]     tollhouse COMMAND --help has an example\n";
  std::string_view group;
  for (const CommandRow& row : kCommands) {
    if (!row.here) continue;
    if (row.group != group) text += fmt::format("\n{}\n", row.group);
    group = row.group;
    const std::string head = fmt::format("{} {}", row.name, row.usage);
    if (head.size() > 32) text += fmt::format("  {}\n  {:<32}  {}\n", head, "", row.purpose);
    if (head.size() <= 32) text += fmt::format("  {:<32}  {}\n", head, row.purpose);
  }
  text +=
      "\nOptions: --json, --color auto|always|never, --help, --version\n"
      "Configuration: -c FILE, $TOLLHOUSE_CONFIG, ./tollhouse.yaml, "
      "/etc/tollhouse/tollhouse.yaml\n"
      "Environment: TOLLHOUSE_<KEY> (TOLLHOUSE_RAILS__L402__TTL=60s), LN_GATE_HMAC, PORT, "
      "NO_COLOR\n"
      "Exit: ";
  for (const ExitRow& row : exits()) {
    if (!row.word.empty())
      text +=
          fmt::format("{}{} {}", row.exit == Exit::done ? "" : ", ", exit_with(row.exit), row.word);
  }
  return text + "\n";
}

std::string first_steps() {
  return fmt::format(R"(tollhouse {}: sells calls to MCP servers, paid over Lightning

  tollhouse demo                                   see a paid call, nothing to set up
  tollhouse serve --upstream http://HOST:PORT/mcp  put a price of 1 sat on every tool
  tollhouse init                                   write a configuration to begin with
  tollhouse tools http://127.0.0.1:8402/mcp        what the tools cost
  tollhouse call http://127.0.0.1:8402/mcp TOOL    call one, and pay
  tollhouse --help                                 every command
)",
                     version());
}

}  // namespace tollhouse::cli
