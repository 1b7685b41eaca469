// mpp: the checks of a credential in their order.
#include "mpp/verify.h"

#include <algorithm>

#include "base/switches.h"
#include "bolt/bolt11.h"
#include "crypto/sha256.h"
#include "mpp/body_digest.h"

namespace tollhouse::mpp {
namespace {

/// What the verdict needs to know of the sale.
struct Sold {
  PaymentHash payment_hash;
  Time end;
};

/// `end` from the challenge, none where it says nothing; false where it cannot be read.
bool read_expires(const Challenge& challenge, std::optional<Time>& end) {
  if (challenge.expires.empty()) return true;
  end = time_from_rfc3339(challenge.expires);
  return end.has_value();
}

/// By the invoice where the challenge leaves something open. Nothing where they contradict.
std::optional<Sold> sold_by(const Challenge& challenge, const Charge& charge,
                            const crypto::Secp256k1& curve) {
  std::optional<Time> end;
  if (!read_expires(challenge, end)) return std::nullopt;
  if (end && charge.payment_hash) return Sold{*charge.payment_hash, *end};
  const auto invoice = bolt::decode(charge.invoice, curve);
  if (!invoice || invoice->amount != charge.amount) return std::nullopt;
  if (charge.payment_hash.value_or(invoice->payment_hash) != invoice->payment_hash) {
    return std::nullopt;
  }
  const Time invoice_end = bolt::expires_at(*invoice);
  return Sold{invoice->payment_hash, std::min(end.value_or(invoice_end), invoice_end)};
}

bool opens(const Preimage& preimage, const PaymentHash& hash) {
  if (planted(PlantedBug::charge_preimage_unchecked)) return true;
  return crypto::equal(crypto::sha256(preimage.reveal()).view(), hash.view());
}

bool fits_body(const Challenge& challenge, const Target& target) {
  if (challenge.digest.empty()) return true;
  return challenge.digest == body_digest(crypto::sha256(bytes_of(target.body)));
}

}  // namespace

Result<Grant, Reason> verify(const Credential& credential, const ChallengeKeys& keys,
                             const Target& target, Time now, const crypto::Secp256k1& curve) {
  const Challenge& challenge = credential.challenge;
  const bool issued = keys.issued(challenge) || planted(PlantedBug::charge_id_unchecked);
  if (!issued) return refuse(Reason::invalid_challenge);
  if (challenge.realm != target.realm) return refuse(Reason::invalid_challenge);
  if (challenge.method != kMethod || challenge.intent != kIntent) {
    return refuse(Reason::method_unsupported);
  }
  auto charge = read_charge(challenge.request);
  const auto sold = charge ? sold_by(challenge, *charge, curve) : std::nullopt;
  if (!sold) return refuse(Reason::invalid_challenge);
  if (now > sold->end) return refuse(Reason::payment_expired);
  if (!opens(credential.preimage, sold->payment_hash)) return refuse(Reason::invalid_preimage);
  if (!fits_body(challenge, target)) return refuse(Reason::request_mismatch);
  if (target.price && charge->amount < *target.price) return refuse(Reason::payment_insufficient);
  return Grant{sold->payment_hash, charge->amount, sold->end, std::move(charge->external_id)};
}

}  // namespace tollhouse::mpp
