// lightning: what LND's REST interface is asked and what its answers mean: bytes in, a value or a
// fault out. Spec: lightning-backends.md 4, checked there against lnd 0.21.2-beta. The preimage
// that stands in every look-up, of open invoices too, is never read.
#pragma once
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "lightning/outgoing.h"
#include "lightning/wallet_protocol.h"

namespace tollhouse::lightning::lnd {

/// Body of `POST /v1/invoices`, to the millisatoshi.
std::string mint_body(const MintRequest& request);
/// Body of `POST /v2/router/send`. Routes that cost more than `fee_max` are not taken.
std::string pay_body(std::string_view bolt11, Msat fee_max);
/// "/v1/invoice/" and the hash in hex.
std::string invoice_path(const PaymentHash& hash);
/// "/v2/router/track/" and the hash in URL-safe base64 with its padding; answers when the payment
/// is over.
std::string track_path(const PaymentHash& hash);

/// `GET /v1/state`. Fault: not_ready, where it is locked or has not started.
Result<void, WalletFault> read_state(int status, std::string_view body);
Result<Minting, WalletFault> read_minted(int status, std::string_view body);
/// `now` tells an expired invoice from a cancelled one, as LND cancels both. Faults: contradiction
/// where the answer speaks of another payment.
Result<Payment, WalletFault> read_payment(int status, std::string_view body,
                                          const PaymentHash& asked, Time now);

/// The answer to `pay_body`: lines, of which the last whole one counts; 200 also where it failed.
/// Refused with `maybe_paid` where LND knows the payment already.
Result<Outgoing, PayFault> read_paid(int status, std::string_view body);
/// The answer to `track_path`.
Result<Outgoing, PayFault> read_outgoing(int status, std::string_view body);

}  // namespace tollhouse::lightning::lnd
