// bolt: what is asked of an invoice after it was read: time, amount, payee.
#include "bolt/bolt11.h"
#include "bolt/issued.h"
#include "crypto/sha256.h"

namespace tollhouse::bolt {
namespace {

Time saturating_sum(Time time, Duration duration) {
  const auto sum = checked_add(time.time_since_epoch().count(), duration.count());
  return sum ? Time(Duration(*sum)) : Time::max();
}

}  // namespace

Time expires_at(const InvoiceFields& invoice) {
  return saturating_sum(invoice.timestamp, invoice.expiry);
}

Time expires_at(const IssuedInvoice& invoice) {
  return saturating_sum(invoice.timestamp, invoice.expiry);
}

IssuedInvoice issued_of(const Invoice& invoice) {
  IssuedInvoice issued{invoice.network, invoice.amount,       invoice.timestamp,
                       invoice.expiry,  invoice.payment_hash, std::nullopt};
  const auto* hash = std::get_if<DescriptionHash>(&invoice.description);
  if (hash != nullptr) issued.description_hash = *hash;
  return issued;
}

Result<void, Reason> check(const Invoice& invoice, const Expectation& expected) {
  if (expected.now > expires_at(invoice)) return refuse(Reason::expired);
  if (invoice.timestamp > saturating_sum(expected.now, expected.timestamp_ahead_max)) {
    return refuse(Reason::timestamp_in_future);
  }
  if (!invoice.amount) return refuse(Reason::amount_missing);
  if (expected.amount && *invoice.amount != *expected.amount) return refuse(Reason::wrong_amount);
  if (expected.payee && invoice.payee != *expected.payee) return refuse(Reason::wrong_payee);
  if (expected.expiry_max && invoice.expiry > *expected.expiry_max)
    return refuse(Reason::expiry_too_long);
  return {};
}

Result<void, Reason> check_description(const Invoice& invoice, std::string_view text) {
  const auto* hash = std::get_if<DescriptionHash>(&invoice.description);
  if (hash != nullptr && hash->bytes != crypto::sha256(bytes_of(text)).bytes) {
    return refuse(Reason::description_hash_mismatch);
  }
  return {};
}

}  // namespace tollhouse::bolt
