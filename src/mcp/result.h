// mcp: what an upstream's message means for a call that waits: the final answer or something else
// on the stream. Reads a JSON body or the data of one event. Spec: mcp-gateway.md 1.3, 1.5, 6.4.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "json/reader.h"

namespace tollhouse::mcp {

enum class OutcomeKind : std::uint8_t {
  result,          ///< a result, `isError` false or absent
  tool_error,      ///< a result with `isError: true`
  rpc_error,       ///< a JSON-RPC error
  input_required,  ///< not an answer yet: the caller is asked for more (MRTR)
  task,            ///< not an answer yet: the call goes on as a task
  other_message,   ///< a notification, a server's request, or the answer to another id
  unparsable,      ///< no JSON-RPC message; bytes may have gone out all the same
};

enum class TaskState : std::uint8_t { none, working, input_required, completed, failed, cancelled };
constexpr bool is_terminal(TaskState state) { return state >= TaskState::completed; }

struct Outcome {
  OutcomeKind kind = OutcomeKind::unparsable;
  std::string_view id;             ///< exact JSON text of the message's id; empty when it has none
  std::string method;              ///< of another message that has one
  std::string_view result;         ///< exact JSON text of `result`; empty when there is none
  std::string_view error;          ///< exact JSON text of `error`
  std::int64_t error_code = 0;     ///< 0 where it is no integer
  std::string_view request_state;  ///< exact JSON text of the string; input_required
  std::string task_id;             ///< task, and answers to the task methods
  TaskState task_state = TaskState::none;
  std::optional<Duration> task_life;  ///< `ttl` or `ttlMs` of the task, where it says so
  bool task_is_error = false;         ///< what the task made, shown in the same answer, is an error
};

/// Whether two ids (JSON texts of a string or an integer) are the same value. JSON-RPC: the string
/// "1" is not the number 1.
bool same_id(std::string_view a, std::string_view b);

/// The same text for the same id, however it is spelled.
std::string id_key(std::string_view id);

/// Pure but for the workspace; views point into `message`.
Outcome classify(std::string_view message, std::string_view waiting_id, json::Document& workspace);

}  // namespace tollhouse::mcp
