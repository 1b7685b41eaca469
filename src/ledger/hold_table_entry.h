// ledger: what a stripe of the hold table keeps; private to hold_table.cc and its sweep.
#pragma once
#include <mutex>
#include <unordered_map>
#include <vector>

#include "base/switches.h"
#include "ledger/hold_table.h"

namespace tollhouse::ledger {

/// 600 s from `from`, or the last moment there is.
inline Time redeliverable_until(Time from) {
  return from > Time::max() - kRedeliveryWindow ? Time::max() : from + kRedeliveryWindow;
}

/// Absent means: nothing held, nothing spent, never released.
struct HoldTable::Entry {
  Time expires;
  Time keep_until = Time::min();
  std::unique_ptr<std::vector<std::uint32_t>> free_uses;  ///< numbers below next_use, given back
  std::uint32_t next_use = 0;
  std::uint32_t spent = 0;
  std::uint32_t held = 0;
  std::uint8_t releases = 0;

  /// `now` is at least kExpirySkew after the earliest time there is.
  bool forgettable(Time now) const {
    return held == 0 && expires <= now - kExpirySkew && keep_until <= now;
  }
  bool blank() const { return spent == 0 && held == 0 && releases == 0; }
  std::uint32_t take_use() {
    if (!free_uses || free_uses->empty()) return next_use++;
    const std::uint32_t use = free_uses->back();
    free_uses->pop_back();
    return use;
  }
  void give_use(std::uint32_t use) {
    if (use + 1 == next_use) {
      next_use = use;
      return;
    }
    if (!free_uses) free_uses = std::make_unique<std::vector<std::uint32_t>>();
    free_uses->push_back(use);
  }
  /// True where the number was free.
  bool claim_use(std::uint32_t use) {
    if (use >= next_use) {
      for (; next_use < use && use - next_use <= kUseGapsMax; ++next_use) give_gap(next_use);
      next_use = use + 1;
      return true;
    }
    return free_uses && std::erase(*free_uses, use) > 0;
  }

 private:
  void give_gap(std::uint32_t use) {
    if (!free_uses) free_uses = std::make_unique<std::vector<std::uint32_t>>();
    free_uses->push_back(use);
  }
};

struct HoldTable::OpenHold {
  std::uint64_t serial = 0;
  Tick until;
  Digest request_digest;
  Digest caller;
  Time expires;
  Time since;
  bool of_pass = false;
  bool proof_ends = false;
};

/// A use whose proof ends before the payment does: whose it is again.
struct HoldTable::GivenBack {
  Digest request_digest;
  Digest caller;
  Time until;

  /// `shown`: a HoldRequest or an OpenHold.
  bool is_of(const auto& shown) const {
    return request_digest == shown.request_digest && caller == shown.caller;
  }
};

/// A charge whose answer was not seen to arrive.
struct HoldTable::Mark {
  enum class State : std::uint8_t { answering, lost, redelivering };
  std::uint32_t use_no = 0;
  State state = State::answering;
  bool result_kept = false;
  ChargeId charge;
  Digest request_digest;
  Digest caller;
  Time committed_at;

  bool asked_by(const HoldRequest& request) const {
    return planted(PlantedBug::redeliver_to_anyone) ||
           (request_digest == request.request_digest && caller == request.caller);
  }
  bool past(Time now) const { return redeliverable_until(committed_at) <= now; }
};

struct alignas(64) HoldTable::Stripe {
  std::mutex mutex;
  std::unordered_map<PaymentHash, Entry> entries;
  std::unordered_map<UseKey, OpenHold> open;
  std::unordered_map<PaymentHash, std::vector<Mark>> marks;
  std::unordered_map<PaymentHash, GivenBack> given_back;
};

}  // namespace tollhouse::ledger
