// ledger: the invariants of reliability-security.md 3.4 that one store can show, one function each,
// over a read-only view. `ledger check` and the simulator use the same ones.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "ledger/store.h"

namespace tollhouse::ledger {

/// Read-only books: a store file, or the simulator's. Charges come oldest first.
class BooksView {
 public:
  virtual ~BooksView() = default;
  virtual void each_charge(const std::function<void(const Charge&)>& each) const = 0;
  virtual void each_spent(const std::function<void(const SpentRow&)>& each) const = 0;
  virtual Opening opening() const = 0;
};

struct Violation {
  int invariant = 0;       ///< number in 3.4
  std::string_view token;  ///< "uses_exceeded"
  std::string detail;      ///< charge id or payment hash, for people
  friend bool operator==(const Violation&, const Violation&) = default;
};
using Violations = std::vector<Violation>;

/// Says what is wrong with a charge's receipt (a token), or nothing. receipt_check() of
/// receipt_check.h is the real one; an empty function checks presence only.
using ReceiptCheck = std::function<std::optional<std::string>(const Charge&)>;

/// 1: charges per payment hash <= uses bought, no use twice; msat charged <= msat settled on it.
void check_uses(const BooksView& books, Violations& found);
/// 2: the history of each event is a path of the state machine: only a charge is delivered.
void check_holds(const BooksView& books, Violations& found);
/// 2: what the next start takes for spent is what was charged and is not purged, one to one.
void check_spent(const BooksView& books, Violations& found);
/// 3: charges and receipts are one to one, and receipts verify.
void check_receipts(const BooksView& books, const ReceiptCheck& check, Violations& found);
/// 4: gross = fee + net, and the fee is not above gross.
void check_fees(const BooksView& books, Violations& found);
/// 8: one event per payer, tool and idempotency key among those that charged.
void check_idempotency(const BooksView& books, Violations& found);
/// 9: no reversal without its original; no live spent use that expired before `purged_before`.
void check_rows(const BooksView& books, Violations& found);

struct AuditReport {
  std::uint64_t charges = 0;  ///< `Charged`
  std::uint64_t receipts = 0;
  std::uint64_t gross_msat = 0;
  std::uint64_t holds = 0;  ///< rows only; a single gate holds in memory
  Violations violations;
  bool ok() const { return violations.empty(); }
};
/// All of them.
AuditReport audit(const BooksView& books, const ReceiptCheck& check = {});
/// `{"ok":true,"charges":N,"receipts":N,"grossMsat":N,"holds":N,"violations":[]}`
/// (sessions-config.md, Books); a violation is `{"invariant":N,"code":"...","detail":"..."}`.
std::string to_json(const AuditReport& report);

}  // namespace tollhouse::ledger
