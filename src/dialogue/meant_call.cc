// dialogue: reading our own request again.
#include "dialogue/meant_call.h"

#include "json/reader.h"
#include "mcp/method.h"

namespace tollhouse::dialogue {
namespace {

std::string raw_member(const json::Value& object, std::string_view name) {
  const auto member = object.find(name);
  return std::string(member ? member->raw() : std::string_view());
}

}  // namespace

std::optional<MeantCall> meant_call(std::string_view body) {
  json::Document workspace;
  const auto message = json::parse(body, workspace);
  const auto method = message ? message->find("method") : std::nullopt;
  const auto params = message ? message->find("params") : std::nullopt;
  if (!method || !params) return std::nullopt;
  const std::string_view text = method->as_string().value_or(std::string_view());
  if (mcp::method_of(text) != mcp::Method::tools_call) return std::nullopt;
  const auto name = params->find("name");
  const auto tool = name ? name->as_string() : std::nullopt;
  if (!tool) return std::nullopt;
  return MeantCall{std::string(*tool), raw_member(*params, "arguments"),
                   raw_member(*params, "_meta")};
}

}  // namespace tollhouse::dialogue
