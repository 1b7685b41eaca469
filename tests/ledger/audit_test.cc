// ledger: each invariant is found broken when it is, and only then.
#include "ledger/audit.h"

#include "ledger/receipt_check.h"
#include "support/precompiled.h"

namespace tollhouse::ledger {
namespace {

using namespace std::chrono_literals;

const Time kNow = time_from_unix(1'800'000'000);

/// Books that a test may spoil.
struct Books final : BooksView {
  std::vector<Charge> charges;
  std::vector<SpentRow> spent;
  Opening now;

  void each_charge(const std::function<void(const Charge&)>& each) const override {
    for (const Charge& charge : charges) each(charge);
  }
  void each_spent(const std::function<void(const SpentRow&)>& each) const override {
    for (const SpentRow& row : spent) each(row);
  }
  Opening opening() const override { return now; }
};

const receipt::Key& key() {
  static const receipt::Key made(bytes_of("receipt-hmac-test-key-0123456789"));
  return made;
}

Charge charge(int n) {
  Charge made;
  made.id.bytes[0] = static_cast<std::uint8_t>(n);
  made.payment_hash = PaymentHash{};
  made.payment_hash->bytes[0] = static_cast<std::uint8_t>(n);
  made.settled = made.gross = *Msat::of(5'000);
  made.fee = *Msat::of(1'000);
  made.net = *Msat::of(4'000);
  made.fee_basis_points = 500;
  made.tool_id = "t";
  made.tool_slug = made.method_name = "slug";
  made.tool_name = "Tool";
  made.request_id = "r" + std::to_string(n);
  made.created = kNow;
  made.expires = kNow + 300s;
  receipt::CallFacts facts;
  facts.event.bytes = made.id.bytes;
  facts.created = made.created;
  facts.tool_id = made.tool_id;
  facts.gross = made.gross;
  facts.fee = made.fee;
  facts.fee_basis_points = 500;
  facts.rail = "l402";
  facts.payment_hash = made.payment_hash;
  const receipt::Receipt signed_one = receipt::build(facts, key());
  made.receipt_id = signed_one.id;
  made.receipt = signed_one.envelope;
  return made;
}

SpentRow spent_of(const Charge& of) {
  SpentRow row;
  row.key = of.key();
  row.uses = of.uses;
  row.expires = of.expires;
  row.charge = of.id;
  row.request_digest = of.request_digest;
  row.caller = of.caller;
  return row;
}

Books good_books() {
  Books books;
  for (int n = 1; n <= 3; ++n) {
    books.charges.push_back(charge(n));
    books.spent.push_back(spent_of(books.charges.back()));
  }
  return books;
}

std::vector<std::string> tokens(const AuditReport& report) {
  std::vector<std::string> found;
  for (const Violation& one : report.violations) {
    found.push_back(std::to_string(one.invariant) + " " + std::string(one.token));
  }
  return found;
}

TEST(Audit, OneViolationPerFault) {
  const struct {
    const char* name;
    std::function<void(Books&)> spoil;
    std::vector<std::string> want;
  } cases[] = {
      {"sound", [](Books&) {}, {}},
      {"a payment charged twice",
       [](Books& b) {
         Charge second = charge(4);
         second.payment_hash = b.charges[0].payment_hash;
         second.settled = *Msat::of(10'000);
         second.receipt = "{}";
         b.charges.push_back(second);
         b.now.purged_before = kNow + 1h;
         b.spent.clear();
       },
       {"1 uses_exceeded"}},
      {"one use of several charged twice",
       [](Books& b) {
         b.charges[0].uses = b.spent[0].uses = Uses::of(5);
         Charge second = b.charges[0];
         second.id = charge(4).id;
         second.receipt_id = "other";
         second.settled = *Msat::of(10'000);
         b.charges.push_back(second);
         b.spent.clear();
         b.now.purged_before = kNow + 1h;
       },
       {"1 use_twice"}},
      {"more charged than paid",
       [](Books& b) { b.charges[0].settled = *Msat::of(4'999); },
       {"1 charged_above_settled"}},
      {"a cancelled one was delivered",
       [](Books& b) {
         b.charges[0].status = Status::cancelled;
         b.charges[0].receipt.clear();
         b.charges[0].delivered = true;
         b.spent.erase(b.spent.begin());
       },
       {"2 hold_path"}},
      {"a start would forget it", [](Books& b) { b.spent.pop_back(); }, {"2 charge_not_spent"}},
      {"a start would remember it wrong",
       [](Books& b) { b.spent[0].expires += 1s; },
       {"2 spent_differs"}},
      {"spent, but by nothing",
       [](Books& b) { b.spent.push_back(spent_of(charge(9))); },
       {"2 spent_without_charge"}},
      {"no receipt", [](Books& b) { b.charges[1].receipt.clear(); }, {"3 charge_without_receipt"}},
      {"receipt of nothing",
       [](Books& b) {
         b.charges[1].status = Status::cancelled;
         b.spent.erase(b.spent.begin() + 1);
       },
       {"3 receipt_without_charge"}},
      {"one receipt for two",
       [](Books& b) { b.charges[1].receipt_id = b.charges[0].receipt_id; },
       {"3 receipt_twice"}},
      {"sum", [](Books& b) { b.charges[2].net = *Msat::of(3'999); }, {"4 arithmetic"}},
      {"one idempotency key, two charges",
       [](Books& b) { b.charges[0].idempotency_key = b.charges[1].idempotency_key = "k"; },
       {"8 idempotency_key_twice"}},
      {"the same key of another caller",
       [](Books& b) {
         b.charges[0].idempotency_key = b.charges[1].idempotency_key = "k";
         b.charges[1].caller.bytes[0] = b.spent[1].caller.bytes[0] = 1;
       },
       {}},
      {"reversal of nothing",
       [](Books& b) {
         Charge reversal = charge(5);
         reversal.status = Status::reversed;
         reversal.receipt.clear();
         reversal.reverses = charge(6).id;
         b.charges.push_back(reversal);
       },
       {"9 reversal_dangling"}},
      {"a charge that reverses",
       [](Books& b) { b.charges[2].reverses = b.charges[1].id; },
       {"9 reversal_shape"}},
      {"alive before the purge",
       [](Books& b) {
         b.now.purged_before = kNow + 300s;
         b.spent.resize(1);
       },
       {"9 spent_before_purge", "2 spent_without_charge"}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    Books books = good_books();
    c.spoil(books);
    std::vector<std::string> want = c.want;
    std::vector<std::string> found = tokens(audit(books));
    std::ranges::sort(want);
    std::ranges::sort(found);
    EXPECT_EQ(found, want);
  }
}

TEST(Requirement, R_RCPT_9_ReceiptsVerifyAndSayWhatTheRowSays) {
  const struct {
    const char* name;
    std::function<void(Charge&)> spoil;
    std::string want;
  } cases[] = {
      {"as signed", [](Charge&) {}, ""},
      {"a byte", [](Charge& c) { c.receipt[c.receipt.find("signature\":\"") + 12] ^= 1; },
       "bad_signature"},
      {"no envelope", [](Charge& c) { c.receipt = "[]"; }, "malformed_envelope"},
      {"id", [](Charge& c) { c.receipt_id = "mcp_receipt_00"; }, "receipt_id_differs"},
      {"event", [](Charge& c) { c.id.bytes[1] = 7; }, "event_differs"},
      {"gross", [](Charge& c) { c.gross = *Msat::of(6'000), c.net = *Msat::of(5'000); },
       "amount_differs"},
      {"fee", [](Charge& c) { c.fee = *Msat::of(2'000), c.net = *Msat::of(3'000); }, "fee_differs"},
      {"payment", [](Charge& c) { c.payment_hash->bytes[3] = 1; }, "payment_hash_differs"},
      {"status", [](Charge& c) { c.status = Status::denied; }, "status_differs"},
  };
  const ReceiptCheck check = receipt_check({key()});
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    Charge spoiled = charge(1);
    c.spoil(spoiled);
    EXPECT_EQ(check(spoiled).value_or(""), c.want);
  }
  EXPECT_EQ(receipt_check({})(charge(1)), "unknown_key");
  Books books = good_books();
  EXPECT_TRUE(audit(books, check).ok());
  books.charges[0].receipt = books.charges[1].receipt;
  EXPECT_EQ(tokens(audit(books, check)), std::vector<std::string>{"3 receipt_invalid"});
}

TEST(Audit, ReportAsTheCommandLineSaysIt) {
  Books books = good_books();
  EXPECT_EQ(to_json(audit(books)),
            R"({"ok":true,"charges":3,"receipts":3,"grossMsat":15000,"holds":0,"violations":[]})");
  books.charges[0].net = *Msat::of(1);
  EXPECT_EQ(
      to_json(audit(books)),
      R"({"ok":false,"charges":3,"receipts":3,"grossMsat":15000,"holds":0,"violations":[)"
      R"({"invariant":4,"code":"arithmetic","detail":"01000000-0000-0000-0000-000000000000"}]})");
}

TEST(ChargeId, Text) {
  const std::string text = "6f9619ff-8b86-d011-b42d-00cf4fc964ff";
  const auto id = charge_id_from_text(text);
  ASSERT_TRUE(id.has_value());
  EXPECT_EQ(to_text(*id), text);
  for (const char* bad :
       {"", "6f9619ff8b86d011b42d00cf4fc964ff", "6f9619ff-8b86-d011-b42d-00cf4fc964f",
        "6f9619ff-8b86-d011-b42d-00cf4fc964fg", "6f9619ff-8b86-d011-b42d00-cf4fc964ff"}) {
    EXPECT_FALSE(charge_id_from_text(bad)) << bad;
  }
}

TEST(Names, OfEveryValue) {
  for (const auto& [rail, name] : {std::pair{Rail::session, "session"},
                                   {Rail::l402, "l402"},
                                   {Rail::x402, "x402"},
                                   {Rail::mpp, "mpp"},
                                   {Rail::pow, "pow"}}) {
    EXPECT_EQ(to_text(rail), name);
  }
  for (const auto& [status, name] : {std::pair{Status::charged, "Charged"},
                                     {Status::denied, "Denied"},
                                     {Status::reserved, "Reserved"},
                                     {Status::cancelled, "Cancelled"},
                                     {Status::reversed, "Reversed"}}) {
    EXPECT_EQ(to_text(status), name);
  }
  for (const auto& [outcome, name] : {std::pair{Outcome::unknown, "unknown"},
                                      {Outcome::ok, "ok"},
                                      {Outcome::tool_error, "tool_error"},
                                      {Outcome::failed, "failed"}}) {
    EXPECT_EQ(to_text(outcome), name);
  }
}

}  // namespace
}  // namespace tollhouse::ledger
