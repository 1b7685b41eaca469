// x402: the order of verification of P2.
#include "x402/verify_lnbtc.h"

#include "base/hex.h"
#include "base/invariant.h"
#include "base/switches.h"
#include "x402/binding.h"
#include "x402/invoice_check.h"
#include "x402/preimage.h"

namespace tollhouse::x402 {
namespace {

/// Row 1. The offer's own values are good, so row 2 needs nothing more.
Result<void, Reason> check_accepted(const Payment& payment, const Offer& offer) {
  const json::Value& accepted = payment.accepted();
  if (string_member(accepted, "scheme") != kScheme) return refuse(Reason::unsupported_scheme);
  const std::string_view network = network_name(Profile::lnbtc, offer.network);
  if (network.empty() || payment.network() != network) return refuse(Reason::network_mismatch);
  if (string_member(accepted, "amount") != std::to_string(offer.amount.count())) {
    return refuse(Reason::lnbtc_amount_mismatch);
  }
  if (string_member(accepted, "asset") != kAsset) return refuse(Reason::lnbtc_asset);
  if (string_member(accepted, "payTo") != offer.pay_to) {
    return refuse(Reason::lnbtc_pay_to_mismatch);
  }
  const auto timeout = accepted.find("maxTimeoutSeconds");
  const auto seconds = timeout ? timeout->as_u64() : std::nullopt;
  if (seconds != static_cast<std::uint64_t>(offer.max_timeout.count())) {
    return refuse(Reason::lnbtc_max_timeout_mismatch);
  }
  return {};
}

/// Row 3: the request that the payment says it is for.
Result<void, Reason> check_binding(const json::Value& extra, const Binding& wanted) {
  const auto hash = digest_from_lower_hex(string_member(extra, "requestHash").value_or(""));
  const auto profile =
      binding_profile_from_text(string_member(extra, "requestBindingProfile").value_or(""));
  const auto parameters = extra.find("requestBindingParams");
  if (!hash || !profile || !parameters) return refuse(Reason::lnbtc_request_binding);
  const bool as_offered = *profile == wanted.profile && parameters->raw() == wanted.parameters;
  if (!as_offered && !well_formed_parameters(*profile, *parameters)) {
    return refuse(Reason::lnbtc_request_binding);
  }
  if (planted(PlantedBug::request_unchecked)) return {};
  if (*hash != wanted.request_hash || *profile != wanted.profile ||
      !same_json(parameters->raw(), wanted.parameters)) {
    return refuse(Reason::lnbtc_request_mismatch);
  }
  return {};
}

/// Row 3.
Result<void, Reason> check_extra(const Payment& payment, const LnbtcRequirement& requirement) {
  const auto& extra = payment.extra();
  const auto method = extra ? present(*extra, "assetTransferMethod") : std::nullopt;
  if (method && method->as_string() != "bolt11") {
    return refuse(Reason::lnbtc_asset_transfer_method);
  }
  if (!extra || string_member(*extra, "paymentFlow") != "upfront") {
    return refuse(Reason::lnbtc_payment_flow);
  }
  const auto bound = check_binding(*extra, *requirement.offer->binding);
  if (!bound) return bound;
  for (const DeclaredMember& declared : requirement.declared) {
    const auto member = extra->find(declared.name);
    if (!member || !same_json(member->raw(), declared.value)) {
      return refuse(Reason::lnbtc_extra_mismatch);
    }
  }
  return {};
}

/// Row 6.
Result<void, Reason> check_preimage_shown(const Payment& payment, const PaymentHash& hash) {
  const auto shown = payment.payload_member("preimage");
  if (!shown) return refuse(Reason::lnbtc_preimage_missing);
  const auto text = shown->as_string();
  if (!text || !is_lower_hex(*text)) return refuse(Reason::lnbtc_preimage_malformed);
  if (text->size() != kPreimageDigits) return refuse(Reason::lnbtc_preimage_length);
  const auto preimage = preimage_from_text(*text);
  if (!preimage || !fits(*preimage, hash)) return refuse(Reason::lnbtc_preimage_hash_mismatch);
  return {};
}

bool is_sealed(const Payment& payment, std::string_view invoice,
               const LnbtcRequirement& requirement, const SealKeys* keys) {
  if (keys == nullptr || invoice.size() > kInvoiceCharactersMax) return false;
  const auto seal = string_member(*payment.extra(), "gate");
  return seal && keys->is_sealed(requirement.offer->pay_to, invoice, *seal, requirement.client);
}

}  // namespace

Result<LnbtcPayment, Reason> verify_lnbtc(const Payment& payment,
                                          const LnbtcRequirement& requirement, const SealKeys* keys,
                                          const crypto::Secp256k1& curve, Time now) {
  invariant(requirement.offer != nullptr && requirement.offer->binding.has_value());
  const Offer& offer = *requirement.offer;
  const auto accepted = check_accepted(payment, offer);
  if (!accepted) return refuse(accepted.error());
  const auto extra = check_extra(payment, requirement);
  if (!extra) return refuse(extra.error());
  const auto text = string_member(*payment.extra(), "invoice");
  if (!text || text->empty()) return refuse(Reason::lnbtc_invoice_missing);
  const bool sealed = is_sealed(payment, *text, requirement, keys);
  if (!requirement.client.empty() && !sealed) return refuse(Reason::lnbtc_request_mismatch);
  const auto invoice =
      sealed ? read_sealed_invoice(*text, offer) : decode_lnbtc_invoice(*text, offer, curve);
  if (!invoice) return refuse(invoice.error());
  const auto checked = check_lnbtc_invoice(*invoice, offer, requirement.skew, now);
  if (!checked) return refuse(checked.error());
  const auto shown = check_preimage_shown(payment, invoice->payment_hash);
  if (!shown) return refuse(shown.error());
  const Time usable_until = saturating_sum(bolt::expires_at(*invoice), requirement.skew);
  const bool over = now > usable_until && requirement.expiry == Expiry::judged;
  if (over) return refuse(Reason::lnbtc_invoice_expired);
  return LnbtcPayment{invoice->payment_hash,
                      *invoice->amount,
                      *text,
                      usable_until,
                      saturating_sum(usable_until, kRetention),
                      sealed};
}

Result<void, Reason> check_minted(const Offer& offer, const crypto::Secp256k1& curve, Time now,
                                  Duration skew) {
  invariant(offer.binding.has_value());
  const auto invoice = decode_lnbtc_invoice(offer.invoice, offer, curve);
  if (!invoice) return refuse(invoice.error());
  return check_lnbtc_invoice(*invoice, offer, skew, now);
}

std::string replay_key(bolt::Network network, const PaymentHash& hash) {
  std::string key(network_name(Profile::lnbtc, network));
  key.append(1, ':');
  append_hex(key, hash.view());
  return key;
}

}  // namespace tollhouse::x402
