// x402: finds the payment of a request, wherever a client may have put it, and reads it strictly.
// Spec: x402-bip122.md 3.1, 4.1, 4.2, 10.3.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/authorization.h"
#include "json/reader.h"
#include "x402/network.h"
#include "x402/reason.h"

namespace tollhouse::x402 {

/// Where a payment may stand: field values as they came, in order; none where the field was not
/// sent. `authorization` is split already, because other rails read it too; null is none.
struct Carriers {
  const http::CredentialList* authorization = nullptr;
  std::span<const std::string_view> payment_signature;
  std::span<const std::string_view> x_payment;
  /// `_meta["x402/payment"]`, exact JSON text: the object itself, or a string with its base64.
  std::optional<std::string_view> meta;
};

enum class Presence : std::uint8_t {
  none,       ///< no payment anywhere; empty values count as none
  ambiguous,  ///< two different texts, or one name on two lines: conflicting_credentials
  found,
};

/// A payment that nobody has read yet. A view into its carrier.
struct PaymentText {
  enum class Form : std::uint8_t { base64, json, json_string };
  Form form = Form::base64;
  std::string_view text;
};

/// Equal texts in several carriers are one payment. Reads no more than it compares: no heap, unless
/// a payment of `_meta` stands beside one of a header.
Presence find_payment(const Carriers& carriers, PaymentText& into);

/// A PaymentPayload of version 2, in memory of its own, that has an `accepted`. Nothing about it
/// has been verified. Stays where it is; used again it keeps its buffers.
class Payment {
 public:
  Payment() = default;
  Payment(const Payment&) = delete;  // values point to it
  Payment& operator=(const Payment&) = delete;

  /// Standard or URL alphabet, padding right or absent. Nothing is allocated for a text that is too
  /// long. The payment is readable only after success.
  ///
  /// Errors, the first that applies: payload_too_large, payload_unparseable (not base64, not UTF-8,
  /// no JSON object, duplicate members), invalid_x402_version, accepted_missing.
  Result<void, Reason> read(const PaymentText& text);

  /// The JSON object as the client wrote it.
  std::string_view text() const { return whole_->raw(); }
  const json::Value& accepted() const { return *accepted_; }
  /// Of `accepted`; nothing where it is absent or no object.
  const std::optional<json::Value>& extra() const { return extra_; }
  /// Member of `payload`; nothing where that is absent, null or no object.
  std::optional<json::Value> payload_member(std::string_view name) const;
  /// By the namespace of `accepted.network`: whose checks it has to pass. All that is not `lnbtc:`
  /// is P1's to refuse.
  Profile profile() const { return profile_; }
  /// `accepted.network`; empty where it is no string.
  std::string_view network() const { return network_; }

 private:
  Result<std::string_view, Reason> decoded(const PaymentText& text);
  Result<void, Reason> read_members();

  std::string text_;
  json::Document document_;
  std::optional<json::Value> whole_;
  std::optional<json::Value> accepted_;
  std::optional<json::Value> extra_;
  std::optional<json::Value> payload_;
  std::string_view network_;
  Profile profile_ = Profile::bip122;
};

/// A member that is there and not null.
std::optional<json::Value> present(const json::Value& object, std::string_view name);
/// A string member; nothing where it is anything else.
std::optional<std::string_view> string_member(const json::Value& object, std::string_view name);

}  // namespace tollhouse::x402
