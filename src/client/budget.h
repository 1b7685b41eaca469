// client: what several calls may cost together. Promises: what was spent is never above the total,
// whatever becomes of a payment; of one that is unclear the money counts as gone.
#pragma once
#include <cstdint>
#include <mutex>

#include "base/money.h"

namespace tollhouse::client {

/// Thread-safe. Counts invoices; fees of the route are the wallet's.
class Budget {
 public:
  explicit Budget(Msat total) : total_(total) {}

  /// Before an order to pay: false, and nothing changes, where the price is above what is left.
  bool reserve(Msat price);
  /// No money has moved, for certain.
  void release(Msat price);

  struct State {
    Msat total;
    Msat spent;
    std::uint64_t payments = 0;
    Msat left() const { return total.minus(spent).value_or(Msat()); }
  };
  State state() const;

 private:
  mutable std::mutex mutex_;
  const Msat total_;
  Msat spent_;
  std::uint64_t payments_ = 0;
};

}  // namespace tollhouse::client
