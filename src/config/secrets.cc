// config: `secrets`, and what makes a secret good enough.
#include "config/secrets.h"

#include <algorithm>
#include <cctype>

#include "base/format.h"
#include "base/hex.h"
#include "config/limits.h"
#include "config/sections.h"
#include "crypto/sha256.h"

namespace tollhouse::config {
namespace {

constexpr std::string_view kMakeOne =
    "tollhouse keygen hmac makes one (so does openssl rand -hex 32)";

/// Words of placeholders. Random hex and base64 do not hold them but by odds of one in millions.
bool reads_like_a_placeholder(std::string_view text) {
  constexpr std::string_view kWords[] = {"change", "example", "placeholder",        "your-",
                                         "your_",  "insert",  "not-for-production", "<",
                                         "..."};
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::ranges::any_of(
      kWords, [&](std::string_view word) { return lower.find(word) != std::string::npos; });
}

/// What rotation has left beside the file that `root` names.
std::optional<Secret> read_beside(const View& root) {
  const auto file = file_named_by(root);
  if (!file) return std::nullopt;
  auto previous = previous_root_key(*file);
  if (previous) return *std::move(previous);
  root.fault(previous.error(), "correct it, or remove it when its tokens have expired");
  return std::nullopt;
}

std::optional<Secret> read_root(const View& view) {
  if (!view.given()) return std::nullopt;
  auto secret = secret_from_text(view.text());
  if (!secret) {
    view.fault(secret.error(), std::string(kMakeOne));
    return std::nullopt;
  }
  if (is_published_secret(secret->reveal()) || is_published_secret(bytes_of(view.text())) ||
      reads_like_a_placeholder(view.text())) {
    view.fault("is a key that a document prints, or a placeholder", std::string(kMakeOne));
    return std::nullopt;
  }
  return *secret;
}

}  // namespace

Result<Secret, std::string> secret_from_text(std::string_view text) {
  const auto decoded = bytes_from_hex(text);
  Secret secret = decoded ? Secret(*decoded) : Secret(bytes_of(text));
  if (secret.size() < kSecretBytesMin) return refuse(std::string("is shorter than 32 bytes"));
  return secret;
}

gate::RootKey root_key_from(const Secret& secret) {
  gate::RootKey key;
  const bool exact = secret.size() == key.secret.size();
  const Digest hashed = crypto::sha256(secret.reveal());
  const ByteView bytes = exact ? secret.reveal() : hashed.view();
  std::ranges::copy(bytes, key.secret.begin());
  const Digest number = crypto::hmac_sha256(bytes_of("tollhouse root key number"), key.secret);
  key.number = number.bytes[0];
  return key;
}

std::optional<std::filesystem::path> file_named_by(const View& view) {
  constexpr std::string_view kBegin = "${file:";
  if (!view.given() || !view.node().is_scalar()) return std::nullopt;
  const std::string_view written = view.node().written;
  if (!written.starts_with(kBegin) || written.find('}') != written.size() - 1) return std::nullopt;
  const std::filesystem::path file(
      written.substr(kBegin.size(), written.size() - kBegin.size() - 1));
  return file.is_absolute() ? file : view.reading().folder / file;
}

void read_secrets(const View& top, Settings& settings) {
  const View secrets = top.child("secrets");
  const View root = secrets.child("root");
  const View previous = secrets.child("previous_root");
  const auto newest = read_root(root);
  const auto older = previous.given() ? read_root(previous) : read_beside(root);
  if (newest) settings.root_keys.push_back(root_key_from(*newest));
  if (older) settings.root_keys.push_back(root_key_from(*older));
  if (previous.given() && !root.given()) {
    previous.fault("a previous root key without a root key", "write secrets.root too");
  }
  if (settings.root_keys.size() != 2) return;
  const auto& [first, second] = std::tie(settings.root_keys[0], settings.root_keys[1]);
  if (first.secret == second.secret) {
    previous.fault("is the same key as secrets.root", "remove it");
  } else if (first.number == second.number) {
    root.fault("has by chance the same number as the previous key", "make another root key");
  }
}

}  // namespace tollhouse::config
