// store: tables of the books and the way from one version of them to the next.
#pragma once
#include <span>

#include "ledger/store.h"
#include "store/sqlite.h"

namespace tollhouse::store {

/// Brings the tables from version `to - 1` to `to`, as one literal.
struct Migration {
  int to;
  const char* sql;
};

/// All there are; versions count from 1 without a gap. A migration is never edited, only added.
std::span<const Migration> migrations();

/// 0 for an empty file. `damaged` where there are tables but no version.
Result<int, Fault> schema_version(Database& database);

/// Forward to the last of `steps`, in one transaction, after a copy of a file that was not empty
/// (`ledger.db.v<old>` beside it). Errors: damaged, newer_schema, disk_full, io_error.
Result<Ok, Fault> migrate(Database& database, const std::filesystem::path& file,
                          std::span<const Migration> steps);

/// The rows of `meta`.
Result<ledger::Opening, Fault> read_opening(Database& database);

}  // namespace tollhouse::store
