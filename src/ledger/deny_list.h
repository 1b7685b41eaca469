// ledger: payments that an operator has taken back: `tollhouse ledger revoke`. Asked at every
// showing of a credential, also of a pass, so an empty list costs one load.
#pragma once
#include <atomic>
#include <mutex>
#include <shared_mutex>
#include <unordered_set>

#include "base/bytes.h"

namespace tollhouse::ledger {

/// Any number of threads. Only grows: what is taken back stays so.
class DenyList {
 public:
  bool contains(const PaymentHash& hash) const {
    if (size_.load(std::memory_order_acquire) == 0) return false;
    const std::shared_lock lock(mutex_);
    return hashes_.contains(hash);
  }
  /// False where it was there.
  bool add(const PaymentHash& hash) {
    const std::lock_guard lock(mutex_);
    const bool is_new = hashes_.insert(hash).second;
    size_.store(hashes_.size(), std::memory_order_release);
    return is_new;
  }
  std::size_t size() const { return size_.load(std::memory_order_acquire); }

 private:
  mutable std::shared_mutex mutex_;
  std::unordered_set<PaymentHash> hashes_;
  std::atomic<std::size_t> size_{0};
};

}  // namespace tollhouse::ledger
