// cli: credentials that were paid for and not used up. They go into a private file, never onto the
// screen, and come back through TOLLHOUSE_CREDENTIAL, never through a command line.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "cli/terminal.h"
#include "client/purse.h"

namespace tollhouse::cli {

/// `$XDG_STATE_HOME/tollhouse/NAME` (default `~/.local/state`); empty where the environment names
/// no place.
std::filesystem::path state_folder(const Terminal::Environment& environment, std::string_view name);

/// Writes `$XDG_STATE_HOME/tollhouse/credentials/HASH` (default `~/.local/state`), mode 0600. Gives
/// the words that tell how to use it, or that it could not be kept and where the preimage still is.
std::string keep_credential(const client::Unredeemed& unredeemed,
                            const Terminal::Environment& environment);

/// The same file, from the payment on until the answer has come: a Ctrl-C in between loses nothing.
class FileKeeper final : public client::CredentialKeeper {
 public:
  explicit FileKeeper(const Terminal::Environment& environment) : environment_(environment) {}
  void paid(const client::Unredeemed& credential) override;
  void redeemed(const PaymentHash& payment_hash) override;

 private:
  const Terminal::Environment& environment_;
};

/// Value of `Authorization` from TOLLHOUSE_CREDENTIAL: `L402 M:r`, `M:r` or `@FILE`. Nothing where
/// it is not set. Trouble: a file that cannot be read, or no such credential.
Result<std::optional<std::string>, client::Trouble> shown_credential(const Terminal& terminal);

}  // namespace tollhouse::cli
