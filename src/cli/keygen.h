// cli: `keygen hmac`, a fresh key on standard output.
#pragma once
#include <string>

#include "cli/terminal.h"

namespace tollhouse::cli {

struct KeygenOptions {
  std::string kind;  ///< hmac; ed25519, nostr and api-key are not in this build
  bool json = false;
};

int run_keygen(const KeygenOptions& options, Terminal& terminal);

}  // namespace tollhouse::cli
