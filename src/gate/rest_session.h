// gate: a REST caller has no MCP session, many servers want one. One handshake per upstream and
// reactor is kept for all REST calls; nothing in it belongs to a caller.
#pragma once
#include <string>

namespace tollhouse::gate {

struct RestSession {
  bool opened = false;  ///< the handshake was tried; without an id the server needs none
  std::string id;       ///< Mcp-Session-Id of the upstream
  std::string version;  ///< what it answered

  void forget() { *this = RestSession{}; }
};

}  // namespace tollhouse::gate
