// lightning: keeping the list of invoices that are listened for.
#include "lightning/payment_watch.h"

#include <algorithm>
#include <utility>

namespace tollhouse::lightning {

void PaymentWatch::add(const PaymentHash& hash, Tick now) {
  if (invoices_.size() < kInvoicesMax)
    invoices_.try_emplace(hash, Invoice{now + kInvoiceTime, now});
}

std::vector<PaymentWatch::Due> PaymentWatch::take_due(Tick now) {
  std::vector<Due> due;
  std::erase_if(invoices_, [now](const auto& entry) {
    return !entry.second.listening && now >= entry.second.until;
  });
  if (now < quiet_until_) return due;
  const bool tried = std::any_of(invoices_.begin(), invoices_.end(),
                                 [](const auto& entry) { return entry.second.listening; });
  if (failing_ && tried) return due;
  for (auto& [hash, invoice] : invoices_) {
    if (invoice.listening || now < invoice.next) continue;
    invoice.listening = true;
    due.push_back({hash, invoice.until - now});
    if (failing_) break;
  }
  return due;
}

void PaymentWatch::listened(const PaymentHash& hash, Tick now) {
  const auto entry = invoices_.find(hash);
  if (entry == invoices_.end()) return;
  entry->second.listening = false;
  entry->second.next = now + kListenEach;
}

bool PaymentWatch::failed(const PaymentHash& hash, Tick now, Random& random) {
  listened(hash, now);
  ++counts_.channel_failures;
  quiet_until_ = now + back_off_.next(random);
  return !std::exchange(failing_, true);
}

bool PaymentWatch::works() {
  back_off_.reset();
  quiet_until_ = {};
  return std::exchange(failing_, false);
}

void PaymentWatch::found(const PaymentHash& hash, const Payment& payment, Tick now) {
  const bool is_paid = payment.state == PaymentState::paid;
  ++(is_paid ? counts_.paid : counts_.not_paid);
  if (is_paid) remember_paid(hash, payment);
  listened(hash, now);
  const auto entry = invoices_.find(hash);
  if (entry == invoices_.end()) return;
  if (is_paid || ++entry->second.false_hints >= kFalseHintsMax) invoices_.erase(entry);
}

void PaymentWatch::remember_paid(const PaymentHash& hash, const Payment& payment) {
  if (!paid_.insert_or_assign(hash, payment).second) return;
  paid_in_order_.push_back(hash);
  if (paid_in_order_.size() <= kPaidMax) return;
  paid_.erase(paid_in_order_.front());
  paid_in_order_.pop_front();
}

std::optional<Payment> PaymentWatch::paid(const PaymentHash& hash) const {
  const auto entry = paid_.find(hash);
  return entry == paid_.end() ? std::nullopt : std::optional(entry->second);
}

}  // namespace tollhouse::lightning
