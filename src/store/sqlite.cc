// store: SQLite as values.
#include "store/sqlite.h"

#include "base/invariant.h"
#include "store/limits.h"

namespace tollhouse::store {

Fault fault_of(int code) {
  switch (code & 0xff) {
    case SQLITE_FULL:
      return Fault::disk_full;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return Fault::damaged;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Fault::busy;
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_READONLY:
      return Fault::unreachable;
    default:
      return Fault::io_error;
  }
}

Statement& Statement::bind(int at, std::int64_t number) {
  invariant(sqlite3_bind_int64(prepared_.get(), at, number) == SQLITE_OK);
  return *this;
}

Statement& Statement::bind(int at, std::string_view text) {
  // A null pointer would bind NULL; an empty text is a text.
  const char* data = text.empty() ? "" : text.data();
  invariant(sqlite3_bind_text64(prepared_.get(), at, data, text.size(), SQLITE_STATIC,
                                SQLITE_UTF8) == SQLITE_OK);
  return *this;
}

Statement& Statement::bind(int at, ByteView bytes) {
  const void* data = bytes.empty() ? static_cast<const void*>("") : bytes.data();
  invariant(sqlite3_bind_blob64(prepared_.get(), at, data, bytes.size(), SQLITE_STATIC) ==
            SQLITE_OK);
  return *this;
}

Statement& Statement::bind(int at, const std::optional<std::string>& text) {
  return text ? bind(at, std::string_view(*text)) : bind_null(at);
}

Statement& Statement::bind_null(int at) {
  invariant(sqlite3_bind_null(prepared_.get(), at) == SQLITE_OK);
  return *this;
}

Result<bool, Fault> Statement::step() {
  code_ = sqlite3_step(prepared_.get());
  if (code_ == SQLITE_ROW) return true;
  if (code_ == SQLITE_DONE) return false;
  code_ = sqlite3_extended_errcode(sqlite3_db_handle(prepared_.get()));
  return refuse(fault_of(code_));
}

Result<int, Fault> Statement::run() {
  const auto stepped = step();
  reset();
  if (!stepped) return refuse(stepped.error());
  return sqlite3_changes(sqlite3_db_handle(prepared_.get()));
}

void Statement::reset() {
  sqlite3_reset(prepared_.get());
  sqlite3_clear_bindings(prepared_.get());
}

std::int64_t Statement::number(int column) const {
  return sqlite3_column_int64(prepared_.get(), column);
}

std::string Statement::text(int column) const {
  const auto* data = sqlite3_column_text(prepared_.get(), column);
  if (data == nullptr) return {};
  return {reinterpret_cast<const char*>(data),
          static_cast<std::size_t>(sqlite3_column_bytes(prepared_.get(), column))};
}

std::optional<std::string> Statement::optional_text(int column) const {
  if (is_null(column)) return std::nullopt;
  return text(column);
}

ByteView Statement::bytes(int column) const {
  const void* data = sqlite3_column_blob(prepared_.get(), column);
  return {static_cast<const std::uint8_t*>(data),
          static_cast<std::size_t>(sqlite3_column_bytes(prepared_.get(), column))};
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(prepared_.get(), column) == SQLITE_NULL;
}

Result<Database, Fault> Database::open(const std::filesystem::path& file, Mode mode) {
  const bool writes = mode != Mode::read_only;
  const int flags = (writes ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY) | SQLITE_OPEN_NOMUTEX |
                    SQLITE_OPEN_EXRESCODE;
  sqlite3* connection = nullptr;
  const int code = sqlite3_open_v2(file.c_str(), &connection, flags, nullptr);
  Database database;
  database.connection_.reset(connection);
  if (code != SQLITE_OK) return refuse(fault_of(code));

  sqlite3_db_config(connection, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(connection, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(connection, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, writes ? 0 : 1, nullptr);
  sqlite3_busy_timeout(connection, kBusyMilliseconds);
  constexpr const char* kShared = "PRAGMA mmap_size=0; PRAGMA wal_autocheckpoint=0;";
  constexpr const char* kReading = "PRAGMA query_only=ON;";
  constexpr const char* kWriting =
      "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA temp_store=MEMORY;"
      "PRAGMA cache_size=-65536;";
  if (mode == Mode::copy) return database;
  if (const auto done = database.execute(kShared); !done) return refuse(done.error());
  if (const auto done = database.execute(writes ? kWriting : kReading); !done) {
    return refuse(done.error());
  }
  return database;
}

Result<Ok, Fault> Database::execute(const char* sql) {
  const int code = sqlite3_exec(raw(), sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return refuse(fault_of(code));
  return Ok{};
}

Result<Statement, Fault> Database::prepare(std::string_view sql) {
  sqlite3_stmt* prepared = nullptr;
  const int code = sqlite3_prepare_v3(raw(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &prepared, nullptr);
  if (code != SQLITE_OK) return refuse(fault_of(code));
  return Statement(prepared);
}

Result<std::optional<std::int64_t>, Fault> Database::number(std::string_view sql) {
  auto statement = prepare(sql);
  if (!statement) return refuse(statement.error());
  const auto row = statement->step();
  if (!row) return refuse(row.error());
  if (!*row || statement->is_null(0)) return std::nullopt;
  return statement->number(0);
}

}  // namespace tollhouse::store
