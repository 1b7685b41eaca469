// dialogue: looking an offer over.
#include "dialogue/offer.h"

#include "base/base64.h"
#include "crypto/sha256.h"
#include "l402/credential.h"
#include "l402/identifier.h"
#include "l402/limits.h"
#include "macaroon/formats.h"
#include "mpp/credential.h"

namespace tollhouse::dialogue {
namespace {

constexpr std::string_view kX402Word = "x402 ";

/// The payment a macaroon was minted for. Any binary form: some gates still send version 1.
Result<PaymentHash, Reason> payment_of(std::string_view macaroon_base64) {
  if (macaroon_base64.size() > l402::kTokenCharactersMax) return refuse(Reason::bad_macaroon);
  const auto bytes = bytes_from_any_base64(macaroon_base64);
  const auto macaroon = bytes ? macaroon::read_binary(*bytes) : refuse(macaroon::Reason::malformed);
  if (!macaroon) return refuse(Reason::bad_macaroon);
  const auto identifier = l402::read_identifier(macaroon->identifier);
  if (!identifier) return refuse(Reason::bad_identifier);
  return identifier->payment_hash;
}

Result<void, Reason> payable(const bolt::Invoice& invoice, Time now) {
  const auto checked = bolt::check(invoice, {.now = now});
  if (checked) return {};
  switch (checked.error()) {
    case bolt::Reason::expired:
      return refuse(Reason::expired);
    case bolt::Reason::timestamp_in_future:
      return refuse(Reason::dated_in_future);
    default:
      return {};
  }
}

Reason reason_of(x402::Reason reason) {
  switch (reason) {
    case x402::Reason::invoice_expired:
    case x402::Reason::lnbtc_invoice_expired:
      return Reason::expired;
    case x402::Reason::lnbtc_invoice_created_in_future:
      return Reason::dated_in_future;
    case x402::Reason::amount_mismatch:
    case x402::Reason::lnbtc_invoice_amount_mismatch:
      return Reason::price_mismatch;
    case x402::Reason::bolt11_decode_incomplete:
      return Reason::amount_missing;
    case x402::Reason::bolt11_decode_failed:
    case x402::Reason::lnbtc_invoice_decode_failed:
    case x402::Reason::lnbtc_invoice_description:
    case x402::Reason::lnbtc_invoice_payee_mismatch:
    case x402::Reason::lnbtc_invoice_expiry_mismatch:
      return Reason::bad_invoice;
    default:
      return Reason::no_offer;
  }
}

/// An offer that was held against the call already.
Result<Offer, Reason> x402_offer_of(const x402::FoundOffer& found, const x402::Demand& demand,
                                    Time now, const crypto::Secp256k1& curve) {
  auto invoice = bolt::decode(found.offer.invoice, curve);
  if (!invoice) return refuse(Reason::bad_invoice);
  const auto good = payable(*invoice, now);
  if (!good) return refuse(good.error());
  Offer offer;
  offer.rail = Rail::x402;
  offer.invoice_text = found.offer.invoice;
  offer.invoice = std::move(*invoice);
  offer.price = found.offer.amount;
  offer.x402 = found;
  offer.x402_resource = demand.resource.value_or("");
  return offer;
}

Result<Offer, Reason> choose_x402_offer(const PaymentAsked& asked, const Purchase& purchase,
                                        const crypto::Secp256k1& curve) {
  json::Document workspace;
  const auto value = json::parse(asked.x402, workspace);
  const auto demand = value ? x402::read_demand(*value, curve, std::nullopt) : std::nullopt;
  if (!demand || demand->offers.empty()) return refuse(Reason::no_offer);
  const x402::Intent intent{purchase.now, purchase.call, nullptr};
  const x402::FoundOffer* chosen = x402::choose_offer(*demand, intent, curve);
  if (chosen == nullptr) {
    const auto first = x402::check_offer(demand->offers.front().offer, intent, curve);
    return refuse(first ? Reason::no_offer : reason_of(first.error()));
  }
  if (asked.stated_price && *asked.stated_price != chosen->offer.amount) {
    return refuse(Reason::price_mismatch);
  }
  return x402_offer_of(*chosen, *demand, purchase.now, curve);
}

bool is_over(const mpp::Challenge& challenge, Time now) {
  if (challenge.expires.empty()) return false;
  const auto end = time_from_rfc3339(challenge.expires);
  return !end || now > *end;
}

/// What the challenge says has to be what its invoice says: the invoice is what the money goes to.
Result<Offer, Reason> payment_offer_of(const mpp::Challenge& challenge, Time now,
                                       const crypto::Secp256k1& curve) {
  const bool charge_by_lightning =
      challenge.method == mpp::kMethod && challenge.intent == mpp::kIntent;
  const auto charge =
      charge_by_lightning ? mpp::read_charge(challenge.request) : std::optional<mpp::Charge>();
  if (!charge) return refuse(Reason::no_offer);
  const std::string_view text = bolt::bare_invoice(charge->invoice);
  auto invoice = bolt::decode(text, curve);
  if (!invoice || mpp::network_name(invoice->network) != charge->network) {
    return refuse(Reason::bad_invoice);
  }
  if (charge->payment_hash.value_or(invoice->payment_hash) != invoice->payment_hash) {
    return refuse(Reason::hash_mismatch);
  }
  if (is_over(challenge, now)) return refuse(Reason::expired);
  const auto good = payable(*invoice, now);
  if (!good) return refuse(good.error());
  if (!invoice->amount) return refuse(Reason::amount_missing);
  if (*invoice->amount != charge->amount) return refuse(Reason::price_mismatch);
  Offer offer;
  offer.rail = Rail::mpp;
  offer.invoice_text = text;
  offer.invoice = std::move(*invoice);
  offer.price = charge->amount;
  offer.payment = challenge;
  return offer;
}

Result<Offer, Reason> choose_payment_offer(const PaymentAsked& asked, const Purchase& purchase,
                                           const crypto::Secp256k1& curve) {
  Result<Offer, Reason> why = refuse(Reason::no_offer);
  for (const mpp::Challenge& challenge : asked.payments) {
    auto offer = payment_offer_of(challenge, purchase.now, curve);
    if (offer && asked.stated_price && *asked.stated_price != offer->price) {
      offer = refuse(Reason::price_mismatch);
    }
    if (offer) return offer;
    // Of several, the charge over Lightning says why; other methods are not ours to judge.
    if (why.error() == Reason::no_offer) why = std::move(offer);
  }
  return why;
}

}  // namespace

std::string_view to_text(Rail rail) {
  switch (rail) {
    case Rail::l402:
      return "l402";
    case Rail::x402:
      return "x402";
    case Rail::mpp:
      break;
  }
  return "mpp";
}

Result<Offer, Reason> read_offer(const l402::Challenge& challenge, Time now,
                                 const crypto::Secp256k1& curve) {
  const auto payment = payment_of(challenge.macaroon);
  if (!payment) return refuse(payment.error());
  const std::string_view text = bolt::bare_invoice(challenge.invoice);
  auto invoice = bolt::decode(text, curve);
  if (!invoice) return refuse(Reason::bad_invoice);
  if (invoice->payment_hash != *payment) return refuse(Reason::hash_mismatch);
  const auto good = payable(*invoice, now);
  if (!good) return refuse(good.error());
  if (!invoice->amount) return refuse(Reason::amount_missing);
  const Msat price = *invoice->amount;
  return Offer{Rail::l402,        challenge.scheme,    challenge.macaroon,
               std::string(text), std::move(*invoice), price};
}

Result<Offer, Reason> choose_offer(const PaymentAsked& asked, Time now,
                                   const crypto::Secp256k1& curve) {
  Result<Offer, Reason> chosen = refuse(Reason::no_offer);
  bool first = true;
  for (const l402::Challenge& challenge : asked.challenges) {
    auto offer = read_offer(challenge, now, curve);
    if (offer && asked.stated_price && *asked.stated_price != offer->price) {
      offer = refuse(Reason::price_mismatch);
    }
    if (offer) return offer;
    if (first) chosen = std::move(offer);
    first = false;
  }
  return chosen;
}

Result<Offer, Reason> choose_offer(const PaymentAsked& asked, const Purchase& purchase,
                                   const crypto::Secp256k1& curve) {
  const auto wants = [&purchase](Rail rail) { return purchase.rail.value_or(rail) == rail; };
  std::optional<Reason> why;  // of the first rail that is offered
  if (wants(Rail::l402) && !asked.challenges.empty()) {
    auto offer = choose_offer(asked, purchase.now, curve);
    if (offer) return offer;
    why = offer.error();
  }
  if (wants(Rail::x402) && !asked.x402.empty()) {
    auto offer = choose_x402_offer(asked, purchase, curve);
    if (offer) return offer;
    why = why.value_or(offer.error());
  }
  if (wants(Rail::mpp) && !asked.payments.empty()) {
    auto offer = choose_payment_offer(asked, purchase, curve);
    if (offer) return offer;
    why = why.value_or(offer.error());
  }
  return refuse(why.value_or(Reason::no_offer));
}

Result<void, Reason> affordable(const Offer& offer, Msat limit) {
  if (offer.price > limit) return refuse(Reason::over_limit);
  return {};
}

Result<void, Reason> check_preimage(const bolt::Invoice& invoice, const Preimage& preimage) {
  const Digest digest = crypto::sha256(preimage.reveal());
  if (!crypto::equal(digest.view(), invoice.payment_hash.view())) {
    return refuse(Reason::preimage_mismatch);
  }
  return {};
}

std::string authorization_of(const Offer& offer, const Preimage& preimage) {
  if (offer.rail == Rail::x402) {
    const std::string payment = x402::payment_for(offer.x402, offer.x402_resource, &preimage);
    return std::string(kX402Word).append(x402::header_value(payment));
  }
  if (offer.rail == Rail::mpp) return mpp::authorization_value(offer.payment, preimage);
  std::string value = l402::authorization_value(offer.macaroon_base64, preimage);
  if (offer.scheme == "LSAT") value.replace(0, 4, "LSAT");
  return value;
}

FieldLine credential_field(std::string authorization) {
  if (!authorization.starts_with(kX402Word)) return {"Authorization", std::move(authorization)};
  return {"PAYMENT-SIGNATURE", authorization.substr(kX402Word.size())};
}

}  // namespace tollhouse::dialogue
