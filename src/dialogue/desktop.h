// dialogue: the desktop client in front of `connect`, which speaks MCP over a pair of pipes, one
// JSON-RPC message per line: its lines read, ours written. Pure. Spec: mcp-gateway.md 9.1, 9.2.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/money.h"
#include "base/result.h"
#include "dialogue/dialect.h"
#include "mcp/method.h"

namespace tollhouse::dialogue {

/// What calls have cost so far: in `_meta` of each result of a tool.
inline constexpr std::string_view kMetaSpent = "tollhouse/spent";

/// A message of the desktop client. Texts are exact JSON but for the method.
struct DesktopMessage {
  mcp::MessageKind kind = mcp::MessageKind::request;
  mcp::Era era = mcp::Era::legacy;
  std::string id;          ///< of a request
  std::string method;      ///< unescaped; empty for a response
  std::string params;      ///< an object; empty where there are none
  std::string cancels_id;  ///< of `notifications/cancelled`: the request it is about
};

/// A line that is no message: the JSON-RPC error to answer with.
struct DesktopFault {
  int code = 0;    ///< -32700 or -32600
  std::string id;  ///< JSON; "null" where the line names none
};

/// `line` without its end.
Result<DesktopMessage, DesktopFault> read_desktop_line(std::string_view line);

/// Whole messages, without the line's end. `result`, `data` are JSON; `data` may be empty.
std::string result_message(std::string_view id, std::string_view result);
std::string error_message(std::string_view id, std::int64_t code, std::string_view message,
                          std::string_view data);

/// The result of `initialize`, and of `server/discover`, out of what the far server said of itself
/// in either (`server`, JSON). Only what needs no message from the server's side is promised:
/// nothing of it could arrive here.
std::string initialize_result(std::string_view params, std::string_view server,
                              const Speaker& speaker);
std::string discover_result(std::string_view server, const Speaker& speaker);

/// A far result as the client's era has it: a modern one says that it is complete.
std::string result_for(mcp::Era era, std::string_view result);

/// What a call that was not answered brings: a tool result with `isError`, which every client shows
/// its model, with `code` in `_meta["tollhouse/refusal"]`.
std::string refused_result(std::string_view code, std::string_view message, std::string_view cure);
/// The same as `data` of a JSON-RPC error.
std::string refused_data(std::string_view code, std::string_view cure);

struct Spending {
  Msat paid;  ///< for this call
  Msat spent;
  Msat budget;
  std::uint64_t payments = 0;
};
std::string spent_json(const Spending& spending);

}  // namespace tollhouse::dialogue
