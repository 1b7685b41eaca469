// cli: keeping and showing credentials again.
#include "cli/kept_credential.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "base/format.h"
#include "base/hex.h"
#include "cli/input.h"
#include "dialogue/shown.h"
#include "l402/credential.h"

namespace tollhouse::cli {
namespace {

namespace fs = std::filesystem;

std::string value_or_empty(const Terminal::Environment& environment, const std::string& name) {
  const auto found = environment.find(name);
  return found == environment.end() ? std::string() : found->second;
}

/// Empty where the environment names no place.
fs::path folder_of(const Terminal::Environment& environment) {
  const fs::path state = value_or_empty(environment, "XDG_STATE_HOME");
  if (state.is_absolute()) return state / "tollhouse" / "credentials";
  const fs::path home = value_or_empty(environment, "HOME");
  if (!home.is_absolute()) return {};
  return home / ".local" / "state" / "tollhouse" / "credentials";
}

bool make_private_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return false;
  fs::permissions(folder, fs::perms::owner_all, error);
  return !error;
}

/// A file that is there already holds the same payment's credential: it is written anew.
bool write_private(const fs::path& file, std::string_view text) {
  const int descriptor =
      ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (descriptor < 0) return false;
  const bool written =
      ::fchmod(descriptor, 0600) == 0 &&
      ::write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  return ::close(descriptor) == 0 && written;
}

client::Trouble bad_credential(std::string message) {
  return {client::TroubleKind::usage, "bad_credential", std::move(message),
          "TOLLHOUSE_CREDENTIAL=@FILE, or 'L402 macaroon:preimage'"};
}

std::string_view without_scheme(std::string_view text) {
  for (const std::string_view scheme : {"L402 ", "LSAT "}) {
    if (text.starts_with(scheme)) return text.substr(scheme.size());
  }
  return text;
}

}  // namespace

std::string keep_credential(const client::Unredeemed& unredeemed,
                            const Terminal::Environment& environment) {
  const std::string hash = hex(unredeemed.payment_hash.view());
  const fs::path folder = folder_of(environment);
  const fs::path file = folder / hash;
  const bool kept = !folder.empty() && make_private_folder(folder) &&
                    write_private(file, unredeemed.authorization + "\n");
  if (!kept) {
    return fmt::format("it could not be kept in a file; the wallet still has the preimage of {}",
                       hash);
  }
  return fmt::format("it is kept, use it with TOLLHOUSE_CREDENTIAL=@{} and the same call",
                     file.native());
}

Result<std::optional<std::string>, client::Trouble> shown_credential(const Terminal& terminal) {
  std::string value = terminal.variable("TOLLHOUSE_CREDENTIAL").value_or("");
  if (value.empty()) return std::nullopt;
  if (value.front() == '@') {
    const auto content = read_input_file(value.substr(1), terminal);
    if (!content) return refuse(bad_credential("the file of TOLLHOUSE_CREDENTIAL cannot be read"));
    value = *content;
  }
  const std::string text(without_blanks(value));
  l402::Credential credential;
  if (!credential.read_pair(without_scheme(text))) {
    return refuse(bad_credential("TOLLHOUSE_CREDENTIAL holds no L402 credential"));
  }
  const bool has_scheme = without_scheme(text).size() != text.size();
  return has_scheme ? text : "L402 " + text;
}

}  // namespace tollhouse::cli
