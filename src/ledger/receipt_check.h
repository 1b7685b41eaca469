// ledger: invariant 3 in full: the receipt in a charge's row verifies and says what the row says.
#pragma once
#include <vector>

#include "ledger/audit.h"
#include "receipt/receipt.h"

namespace tollhouse::ledger {

/// Tokens: those of receipt::Reason, then `receipt_id_differs`, `event_differs`, `status_differs`,
/// `amount_differs`, `fee_differs`, `payment_hash_differs`.
ReceiptCheck receipt_check(std::vector<receipt::Key> keys);

}  // namespace tollhouse::ledger
