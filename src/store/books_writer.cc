// store: operations as SQL. Every statement is prepared once; every change is a condition in its
// WHERE or a unique key.
#include "store/books_writer.h"

#include <algorithm>

#include "base/switches.h"
#include "ledger/limits.h"
#include "store/charge_row.h"
#include "store/limits.h"

namespace tollhouse::store {

using ledger::Answer;
using ledger::Conflict;
using ledger::Done;
using ledger::Health;
using ledger::Missing;
using ledger::Reply;

namespace {

template <class... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};

constexpr std::string_view kPurgedBefore = "purged_before_ms";
constexpr std::string_view kHighestClock = "highest_clock_ms";

int remember_wal_pages(void* into, sqlite3*, const char*, int pages) {
  *static_cast<int*>(into) = pages;
  return SQLITE_OK;
}

}  // namespace

BooksWriter::BooksWriter(Database database, BooksFiles files, std::uint64_t ballast_bytes)
    : database_(std::move(database)), files_(std::move(files)), ballast_bytes_(ballast_bytes) {
  sqlite3_wal_hook(database_.raw(), remember_wal_pages, &wal_pages_);
}

Result<std::unique_ptr<BooksWriter>, Fault> BooksWriter::open(Database database, BooksFiles files,
                                                              std::uint64_t ballast_bytes) {
  std::unique_ptr<BooksWriter> writer(
      new BooksWriter(std::move(database), std::move(files), ballast_bytes));
  if (const auto done = writer->prepare_all(); !done) return refuse(done.error());
  const auto kept = writer->one_number(writer->kept_bytes_sum_, 0);
  if (!kept) return refuse(kept.error());
  writer->kept_bytes_ = *kept;
  if (ballast_bytes > 0 && !make_ballast(writer->files_.ballast, ballast_bytes)) {
    writer->health_ = Health::full;
  }
  return writer;
}

Result<Ok, Fault> BooksWriter::prepare_all() {
  const struct {
    Statement& statement;
    std::string_view sql;
  } wanted[] = {
      {begin_, "BEGIN IMMEDIATE"},
      {commit_, "COMMIT"},
      {rollback_, "ROLLBACK"},
      {insert_charge_, kInsertCharge},
      {complete_,
       "UPDATE charge SET outcome = ?2, receipt = coalesce(?3, receipt), "
       "receipt_v2 = coalesce(?4, receipt_v2) WHERE id = ?1 AND status = 0"},
      {cancel_,
       "UPDATE charge SET status = 3, receipt = '', receipt_v2 = NULL "
       "WHERE id = ?1 AND status = 0 AND delivered_ms IS NULL AND redelivered = 0"},
      {deliver_,
       "UPDATE charge SET delivered_ms = coalesce(delivered_ms, ?2) WHERE id = ?1 AND status = 0"},
      {redeliver_,
       "UPDATE charge SET redelivered = 1 WHERE id = ?1 AND status = 0 AND redelivered = 0"},
      {known_, "SELECT count(*) FROM charge WHERE id = ?1"},
      {created_, "SELECT created_ms FROM charge WHERE id = ?1"},
      {insert_result_,
       "INSERT OR REPLACE INTO kept_result (id, created_ms, result) VALUES (?1, ?2, ?3)"},
      {drop_result_, "DELETE FROM kept_result WHERE id = ?1"},
      {drop_results_, "DELETE FROM kept_result WHERE created_ms <= ?1"},
      {kept_bytes_sum_, "SELECT coalesce(sum(length(result)), 0) FROM kept_result"},
      {waiting_,
       "SELECT min(expires_ms) FROM charge WHERE status = 0 AND payment_hash IS NOT NULL "
       "AND expires_ms > ?1 AND expires_ms <= ?2 "
       "AND max(created_ms, coalesce(delivered_ms, created_ms)) > ?3"},
      {count_dead_,
       "SELECT count(*) FROM charge WHERE status = 0 AND payment_hash IS NOT NULL "
       "AND expires_ms > ?1 AND expires_ms <= ?2"},
      {read_meta_, "SELECT value FROM meta WHERE key = ?1"},
      {raise_meta_,
       "INSERT INTO meta (key, value) VALUES (?1, ?2) "
       "ON CONFLICT (key) DO UPDATE SET value = max(value, excluded.value)"},
  };
  for (const auto& each : wanted) {
    auto prepared = database_.prepare(each.sql);
    if (!prepared) return refuse(prepared.error());
    each.statement = std::move(*prepared);
  }
  return Ok{};
}

