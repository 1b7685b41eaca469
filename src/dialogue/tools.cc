// dialogue: lists of tools, and the arguments a modern call repeats in its head.
#include "dialogue/dialect.h"
#include "dialogue/limits.h"
#include "json/reader.h"
#include "mcp/header_codec.h"
#include "mcp/meta_names.h"
#include "mcp/param_headers.h"

namespace tollhouse::dialogue {
namespace {

using json::Value;

std::string text_member(const Value& object, std::string_view name) {
  const auto member = object.find(name);
  const auto text = member ? member->as_string() : std::nullopt;
  return std::string(text.value_or(""));
}

std::optional<ToolTerms> terms_of(const Value& tool) {
  const auto meta = tool.find("_meta");
  const auto price = meta ? meta->find(mcp::kMetaPrice) : std::nullopt;
  const auto amount = price ? price->find("amountMsat") : std::nullopt;
  const auto msat = amount ? amount->as_u64() : std::nullopt;
  const auto known = msat ? Msat::of(*msat) : std::nullopt;
  if (!known) return std::nullopt;
  ToolTerms terms;
  terms.price = *known;
  terms.json = price->raw();
  const auto uses = price->find("uses");
  terms.uses = uses ? uses->as_u64() : std::optional<std::uint64_t>(1);
  const auto seconds = price->find("validForSeconds");
  terms.valid_for_seconds = seconds ? seconds->as_u64().value_or(0) : 0;
  return terms;
}

Tool tool_of(const Value& object) {
  Tool tool;
  tool.name = text_member(object, "name");
  tool.title = text_member(object, "title");
  tool.description = text_member(object, "description");
  tool.json = object.raw();
  tool.terms = terms_of(object);
  const auto schema = object.find("inputSchema");
  if (schema && schema->is_object()) tool.input_schema = schema->raw();
  return tool;
}

std::optional<Value> argument_at(const Value& arguments, const std::vector<std::string>& path) {
  std::optional<Value> at = arguments;
  for (const std::string& step : path) {
    at = at->find(step);
    if (!at) return std::nullopt;
  }
  return at->is_null() ? std::nullopt : at;
}

/// Strings are encoded; numbers and booleans stand as their JSON text.
std::string header_value_of(const Value& argument) {
  const auto text = argument.as_string();
  return text ? mcp::encode_header_value(*text) : std::string(argument.raw());
}

}  // namespace

std::optional<ToolPage> read_tools(std::string_view result) {
  json::Document workspace;
  const auto root = json::parse(result, workspace);
  const auto tools = root ? root->find("tools") : std::nullopt;
  if (!tools || !tools->is_array()) return std::nullopt;
  ToolPage page;
  for (const Value& object : tools->elements()) {
    Tool tool = tool_of(object);
    if (!tool.name.empty() && page.tools.size() < kToolsMax) page.tools.push_back(std::move(tool));
  }
  page.next_cursor = text_member(*root, "nextCursor");
  if (page.next_cursor.size() > kEchoedBytesMax) page.next_cursor.clear();
  return page;
}

ToolCall tool_call_of(std::string_view method, std::string_view params) {
  if (mcp::method_of(method) != mcp::Method::tools_call) return {};
  json::Document workspace;
  const auto object = json::parse(params, workspace);
  if (!object) return {};
  const auto arguments = object->find("arguments");
  const bool given = arguments && arguments->is_object();
  return {text_member(*object, "name"), given ? std::string(arguments->raw()) : "{}"};
}

std::optional<ParamFields> param_fields(std::string_view input_schema, std::string_view arguments) {
  if (input_schema.empty()) return ParamFields{};
  json::Document schema_workspace;
  json::Document arguments_workspace;
  const auto schema = json::parse(input_schema, schema_workspace);
  const auto values = json::parse(arguments, arguments_workspace);
  const auto mirrored = schema ? mcp::param_headers_of(*schema) : std::nullopt;
  if (!mirrored || !values) return std::nullopt;
  ParamFields fields;
  for (const mcp::ParamHeader& header : *mirrored) {
    const auto argument = argument_at(*values, header.path);
    if (!argument) continue;
    fields.push_back({"Mcp-Param-" + header.suffix, header_value_of(*argument)});
  }
  return fields;
}

}  // namespace tollhouse::dialogue
