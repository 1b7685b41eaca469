// x402: what each profile asks of an invoice, for the gate that is shown one and for the caller who
// is about to pay it. Inside the room only.
#pragma once
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "bolt/issued.h"
#include "crypto/secp256k1.h"
#include "x402/payment_required.h"
#include "x402/reason.h"

namespace tollhouse::x402 {

/// The later time, or the last there is.
Time saturating_sum(Time time, Duration duration);

/// Strictly, with the signature. Errors: bolt11_decode_failed, bolt11_decode_incomplete (no payment
/// hash).
Result<bolt::IssuedInvoice, Reason> decode_bip122_invoice(std::string_view text,
                                                          const crypto::Secp256k1& curve);

/// Row 5 of 7.5 up to who signed it, who has to be `offer.pay_to`. Errors:
/// lnbtc_invoice_decode_failed, lnbtc_invoice_description, lnbtc_invoice_request_mismatch,
/// lnbtc_invoice_payee_mismatch.
Result<bolt::IssuedInvoice, Reason> decode_lnbtc_invoice(std::string_view text, const Offer& offer,
                                                         const crypto::Secp256k1& curve);
/// The same of an invoice whose seal says that it was decoded and that `offer.pay_to` signed it.
Result<bolt::IssuedInvoice, Reason> read_sealed_invoice(std::string_view text, const Offer& offer);
/// The rest of row 5. Errors: lnbtc_invoice_currency_mismatch, lnbtc_invoice_amount_mismatch,
/// lnbtc_invoice_expiry_mismatch, lnbtc_invoice_created_in_future.
Result<void, Reason> check_lnbtc_invoice(const bolt::IssuedInvoice& invoice, const Offer& offer,
                                         Duration skew, Time now);

}  // namespace tollhouse::x402
