// mcp: mirrored arguments.
#include "mcp/param_headers.h"

#include <algorithm>

#include "http/characters.h"
#include "mcp/header_codec.h"
#include "mcp/limits.h"

namespace tollhouse::mcp {
namespace {

using json::Member;
using json::Value;

bool is_mirrorable(const Value& property) {
  const auto type = property.find("type");
  const auto text = type ? type->as_string() : std::nullopt;
  return text == "string" || text == "integer" || text == "boolean";
}

/// Depth is bounded by the reader's.
class Collection {
 public:
  bool collect(const Value& schema) {
    const auto properties = schema.find("properties");
    if (!properties) return true;
    for (const Member& property : properties->members()) {
      path_.emplace_back(property.name());
      const bool kept = keep(property.value) && collect(property.value);
      path_.pop_back();
      if (!kept) return false;
    }
    return true;
  }
  std::vector<ParamHeader> take() { return std::move(found_); }

 private:
  bool keep(const Value& property) {
    const auto header = property.find("x-mcp-header");
    if (!header) return true;
    const auto suffix = header->as_string();
    if (!suffix || !http::is_token(*suffix) || !is_mirrorable(property)) return false;
    for (const ParamHeader& earlier : found_) {
      if (http::equal_ignoring_case(earlier.suffix, *suffix)) return false;
    }
    found_.push_back({std::string(*suffix), path_});
    return found_.size() <= kParamHeadersMax;
  }

  std::vector<std::string> path_;
  std::vector<ParamHeader> found_;
};

std::optional<Value> argument_at(const Value& arguments, const std::vector<std::string>& path) {
  std::optional<Value> at = arguments;
  for (const std::string& step : path) {
    at = at->find(step);
    if (!at) return std::nullopt;
  }
  return at->is_null() ? std::nullopt : at;
}

const ParamField* field_of(const RoutingHeaders& headers, std::string_view suffix) {
  const auto& fields = headers.params();
  const auto found = std::find_if(fields.begin(), fields.end(), [suffix](const ParamField& field) {
    return http::equal_ignoring_case(field.suffix, suffix);
  });
  return found == fields.end() ? nullptr : &*found;
}

bool agrees(const ParamField* field, const std::optional<Value>& argument, Era era) {
  if (field == nullptr) return !argument || era == Era::legacy;
  return argument && header_equals_argument(field->value, *argument);
}

}  // namespace

std::optional<std::vector<ParamHeader>> param_headers_of(const Value& input_schema) {
  Collection collection;
  if (!collection.collect(input_schema)) return std::nullopt;
  return collection.take();
}

Result<void, Reason> check_param_headers(const RoutingHeaders& headers,
                                         const std::vector<ParamHeader>& mirrored,
                                         const Message& message, json::Document& workspace) {
  if (mirrored.empty()) return {};
  const std::string_view text = message.arguments.empty() ? "{}" : message.arguments;
  const auto arguments = json::parse(text, workspace);
  if (!arguments) return refuse(Reason::param_header_mismatch);
  for (const ParamHeader& one : mirrored) {
    const auto argument = argument_at(*arguments, one.path);
    if (!agrees(field_of(headers, one.suffix), argument, message.era)) {
      return refuse(Reason::param_header_mismatch);
    }
  }
  return {};
}

}  // namespace tollhouse::mcp
