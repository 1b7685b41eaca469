// cli: keeping and showing credentials again.
#include "cli/kept_credential.h"

#include "base/base64.h"
#include "base/format.h"
#include "base/hex.h"
#include "cli/input.h"
#include "client/private_file.h"
#include "dialogue/shown.h"
#include "l402/credential.h"

namespace tollhouse::cli {
namespace {

namespace fs = std::filesystem;

std::string value_or_empty(const Terminal::Environment& environment, const std::string& name) {
  const auto found = environment.find(name);
  return found == environment.end() ? std::string() : found->second;
}

fs::path file_of(const PaymentHash& payment_hash, const Terminal::Environment& environment) {
  const fs::path folder = state_folder(environment, "credentials");
  return folder.empty() ? fs::path() : folder / hex(payment_hash.view());
}

bool write(const client::Unredeemed& unredeemed, const fs::path& file) {
  return !file.empty() && client::make_private_folder(file.parent_path()) &&
         client::write_private(file, unredeemed.authorization + "\n");
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

/// Payments of the other rails, as keep_credential() writes them: what stands behind the scheme is
/// the gate's to read.
bool is_of_another_rail(std::string_view text) {
  for (const std::string_view scheme : {"x402 ", "Payment "}) {
    if (!text.starts_with(scheme)) continue;
    const std::string_view token = text.substr(scheme.size());
    return bytes_from_any_base64(token).has_value();
  }
  return false;
}

}  // namespace

fs::path state_folder(const Terminal::Environment& environment, std::string_view name) {
  const fs::path state = value_or_empty(environment, "XDG_STATE_HOME");
  if (state.is_absolute()) return state / "tollhouse" / name;
  const fs::path home = value_or_empty(environment, "HOME");
  if (!home.is_absolute()) return {};
  return home / ".local" / "state" / "tollhouse" / name;
}

std::string keep_credential(const client::Unredeemed& unredeemed,
                            const Terminal::Environment& environment) {
  const fs::path file = file_of(unredeemed.payment_hash, environment);
  if (!write(unredeemed, file)) {
    return fmt::format("it could not be kept in a file; the wallet still has the preimage of {}",
                       hex(unredeemed.payment_hash.view()));
  }
  return fmt::format("it is kept, use it with TOLLHOUSE_CREDENTIAL=@{} and the same call",
                     file.native());
}

void FileKeeper::paid(const client::Unredeemed& credential) {
  write(credential, file_of(credential.payment_hash, environment_));
}

void FileKeeper::redeemed(const PaymentHash& payment_hash) {
  const fs::path file = file_of(payment_hash, environment_);
  std::error_code error;
  if (!file.empty()) fs::remove(file, error);
}

Result<std::optional<std::string>, client::Trouble> shown_credential(const Terminal& terminal) {
  std::string value = terminal.variable("TOLLHOUSE_CREDENTIAL").value_or("");
  if (value.empty()) return std::nullopt;
  if (value.front() == '@') {
    const auto content = read_input_file(value.substr(1), terminal);
    if (!content) return refuse(bad_credential("the file of TOLLHOUSE_CREDENTIAL cannot be read"));
    value = *content;
  }
  std::string text(without_blanks(value));
  if (is_of_another_rail(text)) return text;
  l402::Credential credential;
  if (!credential.read_pair(without_scheme(text))) {
    return refuse(bad_credential("TOLLHOUSE_CREDENTIAL holds no credential"));
  }
  const bool has_scheme = without_scheme(text).size() != text.size();
  return has_scheme ? text : "L402 " + text;
}

}  // namespace tollhouse::cli
