// x402: PaymentRequirements of a gate, read: what a caller is offered, and what a facilitator is
// asked to settle. Spec: x402-bip122.md 3.1, 6.1, 7.1, 7.5 row 2.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "bolt/network.h"
#include "crypto/secp256k1.h"
#include "json/reader.h"
#include "x402/payment_required.h"
#include "x402/reason.h"

namespace tollhouse::x402 {

/// A member of `extra` that an offer declared beside those of its scheme; a payment has to bring
/// every one back as it was.
struct DeclaredMember {
  std::string name;
  std::string value;  ///< JSON
};

struct ReadOffer {
  Offer offer;  ///< its invoice empty where none is there
  std::vector<DeclaredMember> declared;
};

/// An offer of profile lnbtc. On mainnet (`ours`) only the networks of the published text are
/// known, elsewhere all.
///
/// Errors in order: unsupported_scheme, unsupported_network, lnbtc_asset, lnbtc_amount,
/// lnbtc_max_timeout, lnbtc_pay_to_malformed, lnbtc_asset_transfer_method, lnbtc_payment_flow,
/// lnbtc_request_binding.
Result<ReadOffer, Reason> read_lnbtc_offer(const json::Value& requirements,
                                           const crypto::Secp256k1& curve, bolt::Network ours);

/// An offer of profile bip122.
///
/// Errors in order: scheme_mismatch, network_mismatch, asset_mismatch, amount_mismatch,
/// pay_to_mismatch (none at all), payment_method_mismatch, invoice_missing.
Result<ReadOffer, Reason> read_bip122_offer(const json::Value& requirements);

/// Whether two JSON texts are one value (RFC 8785).
bool same_json(std::string_view a, std::string_view b);
/// A profile's name, "http:1" or "mcp:1".
std::optional<BindingProfile> binding_profile_from_text(std::string_view text);
/// 64 digits in lower case.
std::optional<Digest> digest_from_lower_hex(std::string_view text);
/// Digits only, no leading zero, from 1 up: millisatoshi.
std::optional<Msat> amount_from_text(std::string_view text);

}  // namespace tollhouse::x402
