// lightning: what a wallet says of a payment that it was asked to make, in the words of none.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/secret.h"
#include "lightning/wallet.h"

namespace tollhouse::lightning {

/// Of a wallet's own sentence, for showing.
inline constexpr std::size_t kSaidBytesMax = 200;

/// What became of it.
struct Outgoing {
  enum class State : std::uint8_t { paid, pending, failed } state = State::pending;
  std::optional<Preimage> preimage;  ///< only where paid, and as the wallet says
  std::string said{};                ///< why it failed; from outside: escape before showing
};
/// Why it did not pay: `said` is its sentence, from outside: escape before showing.
struct PayFault {
  WalletFault fault{};
  bool maybe_paid = false;  ///< paid before, or under way: look up
  std::string said;
};

}  // namespace tollhouse::lightning
