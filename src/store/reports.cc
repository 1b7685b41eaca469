// store: what the command line reads out of the books.
#include "store/reports.h"

#include "base/hex.h"
#include "json/writer.h"
#include "store/books_folder.h"
#include "store/books_reader.h"
#include "store/schema.h"

namespace tollhouse::store {

using ledger::Charge;

class Reports::Books {
 public:
  explicit Books(std::unique_ptr<BooksReader> reader) : reader_(std::move(reader)) {}
  BooksReader& reader() { return *reader_; }

 private:
  std::unique_ptr<BooksReader> reader_;
};

Reports::Reports() = default;
Reports::~Reports() = default;

Result<std::unique_ptr<Reports>, Fault> Reports::open(const std::filesystem::path& data_dir) {
  if (const auto modes = check_modes(data_dir); !modes) return refuse(modes.error());
  auto reader = BooksReader::open(BooksFiles::in(data_dir).books);
  if (!reader) return refuse(reader.error());
  std::unique_ptr<Reports> reports(new Reports);
  reports->books_ = std::make_unique<Books>(std::move(*reader));
  return reports;
}

Result<ledger::Opening, Fault> Reports::opening() const { return books_->reader().opening(); }

Result<ledger::AuditReport, Fault> Reports::check(const ledger::ReceiptCheck& receipts) const {
  BooksReader& reader = books_->reader();
  if (const auto begun = reader.begin_moment(); !begun) return refuse(begun.error());
  const BooksMoment moment(reader);
  ledger::AuditReport report = ledger::audit(moment, receipts);
  reader.end_moment();
  if (moment.fault()) return refuse(*moment.fault());
  return report;
}

Result<std::vector<Charge>, Fault> Reports::show(const PaymentHash& payment_hash) const {
  return books_->reader().charges_of(payment_hash);
}

Result<std::monostate, Fault> Reports::each_charge(
    Time since, const std::function<void(const Charge&)>& each) const {
  return books_->reader().each_charge(since, each);
}

namespace {

/// Copies one moment into `to`, which is made with mode 0600.
Result<std::monostate, Fault> copy_books(Database& from, const std::filesystem::path& to) {
  if (std::filesystem::exists(to)) return refuse(Fault::unreachable);
  if (const auto made = make_file(to); !made) return made;
  auto target = Database::open(to, Database::Mode::copy);
  if (!target) return refuse(target.error());
  sqlite3_backup* backup = sqlite3_backup_init(target->raw(), "main", from.raw(), "main");
  if (backup == nullptr) return refuse(Fault::unreachable);
  const int code = sqlite3_backup_step(backup, -1);
  const int finished = sqlite3_backup_finish(backup);
  if (code == SQLITE_DONE && finished == SQLITE_OK) return std::monostate{};
  return refuse(fault_of(code == SQLITE_DONE ? finished : code));
}

void append_optional(json::Writer& writer, std::string_view name,
                     const std::optional<std::string>& text) {
  writer.name(name);
  if (text) {
    writer.string(*text);
  } else {
    writer.null();
  }
}

/// A JSON text as it is, or null.
void append_json(json::Writer& writer, std::string_view name, std::string_view json) {
  writer.raw_member(name, json.empty() ? "null" : json);
}

}  // namespace

Result<std::monostate, Fault> Reports::backup(const std::filesystem::path& to) const {
  return copy_books(books_->reader().database(), to);
}

std::string export_line(const Charge& charge) {
  std::string line;
  json::Writer writer(line);
  writer.begin_object().member("id", to_text(charge.id));
  writer.member("mcpToolId", charge.tool_id);
  append_optional(writer, "mcpGateTokenId", charge.token_id);
  append_optional(writer, "mcpGateSessionId", charge.session_id);
  append_optional(writer, "payingProjectId", charge.paying_project_id);
  append_optional(writer, "agentId", charge.agent_id);
  writer.member("toolMethodName", charge.method_name);
  writer.member("toolSlug", charge.tool_slug).member("toolName", charge.tool_name);
  writer.member("grossSats", charge.gross.sat()).member("grossMsat", charge.gross.count());
  writer.member("platformFeeSats", charge.fee.sat()).member("platformFeeMsat", charge.fee.count());
  writer.member("netSats", charge.gross.sat() - charge.fee.sat())
      .member("netMsat", charge.net.count());
  writer.member("feeBasisPoints", charge.fee_basis_points);
  writer.member("status", ledger::to_text(charge.status));
  append_optional(writer, "idempotencyKey", charge.idempotency_key);
  writer.member("requestId", charge.request_id);
  append_json(writer, "metadata", charge.metadata.value_or(""));
  writer.member("createdAt", rfc3339(charge.created));
  writer.member("rail", ledger::to_text(charge.rail));
  writer.name("paymentHash");
  if (charge.payment_hash) {
    writer.string(hex(charge.payment_hash->view()));
  } else {
    writer.null();
  }
  writer.member("outcome", ledger::to_text(charge.outcome));
  append_optional(writer, "reverses",
                  charge.reverses ? std::optional(to_text(*charge.reverses)) : std::nullopt);
  writer.member("receiptId", charge.receipt_id);
  append_json(writer, "receipt", charge.receipt);
  append_json(writer, "receiptV2", charge.receipt_v2.value_or(""));
  writer.end_object();
  return line;
}

namespace {

Result<std::monostate, Fault> check_copy(const std::filesystem::path& file) {
  auto reader = BooksReader::open(file);
  if (!reader) return refuse(reader.error());
  const BooksMoment moment(**reader);
  const bool sound = ledger::audit(moment).ok();
  if (moment.fault()) return refuse(*moment.fault());
  if (!sound) return refuse(Fault::damaged);
  return std::monostate{};
}

/// The epoch goes above both: of the copy and of the books it replaces.
Result<std::uint32_t, Fault> raise_epoch(const std::filesystem::path& file, std::uint32_t above) {
  auto database = Database::open(file, Database::Mode::read_write);
  if (!database) return refuse(database.error());
  const auto opening = read_opening(*database);
  if (!opening) return refuse(opening.error());
  const std::uint32_t epoch = std::max(opening->epoch, above) + 1;
  auto update = database->prepare("UPDATE meta SET value = ?1 WHERE key = 'epoch'");
  if (!update) return refuse(update.error());
  const auto done = update->bind(1, std::int64_t{epoch}).run();
  if (!done) return refuse(done.error());
  return epoch;
}

Result<std::uint32_t, Fault> epoch_of(const std::filesystem::path& file) {
  if (!std::filesystem::exists(file)) return 0U;
  const auto reader = BooksReader::open(file);
  if (!reader) return 0U;  // a damaged one is what a restore is for
  const auto opening = (*reader)->opening();
  return opening ? opening->epoch : 0U;
}

}  // namespace

Result<std::uint32_t, Fault> restore(const std::filesystem::path& backup,
                                     const std::filesystem::path& data_dir) {
  const BooksFiles files = BooksFiles::in(data_dir);
  if (const auto done = prepare_folder(data_dir); !done) return refuse(done.error());
  const auto lock = lock_books(data_dir);
  if (!lock) return refuse(lock.error());
  if (const auto sound = check_copy(backup); !sound) return refuse(sound.error());

  // Beside the books first, whole and with its epoch; only then in their place.
  const std::filesystem::path fresh = files.books.string() + ".restoring";
  std::error_code ignored;
  std::filesystem::remove(fresh, ignored);
  {
    auto source = Database::open(backup, Database::Mode::read_only);
    if (!source) return refuse(source.error());
    if (const auto copied = copy_books(*source, fresh); !copied) return refuse(copied.error());
  }
  const auto above = epoch_of(files.books);
  const auto epoch = raise_epoch(fresh, above.value_or(0));
  if (!epoch) return epoch;

  std::error_code failed;
  for (const char* suffix : {"", "-wal", "-shm"}) {
    const std::filesystem::path old = files.books.string() + suffix;
    if (!std::filesystem::exists(old)) continue;
    std::filesystem::rename(old, files.books.string() + ".before-restore" + suffix, failed);
    if (failed) return refuse(Fault::unreachable);
  }
  std::filesystem::rename(fresh, files.books, failed);
  if (failed) return refuse(Fault::unreachable);
  return epoch;
}

}  // namespace tollhouse::store
