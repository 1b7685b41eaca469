// gate: asking the wallet whether a held payment was made. Only where its wallet shows preimages of
// unpaid invoices, and once for each payment: elsewhere the preimage is proof enough (DESIGN.md 5).
#pragma once
#include <optional>

#include "gate/call.h"
#include "gate/worker.h"
#include "io/task.h"

namespace tollhouse::gate {

/// What there is to say of a payment.
enum class Paid : std::uint8_t {
  yes,        ///< remembered: it is not asked for again
  no,         ///< not, or too little
  in_flight,  ///< on its way
  unknown     ///< the wallet does not say in time
};

/// Whether nobody knows yet that this payment was made, and its preimage does not prove it.
bool must_ask_wallet(const House& house, const PaymentHash& hash);

/// Asks the wallet, at most for `longest`.
io::Task<Paid> ask_wallet(House& house, io::Reactor& reactor, const PaymentHash& hash, Msat price,
                          Duration longest);

/// Whether an admitted call waits for the wallet's word.
bool must_ask_wallet(const Worker& worker, const Call& call);

/// Asks. Nothing: the payment was made, and is remembered as made. A refusal gives the hold back,
/// nothing is spent: invoice_not_paid; settlement_unknown with `Retry-After` where the wallet does
/// not say or the payment is on its way; rate_limited where the client showed too much that is not
/// paid, and then the wallet is not asked.
io::Task<std::optional<Refusal>> check_paid(Worker& worker, Call& call);

/// A credential was accepted: counted, and its invoice is not offered again.
void accepted(Worker& worker, const Call& call);

}  // namespace tollhouse::gate
