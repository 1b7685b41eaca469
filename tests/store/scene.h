// tests/store: charges with everything in them, and answers one can wait for.
#pragma once
#include <future>

#include "ledger/store.h"
#include "store/memory_store.h"
#include "store/sqlite_store.h"
#include "support/precompiled.h"
#include "support/vectors.h"

namespace tollhouse::store {

inline const Time kNow = time_from_unix(1'800'000'000);

inline ledger::ChargeId id_of(int n) {
  ledger::ChargeId id;
  for (int i = 0; i < 4; ++i) id.bytes[i] = static_cast<std::uint8_t>(n >> (8 * i));
  return id;
}

/// Charge `n` of payment `n`, whole in every member.
inline ledger::Charge charge(int n) {
  using std::chrono::seconds;
  ledger::Charge made;
  made.id = id_of(n);
  made.payment_hash = PaymentHash{};
  std::ranges::copy(made.id.bytes, made.payment_hash->bytes.begin() + 4);
  made.settled = *Msat::of(7'500);
  made.gross = *Msat::of(5'000);
  made.fee = *Msat::of(1'000);
  made.net = *Msat::of(4'000);
  made.fee_basis_points = 500;
  made.tool_id = "0f8fad5b-d9cb-469f-a165-70867728950e";
  made.tool_slug = "paid-research-tool";
  made.tool_name = "Forschung \xc3\xbc'; DROP TABLE charge; --";
  made.method_name = "web_fetch";
  made.request_id = "request-" + std::to_string(n);
  made.idempotency_key = "key-" + std::to_string(n);
  made.agent_id = "agent";
  made.metadata = R"({"a":1})";
  made.request_digest.bytes[31] = 3;
  made.caller.bytes[30] = 4;
  made.created = kNow + std::chrono::milliseconds(n);
  made.expires = kNow + seconds(300);
  made.outcome = ledger::Outcome::ok;
  made.receipt_id = "mcp_receipt_" + std::to_string(n);
  made.receipt =
      R"({"version":"mcp-call-receipt-v1","payload":")" + std::string(1200, 'p') + R"("})";
  return made;
}

inline SqliteOptions options_in(const test::OwnFolder& folder) {
  SqliteOptions options;
  options.data_dir = folder.path() / "data";
  options.ballast_bytes = 1 << 20;
  return options;
}

/// Asks and waits for the answer.
inline ledger::Answer ask(ledger::Store& store, ledger::Operation operation) {
  std::promise<ledger::Answer> promise;
  auto answer = promise.get_future();
  store.apply(std::move(operation),
              [&](ledger::Answer given) { promise.set_value(std::move(given)); });
  if (auto* memory = dynamic_cast<MemoryStore*>(&store)) memory->settle();
  return answer.get();
}

inline std::string word(const ledger::Answer& answer) {
  if (!answer) return std::string(row_of(answer.error()).token);
  constexpr std::string_view kNames[] = {"done",  "conflict", "missing",
                                         "swept", "receipt",  "result"};
  return std::string(kNames[answer->index()]);
}

inline std::vector<ledger::SpentRow> spent_in(ledger::Store& store) {
  std::vector<ledger::SpentRow> rows;
  EXPECT_TRUE(store.load([&](const ledger::SpentRow& row) { rows.push_back(row); }).has_value());
  std::ranges::sort(rows, {}, &ledger::SpentRow::charge);
  return rows;
}

}  // namespace tollhouse::store
