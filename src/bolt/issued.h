// bolt: an invoice that a gate minted, decoded and checked before, and knows again by a MAC over
// its text. Then the signature was good and need not be recovered, which is most of what reading
// costs.
#pragma once
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "base/money.h"
#include "base/time.h"
#include "bolt/bolt11.h"

namespace tollhouse::bolt {

/// What a payment is judged by.
struct IssuedInvoice {
  Network network = Network::regtest;
  std::optional<Msat> amount;
  Time timestamp;
  Duration expiry = kDefaultExpiry;
  PaymentHash payment_hash;
  std::optional<DescriptionHash> description_hash;  ///< `h`
};

/// `text` is one that `decode` took, in lower case; nothing where it is no invoice after all. No
/// checksum, signature, duplicate or feature is looked at.
std::optional<IssuedInvoice> read_issued(std::string_view text);
/// The same of an invoice that was decoded now.
IssuedInvoice issued_of(const Invoice& invoice);
/// The last moment at which it is good, inclusive; saturates.
Time expires_at(const IssuedInvoice& invoice);

}  // namespace tollhouse::bolt
