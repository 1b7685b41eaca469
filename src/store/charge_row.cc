// store: a charge as a row.
#include "store/charge_row.h"

namespace tollhouse::store {

using ledger::Charge;

namespace {

#define TOLLHOUSE_CHARGE_COLUMNS                                                                 \
  "id, status, rail, payment_hash, use_no, uses, settled_msat, gross_msat, fee_msat, net_msat, " \
  "fee_basis_points, tool_id, tool_slug, tool_name, method_name, request_id, idempotency_key, "  \
  "agent_id, paying_project_id, session_id, token_id, metadata, reverses, request_digest, "      \
  "caller, created_ms, expires_ms, outcome, delivered_ms, redelivered, receipt_id, receipt, "    \
  "receipt_v2"

/// Columns from 0; parameters are one more.
enum Column : int {
  id,
  status,
  rail,
  payment_hash,
  use_no,
  uses,
  settled_msat,
  gross_msat,
  fee_msat,
  net_msat,
  fee_basis_points,
  tool_id,
  tool_slug,
  tool_name,
  method_name,
  request_id,
  idempotency_key,
  agent_id,
  paying_project_id,
  session_id,
  token_id,
  metadata,
  reverses,
  request_digest,
  caller,
  created_ms,
  expires_ms,
  outcome,
  delivered_ms,
  redelivered,
  receipt_id,
  receipt,
  receipt_v2,
};

std::int64_t signed_of(Msat amount) {
  static_assert(Msat::kMax <= INT64_MAX);
  return static_cast<std::int64_t>(amount.count());
}

/// Reads columns and remembers whether one was no value of ours.
class RowReader {
 public:
  explicit RowReader(const Statement& row) : row_(row) {}

  template <class Fixed>
  Fixed fixed(int column) {
    Fixed value;
    const ByteView bytes = row_.bytes(column);
    if (bytes.size() != value.bytes.size()) return failed(value);
    std::memcpy(value.bytes.data(), bytes.data(), bytes.size());
    return value;
  }
  template <class Fixed>
  std::optional<Fixed> optional_fixed(int column) {
    if (row_.is_null(column)) return std::nullopt;
    return fixed<Fixed>(column);
  }
  template <class Enum>
  Enum one_of(int column, Enum last) {
    const std::int64_t number = row_.number(column);
    if (number < 0 || number > static_cast<std::int64_t>(last)) return failed(Enum{});
    return static_cast<Enum>(number);
  }
  std::uint32_t count(int column) {
    const std::int64_t number = row_.number(column);
    if (number < 0 || number > UINT32_MAX) return failed(std::uint32_t{});
    return static_cast<std::uint32_t>(number);
  }
  Msat amount(int column) {
    const std::int64_t number = row_.number(column);
    const auto amount = number < 0 ? std::nullopt : Msat::of(static_cast<std::uint64_t>(number));
    return amount ? *amount : failed(Msat{});
  }
  bool sound() const { return sound_; }

