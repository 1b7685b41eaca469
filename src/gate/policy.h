// gate: what the operator asks of callers, as one immutable value. config/ makes it, each reactor
// holds a snapshot, and a call copies its terms out of it and keeps no pointer into it.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/money.h"
#include "base/time.h"
#include "gate/client_address.h"
#include "gate/limits.h"

namespace tollhouse::gate {

/// When a call is charged (reliability-security.md 3.3).
enum class ChargeOn : std::uint8_t { success, attempt };

/// The ways in which a price may be paid; a row may take a part of them.
struct Rails {
  bool l402 = true;
  bool x402 = true;
  bool mpp = true;
};

/// What all rows have in common (`rails.pow`, pow.md 7).
struct WorkSettings {
  std::uint8_t bits = 18;  ///< of a challenge that is for no row
  bool adaptive = false;   ///< rows' bits are floors, the controller adds to them
  std::uint8_t bits_min = 12;
  std::uint8_t bits_max = 26;
  std::uint32_t target_rate = 10;  ///< accepted solutions a second
  Duration latency_target{};       ///< of the server behind, for the price of load; zero: none
  Duration ttl = std::chrono::seconds(60);
  std::uint32_t calls_per_solve = 1;  ///< of the macaroon behind /mcp/pow/verify
  std::uint32_t per_minute = 60;      ///< calls of one client and tool by work
  std::uint32_t per_day = 10'000;
  std::uint32_t challenges_per_minute = 600;  ///< issued to one client
  bool rekey_on_boot = true;  ///< challenges die with the store of those that were used
};

/// Work that a row accepts.
struct WorkTerms {
  std::uint8_t bits = 18;
  bool automatic = false;   ///< between bits_min and bits_max, as the controller says
  bool with_price = false;  ///< asked for beside the price, not instead of it
};

/// What a payment for one tool buys and what a caller must show (surface.md 2, "Terms of one
/// tool").
struct Terms {
  Msat price;              ///< zero: nothing is to be paid
  std::uint32_t uses = 1;  ///< 0: unlimited, a pass
  Duration valid_for = std::chrono::seconds(300);
  ChargeOn charge_on = ChargeOn::success;
  bool bind_body = false;     ///< credential only for this request's digest
  bool bind_address = false;  ///< credential only for this client's address class
  Rails rails;
  std::optional<WorkTerms> work;

  bool priced() const { return price != Msat(); }
  /// Nothing is asked.
  bool free() const { return !priced() && !work; }
};

/// One row of a route's `tools:`.
struct ToolRow {
  std::string name;  ///< byte for byte what `params.name` says; "*" for the rest
  Terms terms;
  std::string id;     ///< UUID for receipts; derived from route and name where not set
  std::string title;  ///< name on receipts and invoices
};

/// What a name that matches no row gets (mcp-gateway.md 3).
enum class UnknownTools : std::uint8_t { price, deny };

/// How a refusal is said to a caller on the MCP path (mcp-gateway.md 7.2).
enum class Surface : std::uint8_t {
  http,    ///< status and fields, the JSON-RPC error in the body
  result,  ///< 200, a tool result with `isError`
  error,   ///< 200, a JSON-RPC error
};

/// The MCP server behind a route. Plain http; anything else is refused at start.
struct Upstream {
  std::string host;  ///< name or address literal as configured
  std::uint16_t port = 80;
  std::string path;       ///< origin-form target, with query where configured
  std::string authority;  ///< value of the Host field
  Duration connect_timeout = std::chrono::seconds(3);
  Duration first_byte_timeout = std::chrono::seconds(60);
  Duration between_bytes_timeout = std::chrono::seconds(60);
  std::uint32_t connections_max = 512;
  /// Fields added to each request, from `upstream.headers`.
  std::vector<std::pair<std::string, std::string>> fields;
};

struct Route {
  std::string path;             ///< matched exactly
  std::string service = "mcp";  ///< L402 service name of this route's tokens
  Upstream upstream;
  UnknownTools unknown_tools = UnknownTools::price;
  std::vector<ToolRow> rows;       ///< without "*"
  std::optional<ToolRow> other;    ///< the "*" row
  std::optional<Surface> surface;  ///< nothing: `auto`, by what the caller shows of itself
  bool receipt_in_meta = false;
  bool strict_names = false;
  bool accepts_bearer = false;  ///< identity by Bearer: failure_status `auto` is 402 then

  /// The row for a tool or a method's pseudo-name; nothing where the name is denied.
  const ToolRow* row_for(std::string_view name) const;
  void index_rows();  ///< after `rows` is final

 private:
  struct NameHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view name) const {
      return std::hash<std::string_view>()(name);
    }
  };
  std::unordered_map<std::string, std::size_t, NameHash, std::equal_to<>> by_name_;
};

/// The other gate whose tokens are good here too (R-L402-11). There is none by default.
struct OtherGate {
  std::string url;  ///< without a slash at its end; empty: tokens of this gate alone
  bool allow_private = false;
  Duration timeout = std::chrono::seconds(3);
};

struct L402Settings {
  Duration ttl = std::chrono::seconds(300);
  /// 401, 402, or nothing for `auto` (l402.md 8).
  std::optional<int> failure_status;
  int replay_status = 409;
  bool lsat_line = false;
  std::vector<std::string> ignored_caveats;
  OtherGate other_gate;
};

/// Profiles of x402-bip122.md 1: P1 is `bip122` with the invoice as proof, P2 `lnbtc` with its
/// preimage.
struct X402Settings {
  bool bip122 = true;
  bool lnbtc = true;
  Duration max_timeout = std::chrono::seconds(300);  ///< of each offer and of its invoice
  Duration settlement_ttl = std::chrono::hours(24);  ///< so long the books know a payment at least
  bool require_preimage = false;                     ///< P1 too: the invoice alone proves nothing
  bool receiver_exclusive = false;  ///< the node's key is the operator's own: P2 asks no wallet
};

/// The `Payment` scheme, intent charge (mpp.md).
struct MppSettings {
  bool enabled = false;
};

/// Root keys by number; the newest mints, all verify.
struct RootKey {
  std::uint8_t number = 1;
  std::array<std::uint8_t, 32> secret{};
};

struct Policy {
  std::vector<Route> routes;
  L402Settings l402;
  X402Settings x402;
  MppSettings mpp;
  WorkSettings work;
  Limits limits;
  std::string public_origin;                 ///< "https://gate.example", empty where not set
  std::vector<std::string> allowed_hosts;    ///< host names, lower case, without port
  std::vector<std::string> allowed_origins;  ///< "https://app.example", "null" only if listed
  std::vector<AddressRange> trusted_proxies;

  const Route* route_for(std::string_view path) const;
  /// Whether any row takes work.
  bool asks_work() const;
};

}  // namespace tollhouse::gate
