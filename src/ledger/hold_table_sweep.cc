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
    sweep_given_back(stripes_[i], now);
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

namespace {

/// Takes out what is dead, kSweepStep buckets under each lock. How many.
template <class Map, class Dead>
std::size_t forget(std::mutex& mutex, Map& map, Dead&& is_dead) {
  std::size_t forgotten = 0;
  std::vector<PaymentHash> dead;
  for (std::size_t bucket = 0;;) {
    const std::lock_guard lock(mutex);
    const std::size_t end = std::min(bucket + kSweepStep, map.bucket_count());
    dead.clear();
    for (; bucket < end; ++bucket) {
      for (auto at = map.begin(bucket); at != map.end(bucket); ++at) {
        if (is_dead(at->second)) dead.push_back(at->first);
      }
    }
    for (const PaymentHash& hash : dead) map.erase(hash);
    forgotten += dead.size();
    if (bucket >= map.bucket_count()) return forgotten;
  }
}

}  // namespace

void HoldTable::sweep_entries(Stripe& stripe, Time now, Swept& swept) {
  const std::size_t forgotten = forget(
      stripe.mutex, stripe.entries, [now](const Entry& entry) { return entry.forgettable(now); });
  entries_ -= forgotten;
  swept.entries += forgotten;
}

void HoldTable::sweep_marks(Stripe& stripe, Time now) {
  forget(stripe.mutex, stripe.marks, [this, now](std::vector<Mark>& marks) {
    marks_ -= std::erase_if(marks, [now](const Mark& mark) { return mark.past(now); });
    return marks.empty();
  });
}

void HoldTable::sweep_given_back(Stripe& stripe, Time now) {
  given_back_ -= forget(stripe.mutex, stripe.given_back,
                        [now](const GivenBack& given) { return given.until <= now; });
}

}  // namespace tollhouse::ledger
