// mcp: gathering the routing headers.
#include "mcp/routing_headers.h"

#include "http/characters.h"

namespace tollhouse::mcp {
namespace {

using http::equal_ignoring_case;
using http::trimmed;

constexpr std::string_view kParamPrefix = "mcp-param-";

bool is_utf8_charset(std::string_view parameter) {
  const std::size_t equals = parameter.find('=');
  if (equals == std::string_view::npos) return false;
  std::string_view value = parameter.substr(equals + 1);
  if (value.size() >= 2 && value.starts_with('"') && value.ends_with('"')) {
    value = value.substr(1, value.size() - 2);
  }
  return equal_ignoring_case(parameter.substr(0, equals), "charset") &&
         equal_ignoring_case(value, "utf-8");
}

bool is_json_media_type(std::string_view field) {
  const std::size_t semicolon = field.find(';');
  if (!equal_ignoring_case(trimmed(field.substr(0, semicolon)), "application/json")) return false;
  while (field.find(';') != std::string_view::npos) {
    field.remove_prefix(field.find(';') + 1);
    const std::string_view parameter = trimmed(field.substr(0, field.find(';')));
    if (!parameter.empty() && !is_utf8_charset(parameter)) return false;
  }
  return true;
}

}  // namespace

void RoutingHeaders::see(std::string_view name, std::string_view value) {
  value = trimmed(value);
  switch (name.size()) {
    case 6:
      if (equal_ignoring_case(name, "origin")) return keep_once(origin_, value);
      return;
    case 8:
      if (equal_ignoring_case(name, "mcp-name")) return keep_once(name_, value);
      return;
    case 10:
      if (equal_ignoring_case(name, "mcp-method")) return keep_once(method_, value);
      return;
    default:
      break;
  }
  if (equal_ignoring_case(name, "content-type")) {
    content_type_twice_ = content_type_twice_ || content_type_.has_value();
    content_type_ = value;
  } else if (equal_ignoring_case(name, "content-encoding")) {
    encoded_ = encoded_ || !equal_ignoring_case(value, "identity");
  } else if (equal_ignoring_case(name, "mcp-session-id")) {
    keep_once(session_id_, value);
  } else if (equal_ignoring_case(name, "mcp-protocol-version")) {
    keep_once(protocol_version_, value);
  } else if (http::starts_with_ignoring_case(name, kParamPrefix)) {
    keep_param(name.substr(kParamPrefix.size()), value);
  }
}

bool RoutingHeaders::content_type_is_json() const {
  return content_type_ && !content_type_twice_ && is_json_media_type(*content_type_);
}

void RoutingHeaders::keep_once(std::optional<std::string_view>& place, std::string_view value) {
  duplicate_ = duplicate_ || place.has_value();
  place = value;
}

void RoutingHeaders::keep_param(std::string_view suffix, std::string_view value) {
  for (const ParamField& earlier : params_) {
    duplicate_ = duplicate_ || equal_ignoring_case(earlier.suffix, suffix);
  }
  params_.push_back({suffix, value});
}

}  // namespace tollhouse::mcp
