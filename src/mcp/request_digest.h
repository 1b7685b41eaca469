// mcp: what makes two requests the same request: method, name and `params` without `_meta`. The
// JSON-RPC id never counts: a modern retry has a new one. Spec: mcp-gateway.md 6.5.
#pragma once
#include "base/bytes.h"
#include "mcp/message.h"

namespace tollhouse::mcp {

/// SHA-256 over length-prefixed method, name and the bytes of `params` less the member `_meta`.
/// By bytes: a client that writes the same params another way is another request.
Digest request_digest(const Message& message);

}  // namespace tollhouse::mcp
