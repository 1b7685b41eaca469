// mcp: reading answers. Upstreams are read with the same strict reader; what it refuses is
// unparsable and settled by policy.
#include "mcp/result.h"

#include <array>
#include <optional>

namespace tollhouse::mcp {
namespace {

using json::Value;

bool same_id(const Value& a, const Value& b) {
  if (a.is_string() || b.is_string()) return a.as_string() == b.as_string();
  const auto left = a.as_i64();
  return left && left == b.as_i64();
}

std::string text_or_empty(const std::optional<Value>& value) {
  const auto text = value ? value->as_string() : std::nullopt;
  return std::string(text.value_or(std::string_view()));
}

TaskState task_state_of(std::string_view text) {
  if (text == "working" || text == "submitted") return TaskState::working;
  if (text == "input_required") return TaskState::input_required;
  if (text == "completed") return TaskState::completed;
  if (text == "failed") return TaskState::failed;
  if (text == "cancelled") return TaskState::cancelled;
  return TaskState::none;
}

/// Milliseconds under either name; longer than a year is as good as unsaid.
std::optional<Duration> task_life_of(const Value& task) {
  constexpr std::uint64_t kYear = 365ULL * 24 * 3600 * 1000;
  constexpr std::array<std::string_view, 2> kNames{"ttl", "ttlMs"};
  for (const std::string_view name : kNames) {
    const auto member = task.find(name);
    const auto milliseconds = member ? member->as_u64() : std::nullopt;
    if (milliseconds && *milliseconds <= kYear) return std::chrono::milliseconds(*milliseconds);
  }
  return std::nullopt;
}

/// 2025-11-25 has `result.task`, the extension has the members in the result itself.
void read_task(const Value& result, Outcome& outcome) {
  const Value holder = result.find("task").value_or(result);
  outcome.task_id = text_or_empty(holder.find("taskId"));
  outcome.task_state = task_state_of(text_or_empty(holder.find("status")));
  outcome.task_life = task_life_of(holder);
  const auto made = holder.find("result");
  const auto is_error = made ? made->find("isError") : std::nullopt;
  outcome.task_is_error = is_error && is_error->as_bool() == true;
}

OutcomeKind kind_of_result(const Value& result, const Outcome& outcome) {
  const std::string type = text_or_empty(result.find("resultType"));
  if (type == "input_required") return OutcomeKind::input_required;
  const bool legacy_task = type.empty() && result.find("task") && !result.find("content");
  if (type == "task" || (legacy_task && !outcome.task_id.empty())) return OutcomeKind::task;
  const auto is_error = result.find("isError");
  return is_error && is_error->as_bool() == true ? OutcomeKind::tool_error : OutcomeKind::result;
}

void read_result(const Value& result, Outcome& outcome) {
  outcome.result = result.raw();
  read_task(result, outcome);
  outcome.kind = kind_of_result(result, outcome);
  const auto state = result.find("requestState");
  if (state && state->is_string()) outcome.request_state = state->raw();
}

void read_error(const Value& error, Outcome& outcome) {
  outcome.kind = OutcomeKind::rpc_error;
  outcome.error = error.raw();
  const auto code = error.find("code");
  outcome.error_code = code ? code->as_i64().value_or(0) : 0;
}

}  // namespace

bool same_id(std::string_view a, std::string_view b) {
  if (a == b) return !a.empty();
  // Two spellings of one value exist only with escapes and for minus zero.
  const auto has_one_spelling = [](std::string_view id) {
    return id != "-0" && id.find('\\') == std::string_view::npos;
  };
  if (has_one_spelling(a) && has_one_spelling(b)) return false;
  json::Document left_document;
  json::Document right_document;
  const auto left = json::parse(a, left_document);
  const auto right = json::parse(b, right_document);
  return left && right && same_id(*left, *right);
}

std::string id_key(std::string_view id) {
  json::Document document;
  const auto value = json::parse(id, document);
  if (!value) return {};
  if (const auto text = value->as_string()) return "s" + std::string(*text);
  const auto number = value->as_i64();
  return number ? "i" + std::to_string(*number) : std::string();
}

Outcome classify(std::string_view message, std::string_view waiting_id, json::Document& workspace) {
  Outcome outcome;
  const auto root = json::parse(message, workspace);
  if (!root || !root->is_object()) return outcome;
  const auto id = root->find("id");
  const auto method = root->find("method");
  const auto result = root->find("result");
  const auto error = root->find("error");
  const int shapes = (method ? 1 : 0) + (result ? 1 : 0) + (error ? 1 : 0);
  if (shapes != 1) return outcome;
  if (id) outcome.id = id->raw();
  outcome.kind = OutcomeKind::other_message;
  if (method) {
    outcome.method = text_or_empty(method);
    return outcome;
  }
  if (!id || !same_id(id->raw(), waiting_id)) return outcome;
  if (result) read_result(*result, outcome);
  if (error) read_error(*error, outcome);
  return outcome;
}

}  // namespace tollhouse::mcp
