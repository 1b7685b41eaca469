// store: a charge as a row: one list of columns for writing and reading.
#pragma once
#include "ledger/store.h"
#include "store/sqlite.h"

namespace tollhouse::store {

/// Milliseconds of a row as a time; what lies outside of 1677 to 2262 is cut to it.
Time time_of(std::int64_t milliseconds);

/// Conflicts (a known id, a use that is charged) change nothing.
extern const std::string_view kInsertCharge;
/// "SELECT <columns> FROM charge", to be continued with WHERE and ORDER BY.
extern const std::string_view kSelectCharge;
/// Live spent uses, the watermark as ?1.
extern const std::string_view kSelectSpent;

/// `charge` outlives the run of `insert`.
void bind_charge(Statement& insert, const ledger::Charge& charge);
/// Nothing where a value is none that this version writes: a damaged row.
std::optional<ledger::Charge> read_charge(const Statement& row);
std::optional<ledger::SpentRow> read_spent(const Statement& row);

}  // namespace tollhouse::store
