// ledger: one revenue event with its receipt, in the shape of sessions-receipts.md 8. Money that
// moved stands here and nowhere else; charge and receipt are one row of the store.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/money.h"
#include "base/time.h"

namespace tollhouse::ledger {

/// A UUID, made by the gate from its `Random`; `revenueEventId` of the receipt.
struct ChargeId {
  std::array<std::uint8_t, 16> bytes{};
  friend bool operator==(const ChargeId&, const ChargeId&) = default;
  friend auto operator<=>(const ChargeId&, const ChargeId&) = default;
};
/// Lower case with hyphens.
std::string to_text(const ChargeId& id);
/// Exactly that form, either case.
std::optional<ChargeId> charge_id_from_text(std::string_view text);

/// How often a payment may be shown.
struct Uses {
  std::uint32_t count = 1;  ///< 0: a pass, bounded by its expiry only
  static constexpr Uses single() { return {1}; }
  static constexpr Uses of(std::uint32_t n) { return {n}; }
  static constexpr Uses unlimited() { return {0}; }
  constexpr bool is_pass() const { return count == 0; }
  friend bool operator==(Uses, Uses) = default;
};

/// One use of one payment: the key that makes a double charge impossible. Numbers count from 0 and
/// stay below the uses bought.
struct UseKey {
  PaymentHash payment_hash;
  std::uint32_t use_no = 0;
  friend bool operator==(const UseKey&, const UseKey&) = default;
};

enum class Rail : std::uint8_t { session, l402, x402, mpp, pow };
/// `reserved` is written only where holds are rows; `cancelled` also for a charge on attempt whose
/// request was never sent. `reversed` is an event of its own that names the original.
enum class Status : std::uint8_t { charged, denied, reserved, cancelled, reversed };
/// What is known of the call. A charge on attempt begins as `unknown` and stays so over a crash.
enum class Outcome : std::uint8_t { unknown, ok, tool_error, failed };

std::string_view to_text(Rail rail);        ///< "l402"
std::string_view to_text(Status status);    ///< "Charged"
std::string_view to_text(Outcome outcome);  ///< "tool_error"

struct Charge {
  ChargeId id;
  Status status = Status::charged;
  Rail rail = Rail::l402;
  std::optional<PaymentHash> payment_hash;  ///< nothing where a session's balance pays
  std::uint32_t use_no = 0;
  Uses uses;
  Msat settled;  ///< what was paid on this payment hash in all
  Msat gross;
  Msat fee;
  Msat net;
  std::uint32_t fee_basis_points = 0;
  std::string tool_id;
  std::string tool_slug;
  std::string tool_name;
  std::string method_name;  ///< default the slug
  std::string request_id;   ///< X-Request-Id
  std::optional<std::string> idempotency_key;
  std::optional<std::string> agent_id;
  std::optional<std::string> paying_project_id;
  std::optional<std::string> session_id;  ///< mcpGateSessionId
  std::optional<std::string> token_id;    ///< mcpGateTokenId
  std::optional<std::string> metadata;    ///< a JSON object as text
  std::optional<ChargeId> reverses;       ///< of a `reversed` event: the original
  Digest request_digest;
  Digest caller;  ///< of credential and client as principal
  Time created;
  Time expires = Time::max();  ///< of the credential
  Outcome outcome = Outcome::unknown;
  bool delivered = false;
  bool redelivered = false;
  std::string receipt_id;
  std::string receipt;                     ///< envelope v1 as JSON text; opaque here
  std::optional<std::string> receipt_v2;   ///< envelope v2
  std::optional<std::string> kept_result;  ///< at most kKeptResultBytesMax; opaque here

  UseKey key() const { return {payment_hash.value_or(PaymentHash{}), use_no}; }
  friend bool operator==(const Charge&, const Charge&) = default;
};

}  // namespace tollhouse::ledger

template <>
struct std::hash<tollhouse::ledger::ChargeId> {
  std::size_t operator()(const tollhouse::ledger::ChargeId& id) const noexcept {
    std::size_t part;
    std::memcpy(&part, id.bytes.data() + 8, sizeof part);
    return part;
  }
};
template <>
struct std::hash<tollhouse::ledger::UseKey> {
  std::size_t operator()(const tollhouse::ledger::UseKey& key) const noexcept {
    return std::hash<tollhouse::PaymentHash>{}(key.payment_hash) +
           std::size_t{key.use_no} * 0x9e3779b97f4a7c15U;
  }
};
