// x402: decides whether a P1 payment (`bip122`, invoice echo) is good for a call. The ten steps of
// x402-bip122.md 6.4, without the two that books and wallet answer (10a, 10c, 10d).
#pragma once
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "base/money.h"
#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"
#include "bolt/network.h"
#include "crypto/secp256k1.h"
#include "x402/limits.h"
#include "x402/payment_payload.h"
#include "x402/payment_required.h"
#include "x402/reason.h"
#include "x402/seal.h"

namespace tollhouse::x402 {

/// What a route takes.
struct Bip122Rules {
  bolt::Network network = bolt::Network::regtest;
  std::string_view pay_to = kAnonymous;
  /// The invoice is no secret (x402-bip122.md 6.8): with this a payment has to show its preimage.
  bool require_preimage = false;
  /// Take the invoice from `accepted` where only a preimage is shown (6.9, a dialect).
  bool invoice_may_be_left_out = false;
};

/// A payment that names an invoice and agrees with itself. Views look into the payment.
struct InvoiceEcho {
  std::string_view invoice;
  PaymentHash payment_hash;  ///< the key of the books
  Msat amount;               ///< of the invoice
  Time expires;              ///< last moment of the invoice, inclusive
  std::string_view accepted_amount;
  std::optional<std::string_view> preimage;  ///< as sent, not looked at yet
  /// The invoice was minted here, for these terms. Nothing: ask the books for a row, under
  /// payment_hash, before the caller is told invoice_not_issued_here.
  std::optional<TermsDigest> terms;
};

/// Steps 1 to 7 as far as the payment alone decides them. An invoice under a seal of ours was
/// decoded when it was sealed: then its signature is not recovered again.
///
/// Errors in order: scheme_mismatch, network_mismatch, asset_mismatch, pay_to_mismatch,
/// payment_method_mismatch, invoice_missing, invoice_substitution, bolt11_decode_failed,
/// bolt11_decode_incomplete, network_mismatch (the invoice's prefix).
Result<InvoiceEcho, Reason> read_echo(const Payment& payment, const Bip122Rules& rules,
                                      const SealKeys& keys, const crypto::Secp256k1& curve);

/// What the gate promised for an invoice: the fallback for callers that do not echo the seal.
struct InvoiceRecord {
  std::string_view invoice;
  Msat price;
  TermsDigest terms{};
};
/// The record out of a seal; nothing where the payment has none of ours.
std::optional<InvoiceRecord> record_of(const InvoiceEcho& echo);

/// The rest of step 7, then 8 and 9: is it this gate's invoice, for this request, now.
///
/// Errors in order: invoice_not_issued_here, request_mismatch, invoice_expired, amount_mismatch.
/// Next, by the books: replay_detected (10a). Then check_preimage.
Result<void, Reason> check_echo(const InvoiceEcho& echo, const std::optional<InvoiceRecord>& record,
                                const TermsDigest& request, Time now,
                                Expiry expiry = Expiry::judged);

/// What speaks for a payment (10b).
enum class Proof : std::uint8_t {
  preimage,   ///< fits; proof enough where the wallet shows no preimages of unpaid invoices
  none_shown  ///< the wallet has to be asked
};
/// Errors: preimage_missing (where the rules require one), preimage_mismatch, also for one that is
/// not 64 digits in lower case.
Result<Proof, Reason> check_preimage(const InvoiceEcho& echo, const Bip122Rules& rules);

/// What the wallet says of an invoice (10c).
enum class PaidState : std::uint8_t { settled, open, in_flight, unknown };
/// Errors: invoice_not_paid, invoice_in_flight, lnbits_unreachable (whatever the wallet is).
Result<void, Reason> check_paid(PaidState state);

}  // namespace tollhouse::x402
