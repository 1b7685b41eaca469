// receipt: `mcp-call-receipt-v1`: what a call cost, signed, and checked by whoever holds the key.
// Spec: sessions-receipts.md 10.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/money.h"
#include "base/result.h"
#include "base/time.h"
#include "crypto/sha256.h"
#include "receipt/reason.h"
#include "receipt/uuid.h"

namespace tollhouse::receipt {

inline constexpr std::string_view kVersion1 = "mcp-call-receipt-v1";
inline constexpr std::string_view kHmacSha256 = "HMAC-SHA256";
/// The key id that the seed's receipts carry.
inline constexpr std::string_view kDefaultKeyId = "liveauth-mcp-receipt-v1";
/// A receipt holds twenty short members; anything near this is not one.
inline constexpr std::size_t kEnvelopeBytesMax = 64 * 1024;

/// One HMAC key; which of several signed a receipt is said by its `keyId`, which keys that followed
/// one another may share.
struct Key {
  explicit Key(ByteView secret, std::string_view key_id = kDefaultKeyId)
      : id(key_id), hmac(secret) {}
  std::string id;
  crypto::HmacKey hmac;
};

/// What a receipt says. Texts are UTF-8; absent optionals of the public service are JSON null,
/// absent extensions (x_...) are left out.
struct CallFacts {
  Uuid event;  ///< revenueEventId; receiptId is `mcp_receipt_` and its 32 digits
  Time created;
  std::string_view tool_id;
  std::string_view tool_name;
  std::string_view tool_slug;
  std::string_view tool_method_name;
  std::string_view request_id;
  std::string_view status = "Charged";
  Msat gross;
  Msat fee;  ///< platform_fee(); grossSats, platformFeeSats are whole satoshi, netSats the rest
  std::uint32_t fee_basis_points = 0;
  std::optional<std::string_view> idempotency_key;
  std::optional<std::string_view> agent_id;
  std::optional<std::string_view> session_id;
  std::optional<std::string_view> token_id;
  std::optional<std::string_view> paying_project_id;

  /// Calls without a session (R-RCPT-9) say how they were paid: x_rail, x_paymentHash, x_grossMsat,
  /// x_requestSha256. Amounts from 2^53 msat on are left out of x_grossMsat (I-JSON).
  std::optional<std::string_view> rail;
  std::optional<PaymentHash> payment_hash;
  bool with_gross_msat = false;
  std::optional<Digest> request_digest;
  std::optional<Digest> result_digest;
  std::optional<Digest> previous_receipt;  ///< payload_digest of the one before
  std::optional<std::string_view> issuer;
  std::optional<std::string_view> environment;
};

struct Receipt {
  std::string id;         ///< "mcp_receipt_..."
  std::string envelope;   ///< JSON: version, payload, signature, signatureAlgorithm, keyId, body
  Digest payload_digest;  ///< SHA-256 of the canonical JSON
};

/// Builds and signs. The same facts and key give the same bytes.
Receipt build(const CallFacts& facts, const Key& key);

/// One member of a verified payload.
struct Field {
  std::string name;
  std::string json;                 ///< the value as it stands in the payload
  std::optional<std::string> text;  ///< unescaped, where it is a string
};

struct Verified {
  std::string key_id;
  std::string payload;  ///< the signed JSON, byte for byte
  Digest payload_digest;
  std::vector<Field> fields;   ///< in the payload's order
  bool non_canonical = false;  ///< a warning: authentic, but not RFC 8785

  const Field* find(std::string_view name) const;
};

/// Checks an envelope in the order of the specification; needs nothing but the text and keys.
/// Without the key it says unknown_key. Never serialises again what was signed. Numbers must be
/// integers below 2^53. The three amounts must add up where all of them are there. Errors: see
/// Reason.
Result<Verified, Reason> verify(std::string_view envelope_json, std::span<const Key> keys);

}  // namespace tollhouse::receipt
