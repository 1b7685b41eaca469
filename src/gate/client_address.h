// gate: whose request it is. The one place that looks at forwarding fields: everything else takes
// the address from here (R-SEC-6). Only a proxy that the operator trusts is believed.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "http/fields.h"
#include "io/endpoint.h"

namespace tollhouse::gate {

/// Addresses of proxies: `10.0.0.0/8`, `2001:db8::/32`, one address, or `unix`, whoever reaches our
/// UNIX sockets.
struct AddressRange {
  io::Endpoint::Family family = io::Endpoint::Family::none;
  std::array<std::uint8_t, 16> address{};
  unsigned bits = 0;

  static std::optional<AddressRange> parse(std::string_view text);
  bool holds(const io::Endpoint& endpoint) const;
};

/// The client of a request that came from `peer`. A trusted peer is asked through `Forwarded`
/// (RFC 7239) or `X-Forwarded-For`: the right-most address that is not a trusted proxy itself. What
/// cannot be read ends the search at the hop that said it, so a caller gains nothing by garbage;
/// two fields that contradict each other say nothing (one of them may be the caller's own).
io::Endpoint client_of(const io::Endpoint& peer, const http::FieldList& fields,
                       std::span<const AddressRange> trusted);

/// Whether nobody between client and gate can read along, though every listener here is plain: the
/// peer is this machine, or a trusted proxy that says that it took the request by https.
bool travels_in_private(const io::Endpoint& peer, const http::FieldList& fields,
                        std::span<const AddressRange> trusted);

}  // namespace tollhouse::gate
