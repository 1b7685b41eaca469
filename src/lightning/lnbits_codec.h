// lightning: what LNbits is asked and what its answers mean: bytes in, a value or a fault out.
// Spec: lightning-backends.md 3. Preimages in answers about incoming payments are never read: an
// LNbits shows them for unpaid invoices too.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/secret.h"
#include "lightning/outgoing.h"
#include "lightning/wallet_protocol.h"

namespace tollhouse::lightning::lnbits {

/// Body of `POST /api/v1/payments` for an invoice: whole satoshi, rounded up (R-LN-4).
std::string mint_body(const MintRequest& request);
/// Body of `POST /api/v1/payments` for paying `bolt11`.
std::string pay_body(std::string_view bolt11);
/// "/api/v1/payments/" and the hash in lower case.
std::string payment_path(const PaymentHash& hash);

/// "/api/v1/ws/" and the hash in lower case: the WebSocket that tells of this payment.
std::string socket_path(const PaymentHash& hash);
/// Of a frame, as many bytes as say what it is.
inline constexpr std::size_t kFrameBytes = 2;
/// Whether what came over that WebSocket begins with a message (RFC 6455 5.2), and not with a ping
/// or its end. What the message says is not read: anybody can send one.
bool is_hint(std::string_view frames);

/// `GET /api/v1/wallet`: true where the key can spend (the answer has an `id`).
Result<bool, WalletFault> read_key_can_spend(int status, std::string_view body);

Result<Minting, WalletFault> read_minted(int status, std::string_view body);

/// The answer to a look-up with the wallet's key. `asked` is what was looked up; `now` tells a
/// pending one from an expired one. Faults: contradiction where it speaks of another payment.
Result<Payment, WalletFault> read_payment(int status, std::string_view body,
                                          const PaymentHash& asked, Time now);

/// Whether the answer to a look-up without a key holds a preimage: then anybody can read it.
bool shows_preimage(std::string_view body);

/// The answer to `pay_body`. Refused with `maybe_paid` where the wallet knows the payment already.
Result<Outgoing, PayFault> read_paid(int status, std::string_view body);
/// The answer to a look-up of a payment that was made.
Result<Outgoing, PayFault> read_outgoing(int status, std::string_view body);

}  // namespace tollhouse::lightning::lnbits
