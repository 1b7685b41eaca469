// x402: the caller's side: what another gate asks, what is checked before money leaves, and the
// payment that is sent back. Pure: paying the invoice is the wallet's. Spec:
// x402-bip122.md 7.7, 14.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"
#include "crypto/secp256k1.h"
#include "json/reader.h"
#include "x402/binding.h"
#include "x402/payment_required.h"
#include "x402/reason.h"
#include "x402/requirements.h"

namespace tollhouse::x402 {

/// A Lightning offer as a caller found it.
struct FoundOffer {
  Offer offer;
  std::string requirements;  ///< its exact JSON text: what a payment sends back as `accepted`
};

/// What a gate asks. Offers of other schemes and chains are left out.
struct Demand {
  std::string error;
  std::optional<std::string> resource;  ///< exact JSON text
  std::vector<FoundOffer> offers;       ///< in the server's order, at most kOffersMax
};

/// Whether it is a PaymentRequired object of version 2 with a list of offers.
bool is_required(const json::Value& required);
/// A PaymentRequired object: a body, `structuredContent`, `error.data` or the text of a tool
/// result. Only offers on `network` are taken, on any where it is not given. Nothing where it is no
/// such object.
std::optional<Demand> read_demand(const json::Value& required, const crypto::Secp256k1& curve,
                                  std::optional<bolt::Network> network);
/// The JSON of a header `PAYMENT-REQUIRED`; nothing where it holds no such object.
std::optional<std::string> required_of_header(std::string_view value);
/// The demand of a header `PAYMENT-REQUIRED`.
std::optional<Demand> read_demand_header(std::string_view value, const crypto::Secp256k1& curve,
                                         std::optional<bolt::Network> network);
/// The offers of the lines `WWW-Authenticate: x402 …`. One without `requirements` in it, whose
/// invoice is to be asked for elsewhere, is left out.
std::vector<FoundOffer> read_challenges(std::span<const std::string_view> www_authenticate,
                                        const crypto::Secp256k1& curve,
                                        std::optional<bolt::Network> network);

/// The call that a caller means to pay for; the server's identity is that of its connection, never
/// that of an offer. Without a call an offer of P2 is refused.
struct Intent {
  Time now;
  const McpCall* mcp = nullptr;    ///< its bound names are taken from the offer
  const HttpCall* http = nullptr;  ///< the same
};
/// What has to be right before money leaves (7.7); whether it is too dear is the caller's to say.
///
/// Errors in order: P1 bolt11_decode_failed, bolt11_decode_incomplete, network_mismatch,
/// invoice_expired, amount_mismatch; P2 lnbtc_request_binding, lnbtc_request_mismatch, then those
/// of row 5 and lnbtc_invoice_expired.
Result<void, Reason> check_offer(const Offer& offer, const Intent& intent,
                                 const crypto::Secp256k1& curve);
/// The first offer of P2 that the intent agrees with, else the first of P1: a preimage is worth
/// more than an invoice that everybody may have seen. Null where there is none.
const FoundOffer* choose_offer(const Demand& demand, const Intent& intent,
                               const crypto::Secp256k1& curve);

/// PaymentPayload, version 2: `accepted` is the offer as it was found. P2 needs the preimage, P1
/// sends it where there is one. `resource` is the server's own, or empty.
std::string payment_for(const FoundOffer& offer, std::string_view resource,
                        const Preimage* preimage);
/// The same for an offer that was made here.
std::string payment_for(const Offer& offer, std::string_view resource, const Preimage* preimage);

/// What a gate says of a payment; from `PAYMENT-RESPONSE` or `_meta["x402/payment-response"]`.
struct SettlementAnswer {
  bool success = false;
  std::string transaction;
  std::string network;
  std::string error_reason;
};
std::optional<SettlementAnswer> read_settlement(const json::Value& settlement);
std::optional<SettlementAnswer> read_settlement_header(std::string_view value);

}  // namespace tollhouse::x402
