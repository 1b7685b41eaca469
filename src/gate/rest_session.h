// gate: a REST caller has no MCP session, many servers want one. One handshake per upstream and
// reactor is kept for all REST calls; nothing in it belongs to a caller.
#pragma once
#include <cstdint>
#include <string>

namespace tollhouse::gate {

struct RestSession {
  bool opened = false;     ///< the server has answered the handshake; without an id it needs none
  bool stateless = false;  ///< it knows no handshake: each call says version and capabilities
  std::string id;          ///< Mcp-Session-Id of the upstream
  std::string version;     ///< what it answered; empty: it is called without one

  /// So many ids are used up; 0 is the handshake's. Calls that share a session share no id.
  std::uint64_t calls = 0;

  /// Takes over what another handshake found out.
  void keep(RestSession found) {
    found.calls = calls;
    *this = std::move(found);
  }
  void forget() { keep({}); }
};

}  // namespace tollhouse::gate