// ---- batches --------------------------------------------------------------------------------

std::vector<Answer> BooksWriter::commit(const std::vector<const ledger::Operation*>& batch) {
  if (health_ == Health::poisoned) return {batch.size(), refuse(Fault::io_error)};
  auto answers = try_commit(batch);
  if (!answers && answers.error() == Fault::disk_full && drop_ballast(files_.ballast)) {
    health_ = Health::full;
    answers = try_commit(batch);  // rolled back as a whole, so nothing happens twice
  }
  if (!answers) {
    after_fault(answers.error());
    return {batch.size(), refuse(answers.error())};
  }
  // Once a second, with the clock: the disk is not filled again by trying.
  const bool housekeeping = std::ranges::any_of(batch, [](const ledger::Operation* operation) {
    return std::holds_alternative<ledger::KeepClock>(*operation) ||
           std::holds_alternative<ledger::Sweep>(*operation);
  });
  if (health_ == Health::full && housekeeping) regain_ballast();
  return std::move(*answers);
}

Result<std::vector<Answer>, Fault> BooksWriter::try_commit(
    const std::vector<const ledger::Operation*>& batch) {
  if (const auto begun = begin_.run(); !begun) return refuse(begun.error());
  std::vector<Answer> answers;
  answers.reserve(batch.size());
  for (const ledger::Operation* operation : batch) {
    auto reply = apply(*operation);
    if (!reply) {
      // Some faults have rolled back already; then this says so, and that is fine.
      if (sqlite3_get_autocommit(database_.raw()) == 0) static_cast<void>(rollback_.run());
      return refuse(reply.error());
    }
    answers.emplace_back(std::move(*reply));
  }
  crash_point(CrashPoint::k5a_before_sync);
  if (const auto done = commit_.run(); !done) {
    if (sqlite3_get_autocommit(database_.raw()) == 0) static_cast<void>(rollback_.run());
    return refuse(done.error());
  }
  crash_point(CrashPoint::k5b_after_sync);
  return answers;
}

/// RS-12: after a failed write or sync nobody knows what the disk has, so nothing is tried again.
void BooksWriter::after_fault(Fault fault) {
  if (fault == Fault::disk_full) {
    health_ = Health::full;
  } else if (fault != Fault::busy) {
    health_ = Health::poisoned;
  }
}

void BooksWriter::regain_ballast() {
  if (ballast_bytes_ == 0 || make_ballast(files_.ballast, ballast_bytes_)) health_ = Health::good;
}

void BooksWriter::checkpoint(bool restart) {
  if (health_ == Health::poisoned) return;
  const int mode = restart ? SQLITE_CHECKPOINT_RESTART : SQLITE_CHECKPOINT_PASSIVE;
  int frames = 0;
  int moved = 0;
  const int code = sqlite3_wal_checkpoint_v2(database_.raw(), nullptr, mode, &frames, &moved);
  if (code == SQLITE_OK) {
    wal_pages_ = frames - moved;
  } else {
    after_fault(fault_of(code));
  }
}

// ---- operations -----------------------------------------------------------------------------

