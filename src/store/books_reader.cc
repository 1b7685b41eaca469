// store: looks into the books.
#include "store/books_reader.h"

#include "store/charge_row.h"
#include "store/schema.h"

namespace tollhouse::store {

Result<std::unique_ptr<BooksReader>, Fault> BooksReader::open(const std::filesystem::path& books) {
  auto database = Database::open(books, Database::Mode::read_only);
  if (!database) return refuse(database.error());
  const auto version = schema_version(*database);
  if (!version) return refuse(version.error());
  if (*version > migrations().back().to) return refuse(Fault::newer_schema);
  // An older one waits for its migration by the gate; nothing is read by the wrong names.
  if (*version < migrations().back().to) return refuse(Fault::damaged);

  std::unique_ptr<BooksReader> reader(new BooksReader(std::move(*database)));
  constexpr std::string_view kReceipt =
      "SELECT id, payment_hash, caller, created_ms, receipt, receipt_v2 FROM charge "
      "WHERE status = 0 AND ";
  const struct {
    Statement& statement;
    std::string sql;
  } wanted[] = {
      {reader->receipt_by_request_, std::string(kReceipt) + "request_id = ?1 ORDER BY seq DESC"},
      {reader->receipt_by_id_, std::string(kReceipt) + "id = ?1"},
      {reader->result_, "SELECT result FROM kept_result WHERE id = ?1"},
  };
  for (const auto& each : wanted) {
    auto prepared = reader->database_.prepare(each.sql);
    if (!prepared) return refuse(prepared.error());
    each.statement = std::move(*prepared);
  }
  return reader;
}

Result<ledger::Opening, Fault> BooksReader::opening() { return read_opening(database_); }

Result<Ok, Fault> BooksReader::each_spent(
    Time purged_before, const std::function<void(const ledger::SpentRow&)>& each) {
  auto statement = database_.prepare(kSelectSpent);
  if (!statement) return refuse(statement.error());
  statement->bind(1, unix_milliseconds(purged_before));
  for (;;) {
    const auto row = statement->step();
    if (!row) return refuse(row.error());
    if (!*row) return Ok{};
    const auto spent = read_spent(*statement);
    if (!spent) return refuse(Fault::damaged);
    each(*spent);
  }
}

namespace {

Result<Ok, Fault> each_row(Statement& statement,
                           const std::function<void(const ledger::Charge&)>& each) {
  for (;;) {
    const auto row = statement.step();
    if (!row) return refuse(row.error());
    if (!*row) return Ok{};
    const auto charge = read_charge(statement);
    if (!charge) return refuse(Fault::damaged);
    each(*charge);
  }
}

}  // namespace

Result<Ok, Fault> BooksReader::each_charge(Time since,
                                           const std::function<void(const ledger::Charge&)>& each) {
  auto statement =
      database_.prepare(std::string(kSelectCharge) + "WHERE created_ms >= ?1 ORDER BY seq");
  if (!statement) return refuse(statement.error());
  statement->bind(1, unix_milliseconds(since));
  return each_row(*statement, each);
}

Result<std::vector<ledger::Charge>, Fault> BooksReader::charges_of(
    const PaymentHash& payment_hash) {
  // Charges by the unique key; cancelled and denied ones by a walk: a command for people.
  auto statement =
      database_.prepare(std::string(kSelectCharge) + "WHERE payment_hash = ?1 ORDER BY seq");
  if (!statement) return refuse(statement.error());
  statement->bind(1, payment_hash.view());
  std::vector<ledger::Charge> charges;
  const auto done = each_row(*statement, [&](const auto& charge) { charges.push_back(charge); });
  if (!done) return refuse(done.error());
  return charges;
}

Result<ledger::Reply, Fault> BooksReader::receipt(const ledger::FetchReceipt& asked) {
  const auto* request = std::get_if<std::string>(&asked.by);
  Statement& statement = request != nullptr ? receipt_by_request_ : receipt_by_id_;
  if (request != nullptr) {
    statement.bind(1, std::string_view(*request));
  } else {
    statement.bind(1, ByteView(std::get<ledger::ChargeId>(asked.by).bytes));
  }
  const auto row = statement.step();
  Result<ledger::Reply, Fault> reply = ledger::Missing{};
  if (!row) {
    reply = refuse(row.error());
  } else if (*row) {
    ledger::StoredReceipt found;
    std::ranges::copy(statement.bytes(0).first(16), found.id.bytes.begin());
    if (!statement.is_null(1)) found.payment_hash = PaymentHash::from(statement.bytes(1).first(32));
    found.caller = Digest::from(statement.bytes(2).first(32));
    found.created = time_of(statement.number(3));
    found.receipt = statement.text(4);
    found.receipt_v2 = statement.optional_text(5);
    reply = std::move(found);
  }
  statement.reset();
  return reply;
}

Result<ledger::Reply, Fault> BooksReader::result(const ledger::FetchResult& asked) {
  const auto row = result_.bind(1, ByteView(asked.id.bytes)).step();
  Result<ledger::Reply, Fault> reply = ledger::Missing{};
  if (!row) {
    reply = refuse(row.error());
  } else if (*row) {
    reply = ledger::StoredResult{std::string(text_of(result_.bytes(0)))};
  }
  result_.reset();
  return reply;
}

void BooksMoment::each_charge(const std::function<void(const ledger::Charge&)>& each) const {
  const auto done = reader_.each_charge(Time::min(), each);
  if (!done) fault_ = done.error();
}

void BooksMoment::each_spent(const std::function<void(const ledger::SpentRow&)>& each) const {
  const auto done = reader_.each_spent(opening().purged_before, each);
  if (!done) fault_ = done.error();
}

ledger::Opening BooksMoment::opening() const {
  const auto opening = reader_.opening();
  if (opening) return *opening;
  fault_ = opening.error();
  return {};
}

}  // namespace tollhouse::store
