// mcp: which methods can cost something and under which name they are looked up.
// Spec: mcp-gateway.md 1.4 (probe rule), 3.
#pragma once
#include <string_view>

#include "mcp/message.h"

namespace tollhouse::mcp {

/// Which table of the route prices a message.
enum class PricedBy : std::uint8_t {
  free,      ///< still rate limited
  tool,      ///< tools/call, by the tool's name
  prompt,    ///< prompts/get, by the prompt's name; default 0
  resource,  ///< resources/read, by the URI; default 0
  opening,   ///< subscriptions/listen, per opening
  method,    ///< an unknown method, under its own name, by `unknown_tools`
};

struct Priced {
  PricedBy by = PricedBy::free;
  /// Byte for byte what rules are matched against; the method's text for opening and method, empty
  /// when free. Lives as long as the message.
  std::string_view name;
};

Priced priced_as(const Message& message);

/// Messages that are never answered 402, 409 or 429: a client that probes takes any of these for
/// "old server" and falls back. Overload is 503 there; only 401 and 403 may gate them.
bool is_probe(const Message& message);

}  // namespace tollhouse::mcp