Result<Reply, Fault> BooksWriter::apply(const ledger::Operation& operation) {
  return std::visit(
      Overloaded{
          [&](const ledger::RecordCharge& asked) { return record(asked.charge); },
          [&](const ledger::CompleteCharge& asked) { return complete(asked); },
          [&](const ledger::CancelCharge& asked) { return cancel(asked); },
          [&](const ledger::MarkDelivered& asked) {
            deliver_.bind(1, ByteView(asked.id.bytes)).bind(2, unix_milliseconds(asked.now));
            return changed_or_why(deliver_.run(), asked.id);
          },
          [&](const ledger::MarkRedelivered& asked) {
            return changed_or_why(redeliver_.bind(1, ByteView(asked.id.bytes)).run(), asked.id);
          },
          [&](const ledger::Sweep& asked) { return sweep(asked.now); },
          [&](const ledger::KeepClock& asked) { return keep_clock(asked.highest); },
          // Reads have a thread of their own.
          [&](const ledger::FetchReceipt&) -> Result<Reply, Fault> { return Missing{}; },
          [&](const ledger::FetchResult&) -> Result<Reply, Fault> { return Missing{}; },
      },
      operation);
}

Result<Reply, Fault> BooksWriter::changed_or_why(const Result<int, Fault>& changed,
                                                 const ledger::ChargeId& id) {
  if (!changed) return refuse(changed.error());
  if (*changed > 0) return Done{};
  const auto known = one_number(known_.bind(1, ByteView(id.bytes)), 0);
  if (!known) return refuse(known.error());
  if (*known > 0) return Conflict{};
  return Missing{};
}

Result<Reply, Fault> BooksWriter::record(const ledger::Charge& charge) {
  bind_charge(insert_charge_, charge);
  const auto inserted = insert_charge_.run();
  if (!inserted) {
    // A CHECK of the table: a charge without a receipt, a sum that is none. Its own fault only.
    if ((insert_charge_.code() & 0xff) == SQLITE_CONSTRAINT) return Conflict{};
    return refuse(inserted.error());
  }
  if (*inserted == 0) return Conflict{};
  const auto kept = keep_result(charge.id, charge.created, charge.kept_result);
  if (!kept) return refuse(kept.error());
  return Done{};
}

Result<Reply, Fault> BooksWriter::complete(const ledger::CompleteCharge& operation) {
  complete_.bind(1, ByteView(operation.id.bytes))
      .bind(2, static_cast<std::int64_t>(operation.outcome))
      .bind(3, operation.receipt)
      .bind(4, operation.receipt_v2);
  const auto completed = complete_.run();
  if (!completed && (complete_.code() & 0xff) == SQLITE_CONSTRAINT) return Conflict{};
  const auto reply = changed_or_why(completed, operation.id);
  if (!reply || !std::holds_alternative<Done>(*reply) || !operation.kept_result) return reply;
  const auto created = one_number(created_.bind(1, ByteView(operation.id.bytes)), 0);
  if (!created) return refuse(created.error());
  const auto kept = keep_result(operation.id, time_of(*created), operation.kept_result);
  if (!kept) return refuse(kept.error());
  return reply;
}

Result<Reply, Fault> BooksWriter::cancel(const ledger::CancelCharge& operation) {
  const auto reply =
      changed_or_why(cancel_.bind(1, ByteView(operation.id.bytes)).run(), operation.id);
  if (!reply || !std::holds_alternative<Done>(*reply)) return reply;
  const auto dropped = drop_result_.bind(1, ByteView(operation.id.bytes)).run();
  if (!dropped) return refuse(dropped.error());
  return reply;
}

Result<Ok, Fault> BooksWriter::keep_result(const ledger::ChargeId& id, Time created,
                                           const std::optional<std::string>& result) {
  if (!result || result->size() > ledger::kKeptResultBytesMax) return Ok{};
  const auto size = static_cast<std::int64_t>(result->size());
  constexpr auto kAll = static_cast<std::int64_t>(ledger::kKeptResultsBytesMax);
  if (kept_bytes_ + size > kAll) return Ok{};  // kept for comfort: the charge stands without it
  insert_result_.bind(1, ByteView(id.bytes))
      .bind(2, unix_milliseconds(created))
      .bind(3, bytes_of(*result));
  const auto done = insert_result_.run();
  if (!done) return refuse(done.error());
  kept_bytes_ += size;
  return Ok{};
}

