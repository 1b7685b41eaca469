// l402: what caveats say. Writes them for a sale, reads them for a call; later ones may only
// narrow. Spec: l402.md 6.
//
// A caveat is `condition=value`, split at the first `=`, compared byte by byte. Conditions:
//
//   services=NAME:TIER,...        what the token opens; later lists are subsets, tiers not higher
//   preimage=HEX                  as wallets append it; equal to the preimage shown
//   NAME_capabilities=A,B         tools, every byte but A-Z a-z 0-9 _ - . percent-encoded; subset
//   NAME_method=A,B               JSON-RPC methods; subset
//   NAME_valid_until=SECONDS      usable while now < value; not later
//   NAME_max_calls=N              calls the payment is good for; not more. A token without it is a
//                                 pass: any number of calls until it expires. Minting always writes
//                                 it for counted sales, and holders cannot take a caveat away.
//   NAME_max_msat=N               price of the call at most; not more
//   NAME_client=TEXT              key thumbprint or subject of the caller; no change
//   NAME_body=HEX                 SHA-256 the gate takes of the request body; no change
//   NAME_address=TEXT             address class of the caller (203.0.113.7/32, 2001:db8::/64); no
//                                 change
//
// `NAME` is the service. The last two are ours. OTHER_capabilities and OTHER_valid_until of another
// service are its business and are skipped; so is what the operator's ignore list names. Everything
// else is refused.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/money.h"
#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"
#include "l402/limits.h"
#include "l402/reason.h"
#include "macaroon/chain.h"

namespace tollhouse::l402 {

/// No `:` `,` `=` and no control character, not empty: such a name would be an injection.
bool is_service_name(std::string_view name);

/// `text` as one entry of a capability list: every byte but letters, digits, `_` `-` `.` as %XX.
void append_percent_encoded(std::string& out, std::string_view text);

/// What a sale grants.
struct Terms {
  std::string_view service;                        ///< is_service_name
  std::span<const std::string_view> capabilities;  ///< tool names as they are; none: all of them
  Duration valid_for = kDefaultLifetime;           ///< from minting; the end in whole seconds, up
  std::optional<std::uint32_t> uses = 1;           ///< none: a pass
  std::optional<std::string_view> client;
  std::optional<Digest> body;
  std::optional<std::string_view> address;
};

/// Appends the terms as caveats: services, capabilities, constraints, expiry. False where they do
/// not fit a macaroon or a name is empty or malformed; the minter is then of no use.
bool add_caveats(macaroon::Minter& minter, const Terms& terms, Time minted);

/// What all caveats together still allow. Views look into the macaroon's bytes. An absent member is
/// no restriction, except `services`.
struct Allowance {
  std::optional<std::string_view> services;
  std::optional<std::string_view> capabilities;
  std::optional<std::string_view> methods;
  std::optional<std::uint64_t> valid_until_seconds;
  std::optional<std::uint32_t> calls_max;  ///< none: a pass
  /// As sold, whatever holders narrowed later: the first expiry, and the count that stands before
  /// it, as add_caveats writes them. Prices of uses and the books' memory follow the sale.
  std::optional<std::uint64_t> sold_until_seconds;
  std::optional<std::uint32_t> calls_sold;  ///< none: sold as a pass
  std::optional<Msat> price_max;
  std::optional<std::string_view> client;
  std::optional<std::string_view> address;
  std::optional<Digest> body;

  /// First moment at which the token is of no use; none: it has no end of its own.
  std::optional<Time> valid_until() const;
  std::optional<Time> sold_until() const;
  bool opens(std::string_view service) const;
  /// `tool` as it is, not encoded.
  bool permits_capability(std::string_view tool) const;
  bool permits_method(std::string_view method) const;
};

/// Reads all caveats for one service, in order. No heap.
///
///  ignored  conditions to skip; a caveat without `=` is named by its whole text
///
/// Errors, by the first caveat that has one: caveat_widened, unknown_caveat, malformed_caveat (also
/// for a preimage caveat that is not the preimage shown).
Result<Allowance, Reason> read_caveats(const macaroon::View& macaroon, std::string_view service,
                                       const Preimage& preimage,
                                       std::span<const std::string> ignored);

}  // namespace tollhouse::l402
