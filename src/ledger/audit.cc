// ledger: the invariants as functions. Each walks the books once and remembers no more than keys.
#include "ledger/audit.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "base/hex.h"
#include "json/writer.h"

namespace tollhouse::ledger {
namespace {

bool charged(const Charge& charge) { return charge.status == Status::charged; }

struct PaymentSums {
  std::uint64_t charges = 0;
  std::uint64_t uses_bought = 1;
  std::uint64_t gross_msat = 0;
  std::uint64_t settled_msat = 0;
};

void add(PaymentSums& sums, const Charge& charge) {
  ++sums.charges;
  sums.uses_bought = std::max<std::uint64_t>(sums.uses_bought, charge.uses.count);
  sums.settled_msat = std::max(sums.settled_msat, charge.settled.count());
  // Saturates: nobody settled that much, so it is a violation either way.
  sums.gross_msat = checked_add(sums.gross_msat, charge.gross.count()).value_or(UINT64_MAX);
}

/// Who pays: a session over its refreshes, else the caller of the credential.
std::string idempotency_scope(const Charge& charge) {
  std::string scope =
      charge.session_id ? "s" + *charge.session_id : "c" + hex(charge.caller.view());
  // Lengths first: no member can run into the next.
  for (const std::string& part : {charge.paying_project_id.value_or(""), charge.tool_id,
                                  charge.idempotency_key.value_or("")}) {
    scope += '\n' + std::to_string(part.size()) + ':' + part;
  }
  return scope;
}

bool agrees(const SpentRow& row, const Charge& charge) {
  return row.charge == charge.id && row.expires == charge.expires && row.uses == charge.uses &&
         row.caller == charge.caller && row.request_digest == charge.request_digest;
}

}  // namespace

void check_uses(const BooksView& books, Violations& found) {
  std::unordered_map<PaymentHash, PaymentSums> payments;
  std::unordered_set<UseKey> counted_uses;
  books.each_charge([&](const Charge& charge) {
    if (!charged(charge) || !charge.payment_hash) return;
    add(payments[*charge.payment_hash], charge);
    if (charge.uses.count > 1 && !counted_uses.insert(charge.key()).second) {
      found.push_back({1, "use_twice", to_text(charge.id)});
    }
  });
  for (const auto& [hash, sums] : payments) {
    if (sums.charges > sums.uses_bought) {
      found.push_back({1, "uses_exceeded", hex(hash.view())});
    }
    if (sums.gross_msat > sums.settled_msat) {
      found.push_back({1, "charged_above_settled", hex(hash.view())});
    }
  }
}

void check_holds(const BooksView& books, Violations& found) {
  books.each_charge([&](const Charge& charge) {
    // Given back and answered exclude each other: only a charge is delivered.
    const bool answered = charge.delivered || charge.redelivered;
    if (!charged(charge) && answered) found.push_back({2, "hold_path", to_text(charge.id)});
  });
}

void check_spent(const BooksView& books, Violations& found) {
  std::unordered_map<UseKey, SpentRow> spent;
  books.each_spent([&](const SpentRow& row) { spent.emplace(row.key, row); });
  const Time purged_before = books.opening().purged_before;
  books.each_charge([&](const Charge& charge) {
    if (!charged(charge) || !charge.payment_hash || charge.expires <= purged_before) return;
    const auto row = spent.find(charge.key());
    if (row == spent.end()) {
      return found.push_back({2, "charge_not_spent", to_text(charge.id)});
    }
    if (!agrees(row->second, charge)) found.push_back({2, "spent_differs", to_text(charge.id)});
    spent.erase(row);
  });
  for (const auto& [key, row] : spent) {
    found.push_back({2, "spent_without_charge", hex(key.payment_hash.view())});
  }
}

void check_receipts(const BooksView& books, const ReceiptCheck& check, Violations& found) {
  std::unordered_set<std::string> receipt_ids;
  books.each_charge([&](const Charge& charge) {
    const bool has_receipt = !charge.receipt.empty();
    if (!charged(charge)) {
      if (has_receipt) found.push_back({3, "receipt_without_charge", to_text(charge.id)});
      return;
    }
    if (!has_receipt) return found.push_back({3, "charge_without_receipt", to_text(charge.id)});
    if (!receipt_ids.insert(charge.receipt_id).second) {
      found.push_back({3, "receipt_twice", to_text(charge.id)});
    }
    if (!check) return;
    if (const auto fault = check(charge)) {
      found.push_back({3, "receipt_invalid", to_text(charge.id) + " " + *fault});
    }
  });
}

void check_fees(const BooksView& books, Violations& found) {
  books.each_charge([&](const Charge& charge) {
    if (charge.fee.plus(charge.net) == charge.gross) return;
    found.push_back({4, "arithmetic", to_text(charge.id)});
  });
}

void check_idempotency(const BooksView& books, Violations& found) {
  std::unordered_set<std::string> keys;
  books.each_charge([&](const Charge& charge) {
    if (!charged(charge) || !charge.idempotency_key) return;
    if (keys.insert(idempotency_scope(charge)).second) return;
    found.push_back({8, "idempotency_key_twice", to_text(charge.id)});
  });
}

void check_rows(const BooksView& books, Violations& found) {
  std::unordered_set<ChargeId> ids;
  std::vector<std::pair<ChargeId, ChargeId>> reversals;
  books.each_charge([&](const Charge& charge) {
    ids.insert(charge.id);
    const bool names_one = charge.reverses.has_value();
    if (names_one != (charge.status == Status::reversed)) {
      found.push_back({9, "reversal_shape", to_text(charge.id)});
    }
    if (names_one) reversals.emplace_back(charge.id, *charge.reverses);
  });
  for (const auto& [id, original] : reversals) {
    if (!ids.contains(original)) found.push_back({9, "reversal_dangling", to_text(id)});
  }
  const Time purged_before = books.opening().purged_before;
  books.each_spent([&](const SpentRow& row) {
    if (row.expires > purged_before) return;
    found.push_back({9, "spent_before_purge", hex(row.key.payment_hash.view())});
  });
}

AuditReport audit(const BooksView& books, const ReceiptCheck& check) {
  AuditReport report;
  books.each_charge([&](const Charge& charge) {
    if (charge.status == Status::reserved) ++report.holds;
    if (!charge.receipt.empty()) ++report.receipts;
    if (!charged(charge)) return;
    ++report.charges;
    report.gross_msat = checked_add(report.gross_msat, charge.gross.count()).value_or(UINT64_MAX);
  });
  check_uses(books, report.violations);
  check_holds(books, report.violations);
  check_spent(books, report.violations);
  check_receipts(books, check, report.violations);
  check_fees(books, report.violations);
  check_idempotency(books, report.violations);
  check_rows(books, report.violations);
  return report;
}

std::string to_json(const AuditReport& report) {
  std::string text;
  json::Writer writer(text);
  writer.begin_object().member("ok", report.ok());
  writer.member("charges", report.charges).member("receipts", report.receipts);
  writer.member("grossMsat", report.gross_msat).member("holds", report.holds);
  writer.name("violations").begin_array();
  for (const Violation& violation : report.violations) {
    writer.begin_object().member("invariant", violation.invariant);
    writer.member("code", violation.token).member("detail", violation.detail).end_object();
  }
  writer.end_array().end_object();
  return text;
}

}  // namespace tollhouse::ledger
