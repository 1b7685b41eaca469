// ledger: why a use is not granted, in the order of checking (HoldTable::take).
#pragma once
#include "base/reason.h"

namespace tollhouse::ledger {

enum class Reason : std::uint8_t {
  ledger_unavailable,  ///< the store is poisoned: nothing is sold
  expired,             ///< expiry at or before now, or before what was purged (RS-10)
  replay,              ///< a single use, and it was used
  uses_spent,          ///< a counted credential without uses left
  call_in_progress,    ///< a running call holds the last use
  overloaded,          ///< the hold table is full
};

inline constexpr ReasonRow<Reason> kReasons[] = {
    {Reason::ledger_unavailable, "ledger_unavailable", Cure::wait,
     "The gate cannot record a payment at the moment; nothing was consumed."},
    {Reason::expired, "expired", Cure::pay, "The credential has expired."},
    {Reason::replay, "replay", Cure::pay, "The credential was used before."},
    {Reason::uses_spent, "uses_spent", Cure::pay, "All uses of the credential are spent."},
    {Reason::call_in_progress, "call_in_progress", Cure::wait,
     "A call with this credential is still running."},
    {Reason::overloaded, "overloaded", Cure::wait, "The gate is busy; nothing was consumed."},
};
static_assert(rows_in_enum_order(kReasons));

}  // namespace tollhouse::ledger
