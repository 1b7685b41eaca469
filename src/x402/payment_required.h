// x402: what a gate offers, and what it says when a payment was taken or refused. Written to the
// byte as the page has it, so that equal offers are equal texts. Spec: x402-bip122.md 3.1, 5, 6.7.
#pragma once
#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/money.h"
#include "base/time.h"
#include "x402/network.h"

namespace tollhouse::x402 {

inline constexpr int kVersion = 2;
inline constexpr std::string_view kScheme = "exact";
inline constexpr std::string_view kAsset = "BTC";
inline constexpr std::string_view kAnonymous = "anonymous";

/// Which rules a request hash follows (x402-bip122.md 7.2).
enum class BindingProfile : std::uint8_t { http, mcp };
/// "http:1", "mcp:1".
constexpr std::string_view to_text(BindingProfile profile) {
  return profile == BindingProfile::http ? "http:1" : "mcp:1";
}

/// The request that a P2 offer is for. Made by `bind_mcp` or `bind_http`.
struct Binding {
  BindingProfile profile = BindingProfile::mcp;
  Digest request_hash;
  std::string parameters;  ///< `requestBindingParams`, a JSON object
};

/// One entry of `accepts` (PaymentRequirements). The invoice is for exactly `amount`; for P2 it
/// lives for exactly `max_timeout` and its description hash is the request hash. Without an invoice
/// it says the terms only, as in a price list.
struct Offer {
  Profile profile = Profile::bip122;
  bolt::Network network = bolt::Network::regtest;
  Msat amount;
  std::string pay_to{kAnonymous};  ///< P2: the node's compressed key, 66 digits in lower case
  std::chrono::seconds max_timeout{300};
  std::string invoice;             ///< BOLT 11, lower case, no `lightning:`
  std::string seal;                ///< `extra.gate` (seal.h); empty: left out
  std::optional<Binding> binding;  ///< P2 only, and there with its invoice
};

/// Appends the PaymentRequirements of an offer, compact, members in the order of the page.
void append_requirements(std::string& out, const Offer& offer);
/// `[…]`, in the server's order of preference: P2 before P1 (x402-bip122.md 5.2).
std::string accepts(std::span<const Offer> offers);

/// Value of the line `WWW-Authenticate` for one offer:
/// `x402 scheme="exact", network="N", amount="A", requirements="B"`, B in standard base64.
std::string challenge_value(const Offer& offer);

/// What is for sale; empty members are left out.
struct Resource {
  std::string url;  ///< of the request as the caller sent it, or `mcp://tool/NAME` in band
  std::string description;
  std::string mime_type;
};
/// `{"url":…}`.
std::string resource_object(const Resource& resource);
/// "mcp://tool/fetch_market_metrics"; characters that no URI has are percent-encoded.
std::string tool_url(std::string_view tool);

/// A PaymentRequired, version 2. Lightning has no version 1 form, and a body that says version 1
/// would make clients pay in version 1: none is ever written.
struct PaymentRequired {
  std::string_view error;  ///< a reason's token
  Resource resource;
  std::span<const Offer> accepts;  ///< at least one
  std::string_view extensions;     ///< a JSON object, or empty
};
/// JSON.
std::string payment_required(const PaymentRequired& required);
/// Value of the header `PAYMENT-REQUIRED`: standard base64 with padding of any JSON of ours.
std::string header_value(std::string_view json);

/// A SettlementResponse with `success: true`, for `PAYMENT-RESPONSE` and
/// `_meta["x402/payment-response"]`. Never holds a preimage.
struct Settlement {
  Profile profile = Profile::bip122;
  bolt::Network network = bolt::Network::regtest;
  PaymentHash payment_hash;
  std::string_view invoice;  ///< P1 says it again
  Time settled_at;           ///< P1
};
std::string settlement(const Settlement& settled);
/// The same with `success: false`; `network` as the caller named it or as it is offered.
std::string failed_settlement(std::string_view reason_token, std::string_view network);

}  // namespace tollhouse::x402
