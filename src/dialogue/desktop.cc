// dialogue: lines of a desktop client.
#include "dialogue/desktop.h"

#include "base/format.h"
#include "json/reader.h"
#include "json/writer.h"
#include "mcp/meta_names.h"
#include "mcp/reason.h"

namespace tollhouse::dialogue {
namespace {

using json::Value;

constexpr int kParseError = -32700;
constexpr int kInvalidRequest = -32600;

/// Capabilities that work by question and answer alone.
constexpr std::string_view kCapabilities[] = {"tools", "resources", "prompts", "completions"};

std::optional<std::string> text_of(const Value& object, std::string_view name) {
  const auto member = object.find(name);
  const auto text = member ? member->as_string() : std::nullopt;
  if (!text) return std::nullopt;
  return std::string(*text);
}

bool is_id(const Value& value) { return value.is_string() || value.as_i64() || value.as_u64(); }

mcp::Era era_of(const Value& params) {
  const auto meta = params.find("_meta");
  const bool says = meta && meta->find(mcp::kMetaProtocolVersion);
  return says ? mcp::Era::modern : mcp::Era::legacy;
}

/// Params into `message`; false where they are no object.
bool read_params(const Value& root, DesktopMessage& message) {
  const auto params = root.find("params");
  if (!params) return true;
  if (!params->is_object()) return false;
  message.params = params->raw();
  message.era = era_of(*params);
  const auto cancelled = params->find("requestId");
  if (message.method == "notifications/cancelled" && cancelled) {
    message.cancels_id = cancelled->raw();
  }
  return true;
}

void write_capabilities(json::Writer& writer, const std::optional<Value>& server) {
  const auto far = server ? server->find("capabilities") : std::nullopt;
  writer.name("capabilities").begin_object();
  for (const std::string_view name : kCapabilities) {
    // A server that says nothing of itself is there for its tools.
    const bool there = far ? far->find(name).has_value() : name == "tools";
    if (there) writer.name(name).begin_object().end_object();
  }
  writer.end_object();
}

/// The far server's name, wherever its era puts it; else ours.
std::string server_info(const std::optional<Value>& server, const Speaker& speaker) {
  auto info = server ? server->find("serverInfo") : std::nullopt;
  const auto meta = server ? server->find("_meta") : std::nullopt;
  if (!info && meta) info = meta->find(mcp::kMetaServerInfo);
  if (info && info->is_object()) return std::string(info->raw());
  std::string text;
  json::Writer(text)
      .begin_object()
      .member("name", speaker.name)
      .member("version", speaker.version)
      .end_object();
  return text;
}

void write_instructions(json::Writer& writer, const std::optional<Value>& server) {
  const auto words = server ? server->find("instructions") : std::nullopt;
  if (words && words->is_string()) writer.raw_member("instructions", words->raw());
}

std::optional<Value> parsed(std::string_view text, json::Document& workspace) {
  const auto value = json::parse(text, workspace);
  if (!value || !value->is_object()) return std::nullopt;
  return *value;
}

}  // namespace

Result<DesktopMessage, DesktopFault> read_desktop_line(std::string_view line) {
  json::Document workspace;
  const auto root = json::parse(line, workspace);
  if (!root) return refuse(DesktopFault{kParseError, "null"});
  const auto id = root->find("id");
  const DesktopFault invalid{kInvalidRequest, id && is_id(*id) ? std::string(id->raw()) : "null"};
  if (root->find("jsonrpc") == std::nullopt || text_of(*root, "jsonrpc") != "2.0") {
    return refuse(invalid);
  }
  DesktopMessage message;
  if (root->find("result") || root->find("error")) {
    message.kind = mcp::MessageKind::response;
    return message;
  }
  auto method = text_of(*root, "method");
  if (!method || method->empty() || (id && !is_id(*id))) return refuse(invalid);
  message.kind = id ? mcp::MessageKind::request : mcp::MessageKind::notification;
  message.method = std::move(*method);
  if (id) message.id = id->raw();
  if (!read_params(*root, message)) return refuse(invalid);
  return message;
}

std::string result_message(std::string_view id, std::string_view result) {
  std::string text;
  json::Writer(text)
      .begin_object()
      .member("jsonrpc", "2.0")
      .raw_member("id", id)
      .raw_member("result", result)
      .end_object();
  return text;
}

std::string error_message(std::string_view id, std::int64_t code, std::string_view message,
                          std::string_view data) {
  std::string text;
  json::Writer writer(text);
  writer.begin_object().member("jsonrpc", "2.0").raw_member("id", id);
  writer.name("error").begin_object().member("code", code).member("message", message);
  if (!data.empty()) writer.raw_member("data", data);
  writer.end_object().end_object();
  return text;
}

std::string initialize_result(std::string_view params, std::string_view server,
                              const Speaker& speaker) {
  json::Document near_workspace;
  json::Document far_workspace;
  const auto asked = parsed(params, near_workspace);
  const auto far = parsed(server, far_workspace);
  const auto version = asked ? text_of(*asked, "protocolVersion") : std::nullopt;
  const bool known = version && is_legacy_version(*version);
  std::string text;
  json::Writer writer(text);
  writer.begin_object().member("protocolVersion",
                               known ? std::string_view(*version) : kLegacyVersion);
  write_capabilities(writer, far);
  writer.raw_member("serverInfo", server_info(far, speaker));
  write_instructions(writer, far);
  writer.end_object();
  return text;
}

std::string discover_result(std::string_view server, const Speaker& speaker) {
  json::Document workspace;
  const auto far = parsed(server, workspace);
  std::string text;
  json::Writer writer(text);
  writer.begin_object().member("resultType", "complete");
  writer.name("supportedVersions").begin_array().string(kModernVersion).end_array();
  write_capabilities(writer, far);
  write_instructions(writer, far);
  writer.member("ttlMs", std::uint64_t{0}).member("cacheScope", "private");
  writer.name("_meta").begin_object();
  writer.raw_member(mcp::kMetaServerInfo, server_info(far, speaker)).end_object();
  writer.end_object();
  return text;
}

std::string result_for(mcp::Era era, std::string_view result) {
  json::Document workspace;
  const auto object = parsed(result, workspace);
  if (era == mcp::Era::legacy || !object || object->find("resultType")) return std::string(result);
  std::string text(R"({"resultType":"complete")");
  if (object->size() != 0) text += ',';
  return text.append(result.substr(result.find('{') + 1));
}

std::string refused_data(std::string_view code, std::string_view cure) {
  std::string text;
  json::Writer writer(text);
  writer.begin_object().member("code", code);
  if (!cure.empty()) writer.member("cure", cure);
  writer.end_object();
  return text;
}

std::string refused_result(std::string_view code, std::string_view message, std::string_view cure) {
  const std::string words =
      cure.empty() ? std::string(message) : fmt::format("{} ({})", message, cure);
  std::string text;
  json::Writer writer(text);
  writer.begin_object().name("content").begin_array().begin_object().member("type", "text");
  writer.member("text", words).end_object().end_array().member("isError", true);
  writer.name("_meta").begin_object().name(mcp::kMetaRefusal).begin_object();
  writer.member("code", code).member("message", message).end_object().end_object();
  writer.end_object();
  return text;
}

std::string spent_json(const Spending& spending) {
  std::string text;
  json::Writer(text)
      .begin_object()
      .member("paidMsat", spending.paid.count())
      .member("spentMsat", spending.spent.count())
      .member("budgetMsat", spending.budget.count())
      .member("leftMsat", spending.budget.minus(spending.spent).value_or(Msat()).count())
      .member("payments", spending.payments)
      .end_object();
  return text;
}

}  // namespace tollhouse::dialogue
