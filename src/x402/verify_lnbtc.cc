// x402: the order of verification of P2.
#include "x402/verify_lnbtc.h"

#include <algorithm>

#include "base/checked.h"
#include "base/hex.h"
#include "base/invariant.h"
#include "bolt/issued.h"
#include "x402/binding.h"
#include "x402/preimage.h"

namespace tollhouse::x402 {
namespace {

Time saturating_sum(Time time, Duration duration) {
  const auto sum = checked_add(time.time_since_epoch().count(), duration.count());
  return sum ? Time(Duration(*sum)) : Time::max();
}

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

/// The invoice as row 5 wants it, up to who signed it.
Result<bolt::IssuedInvoice, Reason> decode_strictly(std::string_view text, const Offer& offer,
                                                    const crypto::Secp256k1& curve) {
  if (text.size() > kInvoiceCharactersMax) return refuse(Reason::lnbtc_invoice_decode_failed);
  const auto invoice = bolt::decode(text, curve);
  if (!invoice) {
    return refuse(invoice.error() == bolt::Reason::description_count
                      ? Reason::lnbtc_invoice_description
                      : Reason::lnbtc_invoice_decode_failed);
  }
  const bolt::IssuedInvoice issued = bolt::issued_of(*invoice);
  if (!issued.amount) return refuse(Reason::lnbtc_invoice_decode_failed);
  if (!issued.description_hash) return refuse(Reason::lnbtc_invoice_description);
  if (!std::ranges::equal(issued.description_hash->view(), offer.binding->request_hash.view())) {
    return refuse(Reason::lnbtc_invoice_request_mismatch);
  }
  if (hex(invoice->payee.view()) != offer.pay_to) {
    return refuse(Reason::lnbtc_invoice_payee_mismatch);
  }
  return issued;
}

/// The same of an invoice that was decoded and checked against `pay_to` when it was sealed.
Result<bolt::IssuedInvoice, Reason> read_sealed(std::string_view text, const Offer& offer) {
  const auto issued = bolt::read_issued(text);
  if (!issued || !issued->amount) return refuse(Reason::lnbtc_invoice_decode_failed);
  if (!issued->description_hash) return refuse(Reason::lnbtc_invoice_description);
  if (!std::ranges::equal(issued->description_hash->view(), offer.binding->request_hash.view())) {
    return refuse(Reason::lnbtc_invoice_request_mismatch);
  }
  return *issued;
}

/// The rest of row 5.
Result<void, Reason> check_invoice(const bolt::IssuedInvoice& invoice,
                                   const LnbtcRequirement& requirement, Time now) {
  const Offer& offer = *requirement.offer;
  if (invoice.network != offer.network) return refuse(Reason::lnbtc_invoice_currency_mismatch);
  if (invoice.amount != offer.amount) return refuse(Reason::lnbtc_invoice_amount_mismatch);
  if (invoice.expiry != offer.max_timeout) return refuse(Reason::lnbtc_invoice_expiry_mismatch);
  if (invoice.timestamp > saturating_sum(now, requirement.skew)) {
    return refuse(Reason::lnbtc_invoice_created_in_future);
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

bool is_sealed(const Payment& payment, std::string_view invoice, const Offer& offer,
               const SealKeys* keys) {
  if (keys == nullptr || invoice.size() > kInvoiceCharactersMax) return false;
  const auto seal = string_member(*payment.extra(), "gate");
  return seal && keys->is_sealed(offer.pay_to, invoice, *seal);
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
  const bool sealed = is_sealed(payment, *text, offer, keys);
  const auto invoice = sealed ? read_sealed(*text, offer) : decode_strictly(*text, offer, curve);
  if (!invoice) return refuse(invoice.error());
  const auto checked = check_invoice(*invoice, requirement, now);
  if (!checked) return refuse(checked.error());
  const auto shown = check_preimage_shown(payment, invoice->payment_hash);
  if (!shown) return refuse(shown.error());
  const Time usable_until = saturating_sum(bolt::expires_at(*invoice), requirement.skew);
  if (now > usable_until) return refuse(Reason::lnbtc_invoice_expired);
  return LnbtcPayment{invoice->payment_hash,
                      *invoice->amount,
                      *text,
                      usable_until,
                      saturating_sum(usable_until, kRetention),
                      sealed};
}

std::string replay_key(bolt::Network network, const PaymentHash& hash) {
  std::string key(network_name(Profile::lnbtc, network));
  key.append(1, ':');
  append_hex(key, hash.view());
  return key;
}

}  // namespace tollhouse::x402
