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
void read_hmac_key(const View& key, Settings& settings) {
  if (!key.given()) return;
  const auto bytes = bytes_from_hex(key.text());
  if (!bytes) {
    return key.fault("is not hex digits", "tollhouse keygen hmac makes one");
  }
  Secret secret(*bytes);
  if (secret.size() < kSecretBytesMin) {
    return key.fault("is shorter than 32 bytes", "tollhouse keygen hmac makes one");
  }
  if (is_published_secret(secret.reveal())) {
    return key.fault("is a key that a document prints", "tollhouse keygen hmac makes one");
  }
  settings.receipts.hmac_key = std::move(secret);
}

}  // namespace

void read_books(const View& top, Settings& settings) {
  const View fees = top.child("fees");
  settings.fees.basis_points = static_cast<std::uint32_t>(fees.child("basis_points").whole());
  settings.fees.minimum = fees.child("minimum").amount().value_or(Msat());

  const View receipts = top.child("receipts");
  settings.receipts.key_id = receipts.child("key_id").text();
  const bool plain = std::ranges::all_of(settings.receipts.key_id, [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.';
  });
  if (!plain || settings.receipts.key_id.size() > 128) {
    receipts.child("key_id").fault("is not a key id", "letters, digits, - _ and . only");
  }
  read_hmac_key(receipts.child("hmac_key"), settings);
}

}  // namespace tollhouse::config
