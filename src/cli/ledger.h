// cli: `ledger`: reading the books and taking payments back, gate running or not.
#pragma once
#include <optional>
#include <string>

#include "cli/configuration.h"

namespace tollhouse::cli {

struct LedgerOptions {
  ConfigurationOptions configuration;
  std::string action;                   ///< check, export, show, backup, revoke
  std::optional<std::string> argument;  ///< payment hash of show and revoke, file of backup
  std::optional<std::string> since;     ///< --since T of export, RFC 3339
  bool json = false;
};

int run_ledger(const LedgerOptions& options, Terminal& terminal);

}  // namespace tollhouse::cli
