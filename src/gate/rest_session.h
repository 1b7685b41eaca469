// gate: a REST caller has no MCP session, many servers want one. One handshake per upstream and
// reactor is kept for all REST calls; nothing in it belongs to a caller.
#pragma once
#include <cstdint>
#include <string>

namespace tollhouse::gate {

struct RestSession {
  bool opened = false;  ///< the server has answered the handshake; without an id it needs none
  std::string id;       ///< Mcp-Session-Id of the upstream
  std::string version;  ///< what it answered

  std::uint64_t calls = 0;  ///< so many ids are used up; 0 is the handshake's

  void forget() {
    opened = false;
    id.clear();
    version.clear();
  }
};

}  // namespace tollhouse::gate
