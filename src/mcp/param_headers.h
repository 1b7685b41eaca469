// mcp: arguments that a tool's schema mirrors in header fields (`x-mcp-header`), and the check that
// they say the same. Needs the schema, so it comes after routing. Spec: mcp-gateway.md 1.3, 4.4.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "mcp/message.h"
#include "mcp/reason.h"
#include "mcp/routing_headers.h"

namespace tollhouse::mcp {

struct ParamHeader {
  std::string suffix;             ///< the field is `Mcp-Param-` and this
  std::vector<std::string> path;  ///< property names from `arguments` down
};

/// The mirrored properties of an `inputSchema`. Nothing when the tool breaks the rules: a suffix
/// that is no token or occurs twice (without regard to case), or stands on a property that is no
/// string, integer or boolean. Looks through `properties` alone.
std::optional<std::vector<ParamHeader>> param_headers_of(const json::Value& input_schema);

/// For each mirrored property: a field exactly when the argument is there and not null, and equal
/// to it. Legacy callers need not send any, but what they send must be true. Fields the schema does
/// not know pass: nothing is priced by them. Error: param_header_mismatch.
Result<void, Reason> check_param_headers(const RoutingHeaders& headers,
                                         const std::vector<ParamHeader>& mirrored,
                                         const Message& message, json::Document& workspace);

}  // namespace tollhouse::mcp