 private:
  template <class Value>
  Value failed(Value value) {
    sound_ = false;
    return value;
  }
  const Statement& row_;
  bool sound_ = true;
};

void read_money(RowReader& reader, Charge& charge) {
  charge.settled = reader.amount(settled_msat);
  charge.gross = reader.amount(gross_msat);
  charge.fee = reader.amount(fee_msat);
  charge.net = reader.amount(net_msat);
  charge.fee_basis_points = reader.count(fee_basis_points);
}

void read_names(const Statement& row, Charge& charge) {
  charge.tool_id = row.text(tool_id);
  charge.tool_slug = row.text(tool_slug);
  charge.tool_name = row.text(tool_name);
  charge.method_name = row.text(method_name);
  charge.request_id = row.text(request_id);
  charge.idempotency_key = row.optional_text(idempotency_key);
  charge.agent_id = row.optional_text(agent_id);
  charge.paying_project_id = row.optional_text(paying_project_id);
  charge.session_id = row.optional_text(session_id);
  charge.token_id = row.optional_text(token_id);
  charge.metadata = row.optional_text(metadata);
  charge.receipt_id = row.text(receipt_id);
  charge.receipt = row.text(receipt);
  charge.receipt_v2 = row.optional_text(receipt_v2);
}

}  // namespace

const std::string_view kInsertCharge =
    "INSERT INTO charge (" TOLLHOUSE_CHARGE_COLUMNS
    ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, "
    "?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31, ?32, ?33) "
    "ON CONFLICT DO NOTHING";
const std::string_view kSelectCharge = "SELECT " TOLLHOUSE_CHARGE_COLUMNS " FROM charge ";
const std::string_view kSelectSpent =
    "SELECT payment_hash, use_no, uses, expires_ms, charge.id, request_digest, caller, "
    "charge.created_ms, delivered_ms IS NOT NULL, redelivered, kept_result.id IS NOT NULL "
    "FROM charge LEFT JOIN kept_result ON kept_result.id = charge.id "
    "WHERE status = 0 AND payment_hash IS NOT NULL AND expires_ms > ?1";

Time time_of(std::int64_t milliseconds) {
  constexpr std::int64_t kLast = unix_milliseconds(Time::max());
  if (milliseconds >= kLast) return Time::max();
  if (milliseconds <= -kLast) return Time::min();
  return time_from_unix_milliseconds(milliseconds);
}

void bind_charge(Statement& insert, const Charge& charge) {
  const auto bind = [&](Column column, const auto& value) { insert.bind(column + 1, value); };
  const auto text = [&](Column column, const std::string& value) {
    insert.bind(column + 1, std::string_view(value));
  };
  bind(id, ByteView(charge.id.bytes));
  bind(status, static_cast<std::int64_t>(charge.status));
  bind(rail, static_cast<std::int64_t>(charge.rail));
  if (charge.payment_hash) bind(payment_hash, charge.payment_hash->view());
  bind(use_no, std::int64_t{charge.use_no});
  bind(uses, std::int64_t{charge.uses.count});
  bind(settled_msat, signed_of(charge.settled));
  bind(gross_msat, signed_of(charge.gross));
  bind(fee_msat, signed_of(charge.fee));
  bind(net_msat, signed_of(charge.net));
  bind(fee_basis_points, std::int64_t{charge.fee_basis_points});
  text(tool_id, charge.tool_id);
  text(tool_slug, charge.tool_slug);
  text(tool_name, charge.tool_name);
  text(method_name, charge.method_name);
  text(request_id, charge.request_id);
  bind(idempotency_key, charge.idempotency_key);
  bind(agent_id, charge.agent_id);
  bind(paying_project_id, charge.paying_project_id);
  bind(session_id, charge.session_id);
  bind(token_id, charge.token_id);
  bind(metadata, charge.metadata);
  if (charge.reverses) bind(reverses, ByteView(charge.reverses->bytes));
  bind(request_digest, charge.request_digest.view());
  bind(caller, charge.caller.view());
  bind(created_ms, unix_milliseconds(charge.created));
  bind(expires_ms, unix_milliseconds(charge.expires));
  bind(outcome, static_cast<std::int64_t>(charge.outcome));
  if (charge.delivered) bind(delivered_ms, unix_milliseconds(charge.created));
  bind(redelivered, std::int64_t{charge.redelivered});
  text(receipt_id, charge.receipt_id);
  text(receipt, charge.receipt);
  bind(receipt_v2, charge.receipt_v2);
}

std::optional<Charge> read_charge(const Statement& row) {
  RowReader reader(row);
  Charge charge;
  charge.id = reader.fixed<ledger::ChargeId>(id);
  charge.status = reader.one_of(status, ledger::Status::reversed);
  charge.rail = reader.one_of(rail, ledger::Rail::pow);
  charge.payment_hash = reader.optional_fixed<PaymentHash>(payment_hash);
  charge.use_no = reader.count(use_no);
  charge.uses.count = reader.count(uses);
  read_money(reader, charge);
  read_names(row, charge);
  charge.reverses = reader.optional_fixed<ledger::ChargeId>(reverses);
  charge.request_digest = reader.fixed<Digest>(request_digest);
  charge.caller = reader.fixed<Digest>(caller);
  charge.created = time_of(row.number(created_ms));
  charge.expires = time_of(row.number(expires_ms));
  charge.outcome = reader.one_of(outcome, ledger::Outcome::failed);
  charge.delivered = !row.is_null(delivered_ms);
  charge.redelivered = row.number(redelivered) != 0;
  if (!reader.sound()) return std::nullopt;
  return charge;
}

std::optional<ledger::SpentRow> read_spent(const Statement& row) {
  RowReader reader(row);
  ledger::SpentRow spent;
  spent.key = {reader.fixed<PaymentHash>(0), reader.count(1)};
  spent.uses.count = reader.count(2);
  spent.expires = time_of(row.number(3));
  spent.charge = reader.fixed<ledger::ChargeId>(4);
  spent.request_digest = reader.fixed<Digest>(5);
  spent.caller = reader.fixed<Digest>(6);
  spent.committed = time_of(row.number(7));
  spent.delivered = row.number(8) != 0;
  spent.redelivered = row.number(9) != 0;
  spent.result_kept = row.number(10) != 0;
  if (!reader.sound()) return std::nullopt;
  return spent;
}

}  // namespace tollhouse::store
