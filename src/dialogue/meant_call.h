// dialogue: the tool call that a caller sent, as a payment that binds its request has to see it:
// out of the very bytes that went over the line (x402-bip122.md 7.2).
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "x402/binding.h"

namespace tollhouse::dialogue {

struct MeantCall {
  std::string name;
  std::string arguments;  ///< JSON object; empty where left out
  std::string meta;       ///< JSON object; empty where left out

  /// Views into this value; `server` is the address that was called.
  x402::McpCall on(std::string_view server) const { return {server, {}, name, arguments, meta}; }
};

/// Of a JSON-RPC request; nothing where it is no `tools/call` with a name.
std::optional<MeantCall> meant_call(std::string_view body);

}  // namespace tollhouse::dialogue
