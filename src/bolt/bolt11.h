// bolt: BOLT 11 invoices, both ways. Spec: bolt11-bolt12.md 1 to 5. Reading checks everything a
// payer must check and the signature; whether to pay is asked separately, with a clock.
//
// What is not here: whether an invoice is the one that was issued. Compare bytes, or the payment
// hash, with what the books say; a good signature only proves who signed.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/money.h"
#include "base/result.h"
#include "base/time.h"
#include "bolt/amount.h"
#include "bolt/limits.h"
#include "bolt/network.h"
#include "bolt/reason.h"
#include "crypto/secp256k1.h"

namespace tollhouse::bolt {

/// Goes to the payee inside the onion; not a secret from the payer.
using PaymentSecret = Bytes32<struct PaymentSecretTag>;
/// SHA-256 of a description too long for an invoice.
using DescriptionHash = Bytes32<struct DescriptionHashTag>;

/// The letter is that of the bech32 alphabet; the specification names fields by it.
enum class FieldType : std::uint8_t {
  payment_hash = 1,       ///< p
  route = 3,              ///< r
  features = 5,           ///< 9
  expiry = 6,             ///< x
  fallback = 9,           ///< f
  description = 13,       ///< d
  payment_secret = 16,    ///< s
  payee = 19,             ///< n
  description_hash = 23,  ///< h
  min_final_cltv = 24,    ///< c
  metadata = 27,          ///< m
};
char letter_of(FieldType type);

/// Where a field stood. One that was not read (unknown, or skipped by rule) keeps its words.
struct Field {
  FieldType type{};
  std::uint16_t word_count = 0;
  std::optional<Bytes> skipped_words = std::nullopt;
  friend bool operator==(const Field&, const Field&) = default;
};

struct ShortChannelId {
  std::uint64_t value = 0;  ///< block height 24 bits, transaction index 24, output 16
  friend bool operator==(const ShortChannelId&, const ShortChannelId&) = default;
};
/// "589390x3312x1".
std::string to_text(ShortChannelId id);

/// One hop of a private route. The key is not checked to be a point.
struct RouteHop {
  crypto::PublicKey node;
  ShortChannelId channel;
  Msat base_fee;  ///< at most 2^32 - 1
  std::uint32_t proportional_fee_millionths = 0;
  std::uint16_t cltv_expiry_delta = 0;
  friend bool operator==(const RouteHop&, const RouteHop&) = default;
};
using Route = std::vector<RouteHop>;  ///< one to twelve hops

/// An on-chain address: 0 to 16 a witness version, 17 a public-key hash, 18 a script hash.
struct Fallback {
  std::uint8_t version = 0;
  Bytes program;
  friend bool operator==(const Fallback&, const Fallback&) = default;
};

using Feature = std::uint16_t;  ///< bit of the `9` field
inline constexpr Feature kVarOnionOptin = 8;
inline constexpr Feature kPaymentSecretRequired = 14;
inline constexpr Feature kBasicMultiPart = 17;

/// All that stands in an invoice before its signature.
struct InvoiceFields {
  Network network = Network::regtest;
  std::optional<Msat> amount;  ///< never zero
  Time timestamp;              ///< whole seconds, 35 bits; beyond the year 2262 the last moment
  PaymentHash payment_hash;
  PaymentSecret payment_secret;
  /// Chosen by a stranger when decoded: escape before showing, never log. At most kFieldBytesMax.
  std::variant<std::string, DescriptionHash> description;
  Duration expiry = kDefaultExpiry;  ///< whole seconds after the timestamp
  std::uint64_t min_final_cltv_expiry_delta = kDefaultMinFinalCltvExpiryDelta;
  /// Ascending, without repetition. Without the first two some wallets refuse.
  std::vector<Feature> features{kVarOnionOptin, kPaymentSecretRequired};
  std::vector<Route> routes;
  std::vector<Fallback> fallbacks;
  std::optional<Bytes> metadata;
  bool names_payee = false;  ///< `n`: the signer's key is written out
  /// Empty: the order of this house, fields at their default left out. Else this order and no other
  /// field; of `r` and `f` each takes the next.
  std::vector<Field> order;
  friend bool operator==(const InvoiceFields&, const InvoiceFields&) = default;
};

/// What to mint. A decoded invoice is one too: signed again it has the same fields in their order.
using InvoiceRequest = InvoiceFields;

struct Invoice : InvoiceFields {
  crypto::PublicKey payee;  ///< who signed: `n` or recovered
  crypto::RecoverableSignature signature;
  Digest signing_digest;
  friend bool operator==(const Invoice& a, const Invoice& b) {
    return static_cast<const InvoiceFields&>(a) == b && a.payee == b.payee &&
           a.signing_digest == b.signing_digest && a.signature.signature == b.signature.signature &&
           a.signature.recovery_id == b.signature.recovery_id;
  }
};

struct DecodeOptions {
  /// Another network than this is refused. simnet is known only where it stands here.
  std::optional<Network> network;
  Strictness strictness = Strictness::strict;
};

/// Without white space around it and without a `lightning:` scheme of any case, `//` or not.
std::string_view bare_invoice(std::string_view text);

/// `text` is bare, of either case. Errors: the first in the order of `Reason` up to
/// duplicate_field, except that fields are read one after the other.
Result<Invoice, Reason> decode(std::string_view text, const crypto::Secp256k1& curve,
                               const DecodeOptions& options = {});

/// A good invoice in lower case, byte for byte the same for the same arguments (RFC 6979). The
/// caller has checked: key valid, amount positive, description UTF-8 of at most kFieldBytesMax,
/// timestamp from 1970 and in 35 bits, routes of one to twelve hops, programs of at most 40 bytes.
std::string encode_and_sign(const InvoiceRequest& request, const crypto::NodeKey& key,
                            const crypto::Secp256k1& curve);

/// The last moment at which the invoice is good, inclusive; saturates.
Time expires_at(const InvoiceFields& invoice);

/// What a payer, or a gate that asked a wallet for an invoice, expects of it.
struct Expectation {
  Time now;
  std::optional<Msat> amount = std::nullopt;              ///< exactly
  std::optional<crypto::PublicKey> payee = std::nullopt;  ///< the pinned node
  std::optional<Duration> expiry_max = std::nullopt;
  Duration timestamp_ahead_max = kTimestampAheadMax;
};
/// Errors in order: expired, timestamp_in_future, amount_missing, wrong_amount, wrong_payee,
/// expiry_too_long.
Result<void, Reason> check(const Invoice& invoice, const Expectation& expected);

/// Where the invoice has a hash of its description: description_hash_mismatch unless it is that of
/// `text`.
Result<void, Reason> check_description(const Invoice& invoice, std::string_view text);

}  // namespace tollhouse::bolt
