// gate: payments that a wallet has once called paid. That answer is final: such a payment is never
// asked for again, also while the wallet is down (lightning-backends.md 2 and 9). Bounded; what
// fell out is asked for once more.
#pragma once
#include <cstddef>
#include <deque>
#include <mutex>
#include <unordered_set>

#include "base/bytes.h"

namespace tollhouse::gate {

class SettledPayments {
 public:
  /// Of the newest: longer than a token lives at a hundred payments a second.
  static constexpr std::size_t kMax = 200'000;

  bool knows(const PaymentHash& hash) const {
    const std::lock_guard lock(mutex_);
    return hashes_.contains(hash);
  }
  void add(const PaymentHash& hash) {
    const std::lock_guard lock(mutex_);
    if (!hashes_.insert(hash).second) return;
    in_order_.push_back(hash);
    if (in_order_.size() <= kMax) return;
    hashes_.erase(in_order_.front());
    in_order_.pop_front();
  }

 private:
  mutable std::mutex mutex_;
  std::unordered_set<PaymentHash> hashes_;
  std::deque<PaymentHash> in_order_;
};

}  // namespace tollhouse::gate
