// x402: the order of verification of P1.
#include "x402/verify_bip122.h"

#include "base/switches.h"
#include "x402/invoice_check.h"
#include "x402/limits.h"
#include "x402/preimage.h"

namespace tollhouse::x402 {
namespace {

/// Steps 1 to 5.
Result<void, Reason> check_accepted(const Payment& payment, const Bip122Rules& rules) {
  const json::Value& accepted = payment.accepted();
  if (string_member(accepted, "scheme") != kScheme) return refuse(Reason::scheme_mismatch);
  const std::string_view network = network_name(Profile::bip122, rules.network);
  if (network.empty() || payment.network() != network) return refuse(Reason::network_mismatch);
  if (string_member(accepted, "asset") != kAsset) return refuse(Reason::asset_mismatch);
  if (string_member(accepted, "payTo") != rules.pay_to) return refuse(Reason::pay_to_mismatch);
  const auto& extra = payment.extra();
  if (!extra || string_member(*extra, "paymentMethod") != "lightning") {
    return refuse(Reason::payment_method_mismatch);
  }
  return {};
}

/// Step 6.
Result<std::string_view, Reason> agreed_invoice(const Payment& payment, const Bip122Rules& rules) {
  const auto accepted = string_member(*payment.extra(), "invoice");
  const auto shown = payment.payload_member("invoice");
  const bool left_out =
      rules.invoice_may_be_left_out && !shown && payment.payload_member("preimage");
  const auto echoed = left_out ? accepted : shown ? shown->as_string() : std::nullopt;
  if (!accepted || accepted->empty() || !echoed || echoed->empty()) {
    return refuse(Reason::invoice_missing);
  }
  if (*echoed != *accepted) return refuse(Reason::invoice_substitution);
  return *accepted;
}

/// The start of step 7.
Result<bolt::IssuedInvoice, Reason> decode_invoice(std::string_view text, bool sealed,
                                                   const crypto::Secp256k1& curve) {
  if (!sealed) return decode_bip122_invoice(text, curve);
  const auto invoice = bolt::read_issued(text);
  if (!invoice) return refuse(Reason::bolt11_decode_failed);
  return *invoice;
}

std::optional<TermsDigest> sealed_terms(const Payment& payment, std::string_view invoice,
                                        const SealKeys& keys) {
  const auto seal = string_member(*payment.extra(), "gate");
  if (!seal || invoice.size() > kInvoiceCharactersMax) return std::nullopt;
  return keys.open_terms(invoice, *seal);
}

}  // namespace

Result<InvoiceEcho, Reason> read_echo(const Payment& payment, const Bip122Rules& rules,
                                      const SealKeys& keys, const crypto::Secp256k1& curve) {
  const auto accepted = check_accepted(payment, rules);
  if (!accepted) return refuse(accepted.error());
  const auto text = agreed_invoice(payment, rules);
  if (!text) return refuse(text.error());
  const auto terms = sealed_terms(payment, *text, keys);
  const auto invoice = decode_invoice(*text, terms.has_value(), curve);
  if (!invoice) return refuse(invoice.error());
  if (!invoice->amount) return refuse(Reason::bolt11_decode_incomplete);
  if (invoice->network != rules.network) return refuse(Reason::network_mismatch);
  InvoiceEcho echo;
  echo.invoice = *text;
  echo.payment_hash = invoice->payment_hash;
  echo.amount = *invoice->amount;
  echo.expires = bolt::expires_at(*invoice);
  echo.accepted_amount = string_member(payment.accepted(), "amount").value_or(std::string_view());
  const auto preimage = payment.payload_member("preimage");
  if (preimage) echo.preimage = preimage->as_string().value_or(std::string_view());
  echo.terms = terms;
  return echo;
}

std::optional<InvoiceRecord> record_of(const InvoiceEcho& echo) {
  if (!echo.terms) return std::nullopt;
  return InvoiceRecord{echo.invoice, echo.amount, *echo.terms};
}

Result<void, Reason> check_echo(const InvoiceEcho& echo, const std::optional<InvoiceRecord>& record,
                                const TermsDigest& request, Time now, Expiry expiry) {
  if (!record || record->invoice != echo.invoice) return refuse(Reason::invoice_not_issued_here);
  if (record->terms != request) return refuse(Reason::request_mismatch);
  const Duration late = std::chrono::seconds(planted(PlantedBug::echo_one_second_late) ? 1 : 0);
  if (expiry == Expiry::judged && now - late > echo.expires) return refuse(Reason::invoice_expired);
  if (echo.amount != record->price ||
      echo.accepted_amount != std::to_string(record->price.count())) {
    return refuse(Reason::amount_mismatch);
  }
  return {};
}

Result<Proof, Reason> check_preimage(const InvoiceEcho& echo, const Bip122Rules& rules) {
  if (!echo.preimage) {
    if (rules.require_preimage) return refuse(Reason::preimage_missing);
    return Proof::none_shown;
  }
  const auto preimage = preimage_from_text(*echo.preimage);
  if (!preimage || !fits(*preimage, echo.payment_hash)) return refuse(Reason::preimage_mismatch);
  return Proof::preimage;
}

Result<void, Reason> check_paid(PaidState state) {
  switch (state) {
    case PaidState::settled:
      return {};
    case PaidState::open:
      return refuse(Reason::invoice_not_paid);
    case PaidState::in_flight:
      return refuse(Reason::invoice_in_flight);
    case PaidState::unknown:
      break;
  }
  return refuse(Reason::lnbits_unreachable);
}

}  // namespace tollhouse::x402
