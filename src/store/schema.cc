// store: tables of the books. Retention stands with each table.
#include "store/schema.h"

#include "store/charge_row.h"

namespace tollhouse::store {
namespace {

/// charge: the books; kept for ever. Charge and receipt are one row (R-RCPT-6), and the key of a
/// use
///   makes a second charge of it impossible whatever the hold table thinks. Live, that is filled
///   into the hold table at start, are charges that expire after `purged_before_ms`.
/// kept_result: answers that may be given once more; swept after kKeptResultWindow.
/// meta: one row per fact: schema_version, epoch, purged_before_ms, highest_clock_ms.
/// Enumerations are their numbers in ledger/charge.h; status 0 is `Charged`.
constexpr const char* kVersion1 = R"(
CREATE TABLE meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO meta VALUES ('epoch', 1);
CREATE TABLE charge (
  seq INTEGER PRIMARY KEY,
  id BLOB NOT NULL CHECK (length(id) = 16),
  status INTEGER NOT NULL CHECK (status BETWEEN 0 AND 4),
  rail INTEGER NOT NULL CHECK (rail BETWEEN 0 AND 4),
  payment_hash BLOB CHECK (length(payment_hash) = 32),
  use_no INTEGER NOT NULL,
  uses INTEGER NOT NULL,
  settled_msat INTEGER NOT NULL CHECK (settled_msat >= 0),
  gross_msat INTEGER NOT NULL CHECK (gross_msat >= 0),
  fee_msat INTEGER NOT NULL CHECK (fee_msat >= 0),
  net_msat INTEGER NOT NULL CHECK (net_msat >= 0),
  fee_basis_points INTEGER NOT NULL,
  tool_id TEXT NOT NULL,
  tool_slug TEXT NOT NULL,
  tool_name TEXT NOT NULL,
  method_name TEXT NOT NULL,
  request_id TEXT NOT NULL,
  idempotency_key TEXT,
  agent_id TEXT,
  paying_project_id TEXT,
  session_id TEXT,
  token_id TEXT,
  metadata TEXT,
  reverses BLOB CHECK (length(reverses) = 16),
  request_digest BLOB NOT NULL CHECK (length(request_digest) = 32),
  caller BLOB NOT NULL CHECK (length(caller) = 32),
  created_ms INTEGER NOT NULL,
  expires_ms INTEGER NOT NULL,
  outcome INTEGER NOT NULL CHECK (outcome BETWEEN 0 AND 3),
  delivered_ms INTEGER,
  redelivered INTEGER NOT NULL DEFAULT 0,
  receipt_id TEXT NOT NULL,
  receipt TEXT NOT NULL,
  receipt_v2 TEXT,
  CHECK ((status = 0) = (receipt <> '')),
  CHECK (gross_msat = fee_msat + net_msat)
) STRICT;
CREATE UNIQUE INDEX charge_id ON charge (id);
CREATE UNIQUE INDEX charge_use ON charge (payment_hash, use_no)
  WHERE status = 0 AND payment_hash IS NOT NULL;
CREATE INDEX charge_request ON charge (request_id);
CREATE INDEX charge_expires ON charge (expires_ms) WHERE payment_hash IS NOT NULL;
CREATE TABLE kept_result (
  id BLOB PRIMARY KEY CHECK (length(id) = 16),
  created_ms INTEGER NOT NULL,
  result BLOB NOT NULL
) STRICT;
)";

constexpr Migration kMigrations[] = {{1, kVersion1}};

Result<Ok, Fault> copy_of_old(Database& database, const std::filesystem::path& file, int version) {
  auto copy = database.prepare("VACUUM INTO ?1");
  if (!copy) return refuse(copy.error());
  const std::string to = file.string() + ".v" + std::to_string(version);
  std::error_code ignored;
  std::filesystem::remove(to, ignored);  // of a migration that did not finish
  const auto done = copy->bind(1, std::string_view(to)).run();
  if (!done) return refuse(done.error());
  std::filesystem::permissions(to, std::filesystem::perms(0600), ignored);
  return Ok{};
}

Result<Ok, Fault> set_version(Database& database, int version) {
  auto statement =
      database.prepare("INSERT OR REPLACE INTO meta (key, value) VALUES ('schema_version', ?1)");
  if (!statement) return refuse(statement.error());
  const auto done = statement->bind(1, std::int64_t{version}).run();
  if (!done) return refuse(done.error());
  return Ok{};
}

Result<Ok, Fault> run_steps(Database& database, int version, std::span<const Migration> steps) {
  if (const auto done = database.execute("BEGIN IMMEDIATE"); !done) return done;
  for (const Migration& step : steps) {
    if (step.to <= version) continue;
    if (const auto done = database.execute(step.sql); !done) return done;
  }
  if (const auto done = set_version(database, steps.back().to); !done) return done;
  return database.execute("COMMIT");
}

}  // namespace

std::span<const Migration> migrations() { return kMigrations; }

Result<int, Fault> schema_version(Database& database) {
  const auto tables = database.number("SELECT count(*) FROM sqlite_schema");
  if (!tables) return refuse(tables.error());
  if (tables->value_or(0) == 0) return 0;
  const auto meta = database.number("SELECT 1 FROM sqlite_schema WHERE name = 'meta'");
  if (!meta) return refuse(meta.error());
  if (!*meta) return refuse(Fault::damaged);
  const auto version = database.number("SELECT value FROM meta WHERE key = 'schema_version'");
  if (!version) return refuse(version.error());
  if (!*version) return refuse(Fault::damaged);
  return static_cast<int>(**version);
}

Result<Ok, Fault> migrate(Database& database, const std::filesystem::path& file,
                          std::span<const Migration> steps) {
  const auto version = schema_version(database);
  if (!version) return refuse(version.error());
  const int wanted = steps.back().to;
  if (*version > wanted) return refuse(Fault::newer_schema);
  if (*version == wanted) return Ok{};
  if (*version > 0) {
    if (const auto copied = copy_of_old(database, file, *version); !copied) return copied;
  }
  const auto done = run_steps(database, *version, steps);
  if (!done && sqlite3_get_autocommit(database.raw()) == 0) {
    static_cast<void>(database.execute("ROLLBACK"));  // the first fault is the one to report
  }
  return done;
}

Result<ledger::Opening, Fault> read_opening(Database& database) {
  ledger::Opening opening;
  const auto epoch = database.number("SELECT value FROM meta WHERE key = 'epoch'");
  if (!epoch) return refuse(epoch.error());
  if (!*epoch || **epoch < 1 || **epoch > UINT32_MAX) return refuse(Fault::damaged);
  opening.epoch = static_cast<std::uint32_t>(**epoch);
  const auto purged = database.number("SELECT value FROM meta WHERE key = 'purged_before_ms'");
  if (!purged) return refuse(purged.error());
  if (*purged) opening.purged_before = time_of(**purged);
  const auto highest = database.number("SELECT value FROM meta WHERE key = 'highest_clock_ms'");
  if (!highest) return refuse(highest.error());
  if (*highest) opening.highest_clock = time_of(**highest);
  return opening;
}

}  // namespace tollhouse::store
