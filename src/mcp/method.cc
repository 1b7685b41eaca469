// mcp: methods.
#include "mcp/method.h"

namespace tollhouse::mcp {
namespace {

struct Row {
  std::string_view text;
  Method method;
};

constexpr Row kMethods[] = {
    {"tools/call", Method::tools_call},
    {"tools/list", Method::tools_list},
    {"initialize", Method::initialize},
    {"server/discover", Method::server_discover},
    {"ping", Method::ping},
    {"prompts/list", Method::prompts_list},
    {"prompts/get", Method::prompts_get},
    {"resources/list", Method::resources_list},
    {"resources/templates/list", Method::resources_templates_list},
    {"resources/read", Method::resources_read},
    {"resources/subscribe", Method::resources_subscribe},
    {"resources/unsubscribe", Method::resources_unsubscribe},
    {"completion/complete", Method::completion_complete},
    {"logging/setLevel", Method::logging_set_level},
    {"subscriptions/listen", Method::subscriptions_listen},
    {"tasks/get", Method::tasks_get},
    {"tasks/update", Method::tasks_update},
    {"tasks/cancel", Method::tasks_cancel},
    {"tasks/result", Method::tasks_result},
    {"tasks/list", Method::tasks_list},
};

}  // namespace

Method method_of(std::string_view text) {
  for (const Row& row : kMethods) {
    if (row.text == text) return row.method;
  }
  return text.starts_with("notifications/") ? Method::notification : Method::other;
}

std::string_view name_member_of(Method method) {
  switch (method) {
    case Method::tools_call:
    case Method::prompts_get:
      return "name";
    case Method::resources_read:
      return "uri";
    case Method::tasks_get:
    case Method::tasks_update:
    case Method::tasks_cancel:
    case Method::tasks_result:
      return "taskId";
    default:
      return {};
  }
}

bool name_is_mirrored(Method method) {
  return method != Method::tasks_result && !name_member_of(method).empty();
}

}  // namespace tollhouse::mcp
