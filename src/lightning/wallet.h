// lightning: the port to a Lightning wallet that receives. Drivers answer from their own thread or
// at once; the gate checks every invoice itself and never trusts an echo.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/money.h"
#include "base/result.h"
#include "base/time.h"
#include "bolt/bolt11.h"

namespace tollhouse::lightning {

/// The world's doing, not the caller's (lightning-backends.md 10).
enum class WalletFault : std::uint8_t {
  unreachable,         ///< refused, reset, no route: try again later
  timed_out,           ///< no answer in time; the effect may have happened
  tls_untrusted,       ///< certificate or handshake
  unauthenticated,     ///< the key is none of its keys
  forbidden,           ///< the key may not do this
  overpowered,         ///< the key can spend, and must not
  not_ready,           ///< starting, not set up, not checked yet
  rate_limited,        ///< asked too often
  amount_unsupported,  ///< above or below what it takes
  bad_request,         ///< a fault of ours
  bad_answer,          ///< not what its protocol says
  backend_error,       ///< its own fault, or its node's
  contradiction,       ///< an invoice that was not asked for: do not use
  wrong_network,       ///< its invoices are good elsewhere
  wrong_payee,         ///< an invoice signed by another node than its first: do not use
  resting,             ///< not asked: it failed too often, or too much is under way
};

/// Token for logs: "unreachable".
std::string_view to_text(WalletFault fault);

struct MintRequest {
  Msat amount;
  Duration expiry;
  std::string description;
  /// The invoice commits to this in the description's place (BOLT 11 `h`). A wallet that cannot do
  /// so writes the description.
  std::optional<bolt::DescriptionHash> description_hash = std::nullopt;
};

struct MintedInvoice {
  std::string bolt11;
  PaymentHash payment_hash;
  Msat amount;  ///< what the invoice says; whole-satoshi wallets round up (R-LN-4)
  Time expires;
};

/// `failed`: cancelled or given up by the wallet; it may still turn out paid.
enum class PaymentState : std::uint8_t { unknown, unpaid, in_flight, paid, expired, failed };

struct Payment {
  PaymentState state = PaymentState::unknown;
  Msat received;
};

/// What a wallet is good for now.
struct Condition {
  bool ready = true;                               ///< false: minting would be refused
  bool circuit_open = false;                       ///< it failed too often and is left in peace
  Duration retry_after = std::chrono::seconds(5);  ///< when minting may go well again
};

/// What came of a wallet's own word of payments.
struct HintCounts {
  std::uint64_t paid = 0;              ///< looked up and true
  std::uint64_t not_paid = 0;          ///< looked up and not true
  std::uint64_t channel_failures = 0;  ///< could not listen
};

class Wallet {
 public:
  virtual ~Wallet() = default;
  virtual std::string_view driver() const = 0;
  virtual bolt::Network network() const = 0;
  /// True where anybody can read the preimage of an unpaid invoice: then the first showing of a
  /// payment asks the wallet once (lightning-backends.md 2).
  virtual bool unpaid_preimage_public() const = 0;

  virtual Condition condition() const { return {}; }

  using Minted = std::move_only_function<void(Result<MintedInvoice, WalletFault>)>;
  using LookedUp = std::move_only_function<void(Result<Payment, WalletFault>)>;
  /// Both answer exactly once, from any thread, perhaps before they return.
  virtual void mint(const MintRequest& request, Minted answer) = 0;
  virtual void look_up(const PaymentHash& hash, LookedUp answer) = 0;

  /// An invoice was offered: a wallet that tells of payments is listened to for a while, so that
  /// look_up() may know the answer already. What it tells decides nothing.
  virtual void watch(const PaymentHash&) {}
  virtual HintCounts hints() const { return {}; }
};

}  // namespace tollhouse::lightning
