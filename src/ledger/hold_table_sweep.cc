// ledger: forgetting. Entries go once their credential is dead beyond skew and redelivery, a few
// buckets under each lock, so that no caller waits for a sweep.
#include <algorithm>

#include "base/invariant.h"
#include "ledger/hold_table_entry.h"

namespace tollhouse::ledger {

HoldTable::Swept HoldTable::sweep(Time now, Tick tick) {
  Swept swept;
  const bool long_ago = now < Time::min() + kExpirySkew;
  if (!long_ago) purged_before(now - kExpirySkew);  // before anything is forgotten
  for (std::size_t i = 0; i < kStripes; ++i) {
    sweep_open(stripes_[i], tick, swept);
    if (!long_ago) sweep_entries(stripes_[i], now, swept);
    sweep_marks(stripes_[i], now);
  }
  return swept;
}

void HoldTable::sweep_open(Stripe& stripe, Tick tick, Swept& swept) {
  const std::lock_guard lock(stripe.mutex);
  std::vector<UseKey> lapsed;
  for (const auto& [key, hold] : stripe.open) {
    if (hold.until <= tick) lapsed.push_back(key);
  }
  // Counted as released: nobody knows what the upstream did for it.
  for (const UseKey& key : lapsed) let_go(stripe, key, Sent::request);
  swept.lapsed += lapsed.size();
}

void HoldTable::sweep_entries(Stripe& stripe, Time now, Swept& swept) {
  std::vector<PaymentHash> dead;
  for (std::size_t bucket = 0;;) {
    const std::lock_guard lock(stripe.mutex);
    const std::size_t end = std::min(bucket + kSweepStep, stripe.entries.bucket_count());
    dead.clear();
    for (; bucket < end; ++bucket) {
      for (auto at = stripe.entries.cbegin(bucket); at != stripe.entries.cend(bucket); ++at) {
        if (at->second.forgettable(now)) dead.push_back(at->first);
      }
    }
    for (const PaymentHash& hash : dead) stripe.entries.erase(hash);
    entries_ -= dead.size();
    swept.entries += dead.size();
    if (bucket >= stripe.entries.bucket_count()) return;
  }
}

void HoldTable::sweep_marks(Stripe& stripe, Time now) {
  std::vector<PaymentHash> answered;
  for (std::size_t bucket = 0;;) {
    const std::lock_guard lock(stripe.mutex);
    const std::size_t end = std::min(bucket + kSweepStep, stripe.marks.bucket_count());
    answered.clear();
    for (; bucket < end; ++bucket) {
      for (auto at = stripe.marks.begin(bucket); at != stripe.marks.end(bucket); ++at) {
        marks_ -= std::erase_if(at->second, [&](const Mark& mark) { return mark.past(now); });
        if (at->second.empty()) answered.push_back(at->first);
      }
    }
    for (const PaymentHash& hash : answered) stripe.marks.erase(hash);
    if (bucket >= stripe.marks.bucket_count()) return;
  }
}

}  // namespace tollhouse::ledger
