// lightning: what a macaroon of LND may do, read out of it without asking LND
// (lightning-backends.md 4 "Macaroons"). Its identifier lists the operations under the signature;
// whether that is good only LND knows.
#pragma once
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"
#include "lightning/wallet.h"

namespace tollhouse::lightning::lnd {

struct MacaroonPower {
  bool can_spend =
      false;  ///< pays, moves coins, bakes macaroons, stops the node, or who knows what
  bool sees_more = false;    ///< reads what no gate needs
  std::optional<Time> ends;  ///< the earliest `time-before`
};

/// Fault: unauthenticated where it is no macaroon of LND.
Result<MacaroonPower, WalletFault> read_power(ByteView macaroon);

/// The bytes of a macaroon that stands in a text as hex, in either case, or in a file as it is.
/// Nothing where it is neither.
std::optional<Secret> macaroon_from(ByteView text_or_file);

}  // namespace tollhouse::lightning::lnd
