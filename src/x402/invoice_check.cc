// x402: invoices against their offers.
#include "x402/invoice_check.h"

#include <algorithm>

#include "base/checked.h"
#include "base/hex.h"
#include "base/switches.h"
#include "x402/limits.h"

namespace tollhouse::x402 {
namespace {

Result<void, Reason> check_request(const bolt::IssuedInvoice& invoice, const Offer& offer) {
  if (!invoice.amount) return refuse(Reason::lnbtc_invoice_decode_failed);
  if (!invoice.description_hash) return refuse(Reason::lnbtc_invoice_description);
  if (planted(PlantedBug::request_unchecked)) return {};
  if (!std::ranges::equal(invoice.description_hash->view(), offer.binding->request_hash.view())) {
    return refuse(Reason::lnbtc_invoice_request_mismatch);
  }
  return {};
}

}  // namespace

Time saturating_sum(Time time, Duration duration) {
  const auto sum = checked_add(time.time_since_epoch().count(), duration.count());
  return sum ? Time(Duration(*sum)) : Time::max();
}

Result<bolt::IssuedInvoice, Reason> decode_bip122_invoice(std::string_view text,
                                                          const crypto::Secp256k1& curve) {
  if (text.size() > kInvoiceCharactersMax) return refuse(Reason::bolt11_decode_failed);
  const auto invoice = bolt::decode(text, curve);
  if (invoice) return bolt::issued_of(*invoice);
  return refuse(invoice.error() == bolt::Reason::missing_payment_hash
                    ? Reason::bolt11_decode_incomplete
                    : Reason::bolt11_decode_failed);
}

Result<bolt::IssuedInvoice, Reason> decode_lnbtc_invoice(std::string_view text, const Offer& offer,
                                                         const crypto::Secp256k1& curve) {
  if (text.size() > kInvoiceCharactersMax) return refuse(Reason::lnbtc_invoice_decode_failed);
  const auto invoice = bolt::decode(text, curve);
  if (!invoice) {
    return refuse(invoice.error() == bolt::Reason::description_count
                      ? Reason::lnbtc_invoice_description
                      : Reason::lnbtc_invoice_decode_failed);
  }
  const bolt::IssuedInvoice issued = bolt::issued_of(*invoice);
  const auto request = check_request(issued, offer);
  if (!request) return refuse(request.error());
  if (hex(invoice->payee.view()) != offer.pay_to) {
    return refuse(Reason::lnbtc_invoice_payee_mismatch);
  }
  return issued;
}

Result<bolt::IssuedInvoice, Reason> read_sealed_invoice(std::string_view text, const Offer& offer) {
  const auto issued = bolt::read_issued(text);
  if (!issued) return refuse(Reason::lnbtc_invoice_decode_failed);
  const auto request = check_request(*issued, offer);
  if (!request) return refuse(request.error());
  return *issued;
}

Result<void, Reason> check_lnbtc_invoice(const bolt::IssuedInvoice& invoice, const Offer& offer,
                                         Duration skew, Time now) {
  if (invoice.network != offer.network) return refuse(Reason::lnbtc_invoice_currency_mismatch);
  if (invoice.amount != offer.amount) return refuse(Reason::lnbtc_invoice_amount_mismatch);
  if (invoice.expiry != offer.max_timeout) return refuse(Reason::lnbtc_invoice_expiry_mismatch);
  if (invoice.timestamp > saturating_sum(now, skew)) {
    return refuse(Reason::lnbtc_invoice_created_in_future);
  }
  return {};
}

}  // namespace tollhouse::x402
