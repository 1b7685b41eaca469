// dialogue: from a challenge to a decision to pay: rail, invoice, macaroon and price are looked
// over before any money moves, and what the wallet gives for it before it is shown (l402.md 12,
// R-SDK-5).
#pragma once
#include <span>
#include <string>

#include "base/money.h"
#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"
#include "bolt/bolt11.h"
#include "crypto/secp256k1.h"
#include "dialogue/hearing.h"
#include "dialogue/reason.h"

namespace tollhouse::dialogue {

/// Rails a caller can pay on in this build; the first one that is offered is taken.
enum class Rail : std::uint8_t { l402 };

/// A challenge that would buy what it says, if paid now.
struct Offer {
  Rail rail = Rail::l402;
  std::string scheme;           ///< "L402" or "LSAT": the retry uses the same word
  std::string macaroon_base64;  ///< as the gate spelled it
  std::string invoice_text;     ///< BOLT 11 without scheme and blanks
  bolt::Invoice invoice;
  Msat price;
};

/// Macaroon and invoice belong together and the invoice can be paid at `now`. The price is not
/// judged: see `affordable`. Errors in order: bad_macaroon, bad_identifier, bad_invoice,
/// hash_mismatch, expired, dated_in_future, amount_missing.
Result<Offer, Reason> read_offer(const l402::Challenge& challenge, Time now,
                                 const crypto::Secp256k1& curve);

/// The first challenge that makes a sound offer; price_mismatch where the gate's words say another
/// price than the invoice. Errors: no_offer, else that of the first challenge.
Result<Offer, Reason> choose_offer(const PaymentAsked& asked, Time now,
                                   const crypto::Secp256k1& curve);

/// Error: over_limit where the price is above, not at, the limit.
Result<void, Reason> affordable(const Offer& offer, Msat limit);

/// Error: preimage_mismatch unless SHA-256 of it is the invoice's payment hash.
Result<void, Reason> check_preimage(const bolt::Invoice& invoice, const Preimage& preimage);

/// Value of `Authorization` for the retry: `L402 M:r`. A bearer secret.
std::string authorization_of(const Offer& offer, const Preimage& preimage);

}  // namespace tollhouse::dialogue
