// config: `fees` and `receipts`.
#include <algorithm>
#include <cctype>

#include "base/hex.h"
#include "config/limits.h"
#include "config/secrets.h"
#include "config/sections.h"

namespace tollhouse::config {
namespace {

/// The HMAC key of receipts is hex, as `verify-receipt --key` takes it (sessions-config.md).
Secret read_hmac_key(const View& key) {
  if (!key.given()) return {};
  const auto bytes = bytes_from_hex(key.text());
  if (!bytes) {
    key.fault("is not hex digits", "tollhouse keygen hmac makes one");
    return {};
  }
  Secret secret(*bytes);
  if (secret.size() < kSecretBytesMin) {
    key.fault("is shorter than 32 bytes", "tollhouse keygen hmac makes one");
    return {};
  }
  if (is_published_secret(secret.reveal())) {
    key.fault("is a key that a document prints", "tollhouse keygen hmac makes one");
    return {};
  }
  return secret;
}

std::string read_key_id(const View& key) {
  const std::string id = key.text();
  const bool plain = std::ranges::all_of(
      id, [](unsigned char c) { return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.'; });
  if (!plain || id.size() > 128) {
    key.fault("is not a key id", "letters, digits, - _ and . only");
  }
  return id;
}

void read_retired(const View& item, Settings& settings) {
  const View key = item.child("hmac_key");
  if (!key.given()) return key.missing(key.path(), "the key that signed the old receipts");
  Secret secret = read_hmac_key(key);
  if (secret.empty()) return;
  settings.receipts.previous.push_back({read_key_id(item.child("key_id")), std::move(secret)});
}

}  // namespace

void read_books(const View& top, Settings& settings) {
  const View fees = top.child("fees");
  settings.fees.basis_points = static_cast<std::uint32_t>(fees.child("basis_points").whole());
  settings.fees.minimum = fees.child("minimum").amount().value_or(Msat());

  const View receipts = top.child("receipts");
  settings.receipts.key_id = read_key_id(receipts.child("key_id"));
  settings.receipts.hmac_key = read_hmac_key(receipts.child("hmac_key"));
  for (const View& item : receipts.child("previous").items()) read_retired(item, settings);
}

}  // namespace tollhouse::config
