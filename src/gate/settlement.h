// gate: the end of a call in the books. What the upstream's answer means for the payment is decided
// by ledger::settle; here it is carried out: charge and receipt in one durable write before the
// caller sees the answer, or the hold given back (DESIGN 6, reliability-security.md 3).
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "gate/call.h"
#include "gate/worker.h"
#include "io/task.h"

namespace tollhouse::gate {

enum class Settled : std::uint8_t {
  nothing_due,   ///< free, or a pass that is charged already
  charged,       ///< durable; `call.receipt` is the envelope
  released,      ///< the credential works again
  redelivered,   ///< an earlier charge is answered once more
  books_closed,  ///< could not be written: nothing was spent, the answer must not leave
  spent_before,  ///< the books know this use already: the answer must not leave
};

/// What this call buys, or what the request bought that it goes on from.
Purchase purchase_of(const Call& call);

/// Charges before the upstream is asked, where the terms say so (`charge_on: attempt`, the first
/// showing of a pass). False: refuse the call with call.books_refusal.
io::Task<Settled> charge_ahead(Worker& worker, Call& call);

/// How a call ended.
struct Ending {
  ledger::CallEnd end = ledger::CallEnd::nothing_sent;
  ledger::Outcome outcome = ledger::Outcome::failed;
  std::string result = {};  ///< JSON text of its result, kept for redelivery where it is small
};

/// Carries out what the ending means. Runs for every call, also when its caller has gone.
io::Task<Settled> settle(Worker& worker, Call& call, const Ending& ending);

/// The kept result of a redelivery; nothing where none was kept.
io::Task<std::optional<std::string>> fetch_kept_result(Worker& worker, ledger::ChargeId charge);

/// The receipt of an earlier charge; empty where it cannot be read now.
io::Task<std::string> fetch_receipt(Worker& worker, ledger::ChargeId charge);

/// What the books' answer means for a caller whose answer cannot leave.
Refusal refusal_of(Settled settled, const Call& call);

}  // namespace tollhouse::gate
