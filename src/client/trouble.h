// client: why something the caller wanted did not happen, in words for a person and a token for a
// script.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/money.h"
#include "dialogue/hearing.h"
#include "dialogue/offer.h"
#include "dialogue/reason.h"
#include "io/errand.h"

namespace tollhouse::client {

/// Who is to act.
enum class TroubleKind : std::uint8_t {
  usage,        ///< the caller asked for what cannot be
  unreachable,  ///< gate or wallet gave no usable answer
  refused,      ///< the answer is no
  over_limit,   ///< the caller's own limit
};

/// Paid for and not used up, as far as we know: worth keeping.
struct Unredeemed {
  PaymentHash payment_hash;
  Msat price;
  std::string authorization;  ///< as dialogue's authorization_of; a bearer secret
};

struct Paid {
  Msat price;
  PaymentHash payment_hash;
  std::string wallet;
  dialogue::Rail rail = dialogue::Rail::l402;
};

struct Trouble {
  TroubleKind kind = TroubleKind::refused;
  std::string code;     ///< stable lower-case token
  std::string message;  ///< fit for a terminal, holds no secret
  std::string cure;     ///< what to do; empty where nothing cures it
  std::optional<Unredeemed> unredeemed = std::nullopt;
  bool surely_unpaid = false;               ///< of a wallet: no money has moved, for certain
  int status = 0;                           ///< of the reply that says no; 0 where there is none
  std::int64_t rpc_code = 0;                ///< of the JSON-RPC error; 0 where there is none
  std::optional<Paid> paid = std::nullopt;  ///< by this call
};

/// `who` is what was asked: "the gate", "the wallet".
Trouble trouble_of(io::ErrandFault fault, std::string_view who);
Trouble trouble_of(const dialogue::Refused& refused);
Trouble trouble_of(const dialogue::NotUnderstood& what);
/// Whether nothing of an errand with this fault has left this machine.
bool was_not_sent(io::ErrandFault fault);
/// An offer that is not paid, or a preimage that is not shown.
Trouble trouble_of(dialogue::Reason reason);

}  // namespace tollhouse::client
