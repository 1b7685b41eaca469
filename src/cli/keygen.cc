// cli: `keygen`.
#include "cli/keygen.h"

#include <array>

#include "base/format.h"
#include "base/hex.h"
#include "base/random.h"
#include "base/secret.h"
#include "json/writer.h"

namespace tollhouse::cli {

int run_keygen(const KeygenOptions& options, Terminal& terminal) {
  if (options.kind == "ed25519" || options.kind == "nostr" || options.kind == "api-key") {
    return terminal.fail({Exit::usage, "not_in_this_build",
                          fmt::format("keygen {} is not part of this build", options.kind),
                          "tollhouse keygen hmac"});
  }
  if (options.kind != "hmac") {
    return terminal.fail({Exit::usage, "wrong_usage",
                          fmt::format("keygen knows hmac, not {}", options.kind),
                          "tollhouse keygen hmac"});
  }
  std::array<std::uint8_t, 32> key{};
  SystemRandom random;
  random.fill(key);
  std::string digits = hex(key);
  wipe(key.data(), key.size());
  if (options.json) {
    std::string text;
    json::Writer(text).begin_object().member("kind", "hmac").member("key", digits).end_object();
    terminal.line(text);
  } else {
    terminal.line(digits);
  }
  wipe(digits.data(), digits.size());
  return exit_with(Exit::done);
}

}  // namespace tollhouse::cli
