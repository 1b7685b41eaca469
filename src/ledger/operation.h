// ledger: what can be asked of a store, as values, and what it answers. Every change is a condition
// on the previous state: nothing is read first and then written.
#pragma once
#include <variant>

#include "base/result.h"
#include "ledger/charge.h"

namespace tollhouse::ledger {

// ---- operations -----------------------------------------------------------------------------

/// Charge, receipt and spent use in one transaction, durable before the answer. Conflict where this
/// use of this payment is charged already (or the id is known): then nothing of it is written.
struct RecordCharge {
  Charge charge;
};
/// A charge on attempt whose call ended. Durable before the answer. Missing where there is none.
struct CompleteCharge {
  ChargeId id;
  Outcome outcome = Outcome::ok;
  std::optional<std::string> receipt;  ///< a new envelope, where the first was never shown
  std::optional<std::string> receipt_v2;
  std::optional<std::string> kept_result;
};
/// A charge on attempt whose request was never sent: the use is free again, the event stays as
/// `Cancelled` without a receipt. Conflict for one that was answered. Durable before the answer.
struct CancelCharge {
  ChargeId id;
};
/// The peer acknowledged the answer's last byte. Written with the next batch.
struct MarkDelivered {
  ChargeId id;
  Time now;
};
/// The one free answer is being given. Conflict where it was given before. Durable.
struct MarkRedelivered {
  ChargeId id;
};
/// Forgets spent uses whose credential is dead (RS-10) and stored results past their time.
/// `now` comes through ClockGuard.
struct Sweep {
  Time now;
};
/// The highest clock seen, each second (reliability-security.md 2.6). Written with the next batch.
struct KeepClock {
  Time highest;
};
/// Reads, on another thread than writes.
struct FetchReceipt {
  std::variant<std::string, ChargeId> by;  ///< X-Request-Id or the charge
};
struct FetchResult {
  ChargeId id;
};

using Operation = std::variant<RecordCharge, CompleteCharge, CancelCharge, MarkDelivered,
                               MarkRedelivered, Sweep, KeepClock, FetchReceipt, FetchResult>;

constexpr bool is_read(const Operation& operation) {
  return std::holds_alternative<FetchReceipt>(operation) ||
         std::holds_alternative<FetchResult>(operation);
}
/// May wait for the next batch: losing it costs one free answer, never money.
constexpr bool may_wait(const Operation& operation) {
  return std::holds_alternative<MarkDelivered>(operation) ||
         std::holds_alternative<KeepClock>(operation);
}

// ---- answers --------------------------------------------------------------------------------

struct Done {
  friend bool operator==(Done, Done) = default;
};
struct Conflict {  ///< the condition did not hold; nothing changed
  friend bool operator==(Conflict, Conflict) = default;
};
struct Missing {  ///< there is no such charge (any more)
  friend bool operator==(Missing, Missing) = default;
};
struct Swept {
  std::uint64_t uses = 0;  ///< forgotten
  Time purged_before;      ///< the watermark now
  friend bool operator==(const Swept&, const Swept&) = default;
};
/// The caller of the API shows it only to who shows a credential of the same payment.
struct StoredReceipt {
  ChargeId id;
  std::optional<PaymentHash> payment_hash;
  Digest caller;
  Time created;
  std::string receipt;
  std::optional<std::string> receipt_v2;
  friend bool operator==(const StoredReceipt&, const StoredReceipt&) = default;
};
struct StoredResult {
  std::string result;
  friend bool operator==(const StoredResult&, const StoredResult&) = default;
};

/// The world's doing, not the caller's (DESIGN.md 5).
enum class Fault : std::uint8_t {
  disk_full,     ///< rolled back, nothing consumed; works again when there is room
  io_error,      ///< poisoned: what is on the disk is unknown until the next start (RS-12)
  damaged,       ///< the file is not a sound store; `ledger recover`
  busy,          ///< the queue is full; nothing was begun
  locked,        ///< another daemon has the store
  newer_schema,  ///< written by a newer version
  unsafe_mode,   ///< folder or file open to others than the owner
  unreachable,   ///< folder or file cannot be opened
};

struct FaultRow {
  Fault fault;
  std::string_view token;
  bool again;  ///< the same may work later without a restart
  std::string_view said_to_operator;
};
inline constexpr FaultRow kFaults[] = {
    {Fault::disk_full, "disk_full", true, "The disk of the books is full."},
    {Fault::io_error, "io_error", false,
     "Writing the books failed; restart after a look at the disk."},
    {Fault::damaged, "damaged", false, "The books are damaged; see `ledger recover`."},
    {Fault::busy, "busy", true, "The books' queue is full."},
    {Fault::locked, "locked", false, "Another process has these books open."},
    {Fault::newer_schema, "newer_schema", false, "The books were written by a newer version."},
    {Fault::unsafe_mode, "unsafe_mode", false,
     "The books are open to other users: the folder wants mode 0700, files 0600."},
    {Fault::unreachable, "unreachable", false, "The books cannot be opened."},
};
constexpr const FaultRow& row_of(Fault fault) { return kFaults[static_cast<std::size_t>(fault)]; }

using Reply = std::variant<Done, Conflict, Missing, Swept, StoredReceipt, StoredResult>;
using Answer = Result<Reply, Fault>;

}  // namespace tollhouse::ledger
