// mcp: bodies.
#include "mcp/answer.h"

#include "json/writer.h"

namespace tollhouse::mcp {
namespace {

json::Writer& begin_message(json::Writer& out, std::string_view id) {
  return out.begin_object().member("jsonrpc", "2.0").raw_member("id", id.empty() ? "null" : id);
}

}  // namespace

std::string error_body(std::string_view id, int code, std::string_view message,
                       std::string_view data) {
  std::string body;
  json::Writer out(body);
  begin_message(out, id)
      .name("error")
      .begin_object()
      .member("code", code)
      .member("message", message);
  if (!data.empty()) out.raw_member("data", data);
  out.end_object().end_object();
  return body;
}

std::string result_body(std::string_view id, std::string_view result) {
  std::string body;
  json::Writer out(body);
  begin_message(out, id).raw_member("result", result).end_object();
  return body;
}

std::string rejection_body(const Rejection& rejection, const IngressSettings& settings,
                           std::string_view request_id) {
  const auto& row = row_of(kReasons, rejection.reason);
  std::string data;
  json::Writer out(data);
  out.begin_object()
      .member("error", row.token)
      .member("code", row.token)
      .member("reason", row.token)
      .member("requestId", request_id);
  if (rejection.reason == Reason::version_unsupported) {
    out.name("supported").begin_array();
    for (const std::string_view version : settings.versions) out.string(version);
    out.end_array().member("requested", rejection.requested);
  }
  out.end_object();
  return error_body(rejection.id, rejection.code, row.said_to_caller, data);
}

std::string tool_refusal_body(std::string_view id, const ToolRefusal& refusal) {
  std::string result;
  json::Writer out(result);
  out.begin_object();
  if (refusal.era == Era::modern) out.member("resultType", "complete");
  out.name("content").begin_array().begin_object();
  out.member("type", "text").member("text", refusal.object).end_object().end_array();
  if (refusal.structured) out.raw_member("structuredContent", refusal.object);
  out.member("isError", true);
  if (!refusal.meta.empty()) out.raw_member("_meta", refusal.meta);
  out.end_object();
  return result_body(id, result);
}

}  // namespace tollhouse::mcp
