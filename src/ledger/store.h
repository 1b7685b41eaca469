// ledger: the port to where books are kept. Drivers stand in store/; the gate knows this only.
#pragma once
#include <functional>

#include "ledger/operation.h"

namespace tollhouse::ledger {

/// Called once.
using AnswerTo = std::move_only_function<void(Answer)>;

/// A spent use as the store knows it at start: what HoldTable::restore takes.
struct SpentRow {
  UseKey key;
  Uses uses;
  Time expires;
  ChargeId charge;
  Digest request_digest;
  Digest caller;
  Time committed;
  bool delivered = false;
  bool redelivered = false;
  bool result_kept = false;
  friend bool operator==(const SpentRow&, const SpentRow&) = default;
};

/// What a store says when it is opened.
struct Opening {
  std::uint32_t epoch = 1;  ///< part of token ids (RS-11)
  Time purged_before = Time::min();
  Time highest_clock = Time::min();
};

enum class Health : std::uint8_t {
  good,
  busy,      ///< a queued write has waited 100 ms: grant no new hold, open calls may commit
  full,      ///< the disk is: grant no new hold, open calls may commit out of the ballast
  poisoned,  ///< nothing can be written until the next start
};

/// Any thread may call any member. Answers come on a thread of the store, in order for writes;
/// with `busy` before `apply` returns. An answer that is `Done` for anything but may_wait() has
/// reached the disk.
class Store {
 public:
  virtual ~Store() = default;
  virtual void apply(Operation operation, AnswerTo answer) = 0;
  /// At start, before any apply: each spent use whose credential may still be shown.
  virtual Result<Opening, Fault> load(const std::function<void(const SpentRow&)>& each) = 0;
  virtual Health health() const = 0;
  /// Age of the oldest change that is not durable; nothing where all are.
  virtual Duration lag() const { return {}; }
};

}  // namespace tollhouse::ledger
