// lightning: what phoenixd is asked and what its answers mean: bytes in, a value or a fault out.
// Forms go in, JSON comes back, and errors are plain text. Spec: lightning-backends.md 6. The
// preimage that stands in every answer about an incoming payment is never read.
#pragma once
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "lightning/outgoing.h"
#include "lightning/wallet_protocol.h"

namespace tollhouse::lightning::phoenixd {

/// Of a description, which phoenixd bounds more narrowly than an invoice does.
inline constexpr std::size_t kDescriptionBytesMax = 128;

/// Body of `POST /createinvoice`: whole satoshi, rounded up (R-LN-4).
std::string mint_body(const MintRequest& request);
/// Body of `POST /payinvoice`.
std::string pay_body(std::string_view bolt11);
/// "/payments/incoming/" and the hash.
std::string incoming_path(const PaymentHash& hash);
/// "/payments/outgoingbyhash/" and the hash.
std::string outgoing_path(const PaymentHash& hash);

/// `GET /getinfo`, which either password may ask.
Result<void, WalletFault> read_info(int status, std::string_view body);
/// `POST /payinvoice` without an invoice: true where the password can spend, as the order is then
/// found wanting; the limited one is turned away before that.
Result<bool, WalletFault> read_can_spend(int status);

Result<Minting, WalletFault> read_minted(int status, std::string_view body);
/// A paid invoice counts as received in full: what phoenixd took of it for liquidity the payer has
/// paid. Faults: contradiction where the answer speaks of another payment.
Result<Payment, WalletFault> read_payment(int status, std::string_view body,
                                          const PaymentHash& asked);

/// The answer to `pay_body`; 200 also where it failed. Refused with `maybe_paid` where phoenixd
/// may know the payment already.
Result<Outgoing, PayFault> read_paid(int status, std::string_view body);
/// The answer to a look-up of a payment that was made.
Result<Outgoing, PayFault> read_outgoing(int status, std::string_view body);

}  // namespace tollhouse::lightning::phoenixd