Result<std::int64_t, Fault> BooksWriter::one_number(Statement& statement, std::int64_t absent) {
  const auto row = statement.step();
  if (!row) {
    statement.reset();
    return refuse(row.error());
  }
  const bool there = *row && !statement.is_null(0);
  const std::int64_t number = there ? statement.number(0) : absent;
  statement.reset();
  return number;
}

/// What may still be asked for holds the watermark back: a live row never lies before it.
Result<Time, Fault> BooksWriter::watermark_at(Time now, Time purged_before) {
  const Time dead = now - ledger::kExpirySkew;
  if (dead <= purged_before) return purged_before;
  waiting_.bind(1, unix_milliseconds(purged_before))
      .bind(2, unix_milliseconds(dead))
      .bind(3, unix_milliseconds(now - ledger::kRedeliveryWindow));
  const auto waiting = one_number(waiting_, INT64_MAX);
  if (!waiting) return refuse(waiting.error());
  return time_of(std::min(unix_milliseconds(dead), *waiting - 1));
}

Result<Reply, Fault> BooksWriter::sweep(Time now) {
  const auto known = one_number(read_meta_.bind(1, kPurgedBefore), INT64_MIN);
  if (!known) return refuse(known.error());
  const Time before = time_of(*known);
  const auto watermark = watermark_at(now, before);
  if (!watermark) return refuse(watermark.error());

  count_dead_.bind(1, unix_milliseconds(before)).bind(2, unix_milliseconds(*watermark));
  const auto dead = one_number(count_dead_, 0);
  if (!dead) return refuse(dead.error());
  raise_meta_.bind(1, kPurgedBefore).bind(2, unix_milliseconds(*watermark));
  if (const auto done = raise_meta_.run(); !done) return refuse(done.error());

  drop_results_.bind(1, unix_milliseconds(now - ledger::kKeptResultWindow));
  if (const auto done = drop_results_.run(); !done) return refuse(done.error());
  const auto kept = one_number(kept_bytes_sum_, 0);
  if (!kept) return refuse(kept.error());
  kept_bytes_ = *kept;
  return ledger::Swept{static_cast<std::uint64_t>(*dead), *watermark};
}

Result<Reply, Fault> BooksWriter::keep_clock(Time highest) {
  const auto done = raise_meta_.bind(1, kHighestClock).bind(2, unix_milliseconds(highest)).run();
  if (!done) return refuse(done.error());
  return Done{};
}

// ---- backup ---------------------------------------------------------------------------------

Result<Ok, Fault> BooksWriter::begin_backup(const std::filesystem::path& to) {
  if (std::filesystem::exists(to)) return refuse(Fault::unreachable);
  if (const auto made = make_file(to); !made) return refuse(made.error());
  auto target = Database::open(to, Database::Mode::copy);
  if (!target) return refuse(target.error());
  backup_to_ = std::move(*target);
  backup_.reset(sqlite3_backup_init(backup_to_->raw(), "main", database_.raw(), "main"));
  if (!backup_) return refuse(Fault::unreachable);
  return Ok{};
}

/// A write through this connection reaches the copy too, so it never begins again.
std::optional<Result<Ok, Fault>> BooksWriter::backup_some() {
  const int code = sqlite3_backup_step(backup_.get(), kBackupStepPages);
  if (code == SQLITE_OK || code == SQLITE_BUSY || code == SQLITE_LOCKED) return std::nullopt;
  const int finished = sqlite3_backup_finish(backup_.release());
  backup_to_.reset();
  if (code == SQLITE_DONE && finished == SQLITE_OK) return Result<Ok, Fault>{Ok{}};
  // A fault of the copy: the books themselves were only read.
  return Result<Ok, Fault>{refuse(fault_of(code == SQLITE_DONE ? finished : code))};
}

}  // namespace tollhouse::store
