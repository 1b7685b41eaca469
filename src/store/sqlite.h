// store: SQLite as values: a connection, a statement, its faults. Private to this room, and the
// only place that includes sqlite3.h. Bound parameters only: SQL texts are literals.
#pragma once
#include <sqlite3.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <variant>

#include "base/bytes.h"
#include "ledger/operation.h"

namespace tollhouse::store {

using ledger::Fault;
using Ok = std::monostate;

/// What a result code means for the books; for SQLITE_OK, ROW and DONE there is no fault to ask
/// for.
Fault fault_of(int code);

/// A prepared statement. Bound text and blobs are not copied: they live until reset().
class Statement {
 public:
  Statement() = default;
  explicit Statement(sqlite3_stmt* prepared) : prepared_(prepared) {}

  Statement& bind(int at, std::int64_t number);
  Statement& bind(int at, std::string_view text);
  Statement& bind(int at, ByteView bytes);
  Statement& bind(int at, const std::optional<std::string>& text);
  Statement& bind_null(int at);

  /// True: a row is there. False: done.
  Result<bool, Fault> step();
  /// Runs a statement without rows and resets it: how many rows it changed.
  Result<int, Fault> run();
  void reset();
  /// The code of the last step: SQLITE_CONSTRAINT is no fault but an answer.
  int code() const { return code_; }

  std::int64_t number(int column) const;
  std::string text(int column) const;
  std::optional<std::string> optional_text(int column) const;
  ByteView bytes(int column) const;
  bool is_null(int column) const;

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  std::unique_ptr<sqlite3_stmt, Finalize> prepared_;
  int code_ = SQLITE_OK;
};

/// One connection, used by one thread at a time.
class Database {
 public:
  /// `copy`: the target of a backup, an empty file that is nobody else's.
  enum class Mode : std::uint8_t { read_only, read_write, copy };

  /// The file exists. Every connection: schema not trusted, defensive, no mmap, no automatic
  /// checkpoint; a read-only one never checkpoints, also not on close (RS-13).
  static Result<Database, Fault> open(const std::filesystem::path& file, Mode mode);

  Result<Ok, Fault> execute(const char* sql);
  Result<Statement, Fault> prepare(std::string_view sql);
  /// The one number a statement without parameters gives; nothing where it gives no row or NULL.
  Result<std::optional<std::int64_t>, Fault> number(std::string_view sql);
  sqlite3* raw() const { return connection_.get(); }

 private:
  struct Close {
    void operator()(sqlite3* connection) const { sqlite3_close_v2(connection); }
  };
  std::unique_ptr<sqlite3, Close> connection_;
};

}  // namespace tollhouse::store
