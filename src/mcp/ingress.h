// mcp: the ingress. Decides from header fields and body bytes which call this is, or why it is
// refused; nothing two parsers could read differently passes. Pure. Spec: mcp-gateway.md 4.
#pragma once
#include <span>
#include <string_view>

#include "base/result.h"
#include "json/reader.h"
#include "mcp/limits.h"
#include "mcp/message.h"
#include "mcp/reason.h"
#include "mcp/routing_headers.h"

namespace tollhouse::mcp {

/// All revisions a gate passes, oldest first.
inline constexpr std::string_view kVersions[] = {"2024-11-05", "2025-03-26", "2025-06-18",
                                                 "2025-11-25", "2026-07-28"};
inline constexpr std::string_view kFirstModernVersion = "2026-07-28";
inline constexpr std::string_view kVersionUnsaid = "2025-03-26";

struct IngressSettings {
  std::size_t body_bytes_max = kBodyBytesMax;
  std::span<const std::string_view> versions = kVersions;
  json::Limits json;
  /// Refuse tool and prompt names outside `A-Za-z0-9_-.` (as name_missing).
  bool strict_names = false;
};

struct Rejection {
  Reason reason;
  int http_status;
  int code;                         ///< of the JSON-RPC error
  std::string_view id;              ///< exact JSON text, or `null` when not read safely
  std::string_view requested = {};  ///< version_unsupported: the version asked for
};

/// The body of one POST to an MCP endpoint.
///
///  headers    of the same request
///  body       de-chunked, not decoded; views of the answer point into it
///  workspace  of the reactor; nothing of the answer points into it
///
/// Order: HTTP layer, header duplicates, JSON, JSON-RPC shape, era, headers against body; within
/// it the order of Reason. `Mcp-Param-*` fields are not compared here: that needs the tool's
/// schema (param_headers.h).
Result<Message, Rejection> read_message(const RoutingHeaders& headers, std::string_view body,
                                        const IngressSettings& settings, json::Document& workspace);

}  // namespace tollhouse::mcp
