// mcp: JSON-RPC bodies of the gate's own making. Who is told what is gate/'s decision; these only
// put it into the right shape. Spec: mcp-gateway.md 4.3, 7.3.
#pragma once
#include <string>
#include <string_view>

#include "mcp/ingress.h"

namespace tollhouse::mcp {

/// `{"jsonrpc":"2.0","id":ID,"error":{"code":..,"message":..,"data":..}}`. `id` and `data` are JSON
/// texts; an empty id is written as null, empty data is left out.
std::string error_body(std::string_view id, int code, std::string_view message,
                       std::string_view data = {});

/// `{"jsonrpc":"2.0","id":ID,"result":..}`.
std::string result_body(std::string_view id, std::string_view result);

/// The body of an ingress refusal: `data` has error, code, reason (all the token) and requestId,
/// for version_unsupported also `supported` and `requested`.
std::string rejection_body(const Rejection& rejection, const IngressSettings& settings,
                           std::string_view request_id);

/// A tool result that says no in band: `isError: true`, the text and the same object as
/// structuredContent (left out when `structured` is false, see mcp-gateway.md 7.1), and
/// `resultType: "complete"` for modern callers. `meta` is a JSON object or empty.
struct ToolRefusal {
  std::string_view object;  ///< JSON
  std::string_view meta;    ///< JSON object for `_meta`, or empty
  bool structured = true;
  Era era = Era::legacy;
};
std::string tool_refusal_body(std::string_view id, const ToolRefusal& refusal);

}  // namespace tollhouse::mcp
