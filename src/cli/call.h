// cli: `tools` and `call`, the caller's side of a gate.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/terminal.h"

namespace tollhouse::cli {

struct ToolsOptions {
  std::string url;
  bool json = false;
};

struct CallOptions {
  std::string url;
  std::string tool;
  std::vector<std::string> arguments;  ///< one JSON object, or `key=text` and `key:=json`
  std::uint64_t sats_max = 100;        ///< --max-sats
  std::optional<std::string> wallet;   ///< --wallet; else TOLLHOUSE_WALLET, else chosen by itself
  std::string rail = "auto";           ///< auto, l402, x402, mpp or pow
  std::uint64_t bits_max = 32;         ///< --max-bits, log2 of the hashes of one call
  bool json = false;
  bool verbose = false;  ///< -v: every exchange, secrets shortened
  bool dry_run = false;  ///< shows the challenge, pays nothing
};

int run_tools(const ToolsOptions& options, Terminal& terminal);
int run_call(const CallOptions& options, Terminal& terminal);

}  // namespace tollhouse::cli
