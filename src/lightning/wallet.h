// lightning: the port to a Lightning wallet that receives. Drivers answer from their own thread or
// at once; the gate checks every invoice itself and never trusts an echo.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/money.h"
#include "base/result.h"
#include "base/time.h"
#include "bolt/bolt11.h"

namespace tollhouse::lightning {

/// The world's doing, not the caller's: which of them may be tried again says `retry`.
enum class WalletFault : std::uint8_t {
  unreachable,   ///< refused, reset, no route: try again later
  timed_out,     ///< no answer in time
  bad_answer,    ///< not what its protocol says
  contradiction  ///< an invoice that was not asked for, or "paid" taken back: do not use
};

struct MintRequest {
  Msat amount;
  Duration expiry;
  std::string description;
};

struct MintedInvoice {
  std::string bolt11;
  PaymentHash payment_hash;
  Msat amount;  ///< what the invoice says; whole-satoshi wallets round up (R-LN-4)
  Time expires;
};

enum class PaymentState : std::uint8_t { unknown, unpaid, in_flight, paid, expired };

struct Payment {
  PaymentState state = PaymentState::unknown;
  Msat received;
};

class Wallet {
 public:
  virtual ~Wallet() = default;
  virtual std::string_view driver() const = 0;
  virtual bolt::Network network() const = 0;
  /// True where anybody can read the preimage of an unpaid invoice: then the first showing of a
  /// payment asks the wallet once (lightning-backends.md 2).
  virtual bool unpaid_preimage_public() const = 0;

  using Minted = std::move_only_function<void(Result<MintedInvoice, WalletFault>)>;
  using LookedUp = std::move_only_function<void(Result<Payment, WalletFault>)>;
  /// Both answer exactly once, from any thread, perhaps before they return.
  virtual void mint(const MintRequest& request, Minted answer) = 0;
  virtual void look_up(const PaymentHash& hash, LookedUp answer) = 0;
};

}  // namespace tollhouse::lightning
