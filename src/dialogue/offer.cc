// dialogue: looking an offer over.
#include "dialogue/offer.h"

#include "base/base64.h"
#include "crypto/sha256.h"
#include "l402/credential.h"
#include "l402/identifier.h"
#include "l402/limits.h"
#include "macaroon/formats.h"

namespace tollhouse::dialogue {
namespace {

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

}  // namespace

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
  std::string value = l402::authorization_value(offer.macaroon_base64, preimage);
  if (offer.scheme == "LSAT") value.replace(0, 4, "LSAT");
  return value;
}

}  // namespace tollhouse::dialogue
