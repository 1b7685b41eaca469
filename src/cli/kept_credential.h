// cli: credentials that were paid for and not used up. They go into a private file, never onto the
// screen, and come back through TOLLHOUSE_CREDENTIAL, never through a command line.
#pragma once
#include <optional>
#include <string>

#include "base/result.h"
#include "cli/terminal.h"
#include "client/trouble.h"

namespace tollhouse::cli {

/// Writes `$XDG_STATE_HOME/tollhouse/credentials/HASH` (default `~/.local/state`), mode 0600. Gives
/// the words that tell how to use it, or that it could not be kept and where the preimage still is.
std::string keep_credential(const client::Unredeemed& unredeemed,
                            const Terminal::Environment& environment);

/// Value of `Authorization` from TOLLHOUSE_CREDENTIAL: `L402 M:r`, `M:r` or `@FILE`. Nothing where
/// it is not set. Trouble: a file that cannot be read, or no such credential.
Result<std::optional<std::string>, client::Trouble> shown_credential(const Terminal& terminal);

}  // namespace tollhouse::cli
