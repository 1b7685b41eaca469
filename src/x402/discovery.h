// x402: the price table in the shape in which facilitators list what can be bought, and the query
// for a part of it. Read-only; prices without invoices. Spec: x402-bip122.md 11.1, 13.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "x402/payment_required.h"

namespace tollhouse::x402 {

inline constexpr std::size_t kDiscoveryLimitDefault = 20;
inline constexpr std::size_t kDiscoveryLimitMax = 100;

/// `GET /discovery/resources?type=mcp&limit=20&offset=40`.
struct DiscoveryQuery {
  std::string type;  ///< "http", "mcp"; empty: all
  std::size_t limit = kDiscoveryLimitDefault;
  std::size_t offset = 0;
};
/// Unknown names are passed over. Nothing for a number that is none, a limit outside 1 to 100, and
/// a name that stands twice.
std::optional<DiscoveryQuery> read_discovery_query(std::string_view query);

/// One thing for sale.
struct Listing {
  std::string resource;       ///< its URL; in band `mcp://tool/NAME`
  std::string type;           ///< "http" or "mcp"
  std::vector<Offer> offers;  ///< without invoices
  Time last_updated;
  std::string metadata;  ///< a JSON object, or empty: left out
};

/// `{"x402Version":2,"items":[…],"pagination":{"limit":…,"offset":…,"total":…}}`; `total` counts
/// what the query asks for. `lastUpdated` is RFC 3339, as the reference client has it.
std::string discovery_document(std::span<const Listing> listings, const DiscoveryQuery& query);

}  // namespace tollhouse::x402
