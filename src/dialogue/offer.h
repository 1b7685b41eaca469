// dialogue: from a challenge to a decision to pay: rail, invoice, macaroon and price are looked
// over before any money moves, and what the wallet gives for it before it is shown (l402.md 12,
// R-SDK-5).
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/money.h"
#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"
#include "bolt/bolt11.h"
#include "crypto/secp256k1.h"
#include "dialogue/hearing.h"
#include "dialogue/reason.h"
#include "dialogue/reply.h"
#include "x402/pay.h"

namespace tollhouse::dialogue {

/// Rails a caller can pay on in this build.
enum class Rail : std::uint8_t { l402, x402, mpp };
/// "l402".
std::string_view to_text(Rail rail);

/// A challenge that would buy what it says, if paid now.
struct Offer {
  Rail rail = Rail::l402;
  std::string scheme;           ///< "L402" or "LSAT": the retry uses the same word
  std::string macaroon_base64;  ///< L402: as the gate spelled it
  std::string invoice_text;     ///< BOLT 11 without scheme and blanks
  bolt::Invoice invoice;
  Msat price;
  x402::FoundOffer x402 = {};      ///< rail x402
  std::string x402_resource = {};  ///< the gate's own, JSON; empty where it names none
  mpp::Challenge payment = {};     ///< rail mpp
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

/// What a caller means to buy, and on which rail it lets itself be asked.
struct Purchase {
  Time now;
  std::optional<Rail> rail;  ///< none: L402, else x402, else the Payment scheme
  const x402::McpCall* call =
      nullptr;  ///< without it no x402 offer that binds its request is taken
};
/// The same over the rails of the purchase. An x402 offer is held against the call before it is
/// taken (x402-bip122.md 7.7), a Payment challenge against its own invoice (mpp.md 2.1). Errors:
/// those of the first rail that is offered and asked for. Of the first x402 offer: expired,
/// dated_in_future, price_mismatch, amount_missing, bad_invoice, or no_offer where it is for
/// another request or network. Of the first Lightning charge: the same, and hash_mismatch.
Result<Offer, Reason> choose_offer(const PaymentAsked& asked, const Purchase& purchase,
                                   const crypto::Secp256k1& curve);

/// Error: over_limit where the price is above, not at, the limit.
Result<void, Reason> affordable(const Offer& offer, Msat limit);

/// Error: preimage_mismatch unless SHA-256 of it is the invoice's payment hash.
Result<void, Reason> check_preimage(const bolt::Invoice& invoice, const Preimage& preimage);

/// What shows the payment in the retry, as a line that can be kept: `L402 M:r`, `x402 B` with the
/// payment in base64, or `Payment B`. A bearer secret.
std::string authorization_of(const Offer& offer, const Preimage& preimage);
/// The field for such a line: `Authorization`, but for x402 `PAYMENT-SIGNATURE` with the payment
/// alone, which every x402 server reads.
FieldLine credential_field(std::string authorization);

}  // namespace tollhouse::dialogue
