// tests/cli: `ledger` over real books, while a store has them open. Goal: check, export, show and
// backup say what is there, in the shapes of sessions-config.md, Books.
#include <filesystem>
#include <fstream>
#include <future>
#include <nlohmann/json.hpp>

#include "base/hex.h"
#include "captured.h"
#include "receipt/fee.h"
#include "receipt/receipt.h"
#include "store/sqlite_store.h"
#include "support/precompiled.h"
#include "support/vectors.h"

namespace tollhouse::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr std::string_view kReceiptKey =
    "c3a9e2a94d52f8360c9d1e7fa2b4586387c0d9e1f2a3b4c5d6e7f8091a2b3c4f";

/// A charge of 5 sat whose receipt is signed with `key`.
ledger::Charge signed_charge(std::uint8_t n, const receipt::Key& key) {
  ledger::Charge charge;
  charge.id.bytes[0] = n;
  charge.payment_hash = PaymentHash{};
  charge.payment_hash->bytes[0] = n;
  charge.gross = charge.settled = *Msat::of_sat(5);
  charge.fee = receipt::platform_fee(charge.gross);
  charge.net = *charge.gross.minus(charge.fee);
  charge.fee_basis_points = 500;
  charge.tool_id = "0f8fad5b-d9cb-469f-a165-70867728950e";
  charge.tool_slug = charge.tool_name = charge.method_name = "web_search";
  charge.request_id = "request";
  charge.created = time_from_unix(1'800'000'000 + n);
  charge.expires = time_from_unix(1'900'000'000);
  charge.outcome = ledger::Outcome::ok;

  receipt::CallFacts facts;
  facts.event.bytes = charge.id.bytes;
  facts.created = charge.created;
  facts.tool_id = charge.tool_id;
  facts.tool_name = facts.tool_slug = facts.tool_method_name = charge.tool_slug;
  facts.request_id = charge.request_id;
  facts.gross = charge.gross;
  facts.fee = charge.fee;
  facts.fee_basis_points = 500;
  facts.payment_hash = charge.payment_hash;
  const receipt::Receipt made = receipt::build(facts, key);
  charge.receipt_id = made.id;
  charge.receipt = made.envelope;
  return charge;
}

/// A data folder with a gate's receipt key and books that a store holds open.
class OpenBooks {
 public:
  OpenBooks() {
    fs::create_directory(data_dir());
    fs::permissions(data_dir(), fs::perms::owner_all);
    std::ofstream(data_dir() / "receipt.key") << kReceiptKey << '\n';
    fs::permissions(data_dir() / "receipt.key", fs::perms::owner_read | fs::perms::owner_write);
    store::SqliteOptions options;
    options.data_dir = data_dir();
    options.ballast_bytes = 0;
    store_ = std::move(*store::SqliteStore::open(options));
  }
  fs::path data_dir() const { return own_.path() / "data"; }
  fs::path beside(const char* name) const { return own_.path() / name; }
  Terminal::Environment environment() const { return {{"TOLLHOUSE_DATA_DIR", data_dir()}}; }

  void record(ledger::Charge charge) {
    std::promise<bool> promise;
    store_->apply(ledger::RecordCharge{std::move(charge)},
                  [&](ledger::Answer answer) { promise.set_value(answer.has_value()); });
    EXPECT_TRUE(promise.get_future().get());
  }

 private:
  test::OwnFolder own_;
  std::unique_ptr<store::SqliteStore> store_;
};

receipt::Key gate_key() { return receipt::Key(*bytes_from_hex(kReceiptKey)); }

TEST(Ledger, CheckProvesBooksAndReceipts) {
  OpenBooks books;
  books.record(signed_charge(1, gate_key()));
  books.record(signed_charge(2, gate_key()));
  const Captured good = run_captured({"ledger", "check", "--json"}, books.environment());
  EXPECT_EQ(good.exit, 0) << good.out << good.error;
  EXPECT_EQ(good.error, "");
  const Json report = Json::parse(good.out);
  EXPECT_EQ(report.at("ok"), true);
  EXPECT_EQ(report.at("charges"), 2);
  EXPECT_EQ(report.at("receipts"), 2);
  EXPECT_EQ(report.at("grossMsat"), 10'000);
  EXPECT_TRUE(report.at("violations").empty());
  EXPECT_EQ(run_captured({"ledger", "check"}, books.environment()).exit, 0);

  books.record(signed_charge(3, receipt::Key(Bytes(32, 7))));
  const Captured bad = run_captured({"ledger", "check", "--json"}, books.environment());
  EXPECT_EQ(bad.exit, 1);
  EXPECT_EQ(Json::parse(bad.out).at("ok"), false);
  EXPECT_FALSE(Json::parse(bad.out).at("violations").empty());

  fs::remove(books.data_dir() / "receipt.key");
  const Captured without = run_captured({"ledger", "check"}, books.environment());
  EXPECT_EQ(without.exit, 0);
  EXPECT_NE(without.error.find("not verified"), std::string::npos);
}

TEST(Ledger, ExportShowAndBackup) {
  OpenBooks books;
  books.record(signed_charge(1, gate_key()));
  books.record(signed_charge(2, gate_key()));
  const Captured all = run_captured({"ledger", "export"}, books.environment());
  EXPECT_EQ(all.exit, 0) << all.error;
  ASSERT_EQ(std::ranges::count(all.out, '\n'), 2);
  const Json first = Json::parse(all.out.substr(0, all.out.find('\n')));
  EXPECT_EQ(first.at("receipt").at("version"), "mcp-call-receipt-v1");
  EXPECT_TRUE(first.at("receiptV2").is_null());
  const Captured since =
      run_captured({"ledger", "export", "--since", "2027-01-15T08:00:02Z"}, books.environment());
  EXPECT_EQ(std::ranges::count(since.out, '\n'), 1);

  const std::string hash = "02" + std::string(62, '0');
  EXPECT_EQ(run_captured({"ledger", "show", hash, "--json"}, books.environment()).out, since.out);
  EXPECT_NE(run_captured({"ledger", "show", hash}, books.environment()).out.find("5 sat"),
            std::string::npos);
  const Captured none = run_captured({"ledger", "show", std::string(64, 'f')}, books.environment());
  EXPECT_EQ(none.exit, 1);

  // An exported receipt verifies by itself.
  const Captured verified = run_captured({"verify-receipt", "-", "--key", std::string(kReceiptKey)},
                                         {}, first.at("receipt").dump());
  EXPECT_EQ(verified.exit, 0) << verified.out;

  const std::string copy = books.beside("copy.db");
  EXPECT_EQ(run_captured({"ledger", "backup", copy}, books.environment()).exit, 0);
  EXPECT_EQ(fs::status(copy).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_EQ(run_captured({"ledger", "backup", copy}, books.environment()).exit, 1);
}

TEST(Ledger, TheConfigurationSaysWhereTheBooksAre) {
  OpenBooks books;
  const fs::path file = books.beside("t.yaml");
  // Secrets of the gate need not be at hand to look into its books.
  std::ofstream(file) << "upstream: http://127.0.0.1:1/\ntools: { a: free }\nsecrets: { root: "
                         "\"${LN_GATE_HMAC}\" }\ndata_dir: "
                      << books.data_dir().string() << "\n";
  EXPECT_EQ(run_captured({"ledger", "check", "-c", file}).exit, 0);
  std::ofstream(file) << "data_dir: [\n";
  EXPECT_EQ(run_captured({"ledger", "check", "-c", file}).exit, 3);
}

TEST(Ledger, WithoutBooksSaysSo) {
  const test::OwnFolder own;
  const Terminal::Environment environment = {{"TOLLHOUSE_DATA_DIR", own.path() / "none"}};
  for (const std::string action : {"check", "export"}) {
    const Captured told = run_captured({"ledger", action, "--json"}, environment);
    EXPECT_EQ(told.exit, 4) << told.error;
    EXPECT_EQ(Json::parse(told.error).at("error").at("code"), "unreachable");
  }
}

}  // namespace
}  // namespace tollhouse::cli
