// mcp: the methods a gate knows by name, and which member of `params` names what they are about.
// Spec: mcp-gateway.md 1.3 (mirror table) and 3.
#pragma once
#include <cstdint>
#include <string_view>

namespace tollhouse::mcp {

enum class Era : std::uint8_t {
  legacy,  ///< 2025-11-25 and older: a handshake fixes the version
  modern,  ///< 2026-07-28 and later: every request carries its own
};

enum class MessageKind : std::uint8_t { request, notification, response };

enum class Method : std::uint8_t {
  none,  ///< a response has no method
  initialize,
  server_discover,
  ping,
  tools_list,
  tools_call,
  prompts_list,
  prompts_get,
  resources_list,
  resources_templates_list,
  resources_read,
  resources_subscribe,
  resources_unsubscribe,
  completion_complete,
  logging_set_level,
  subscriptions_listen,
  tasks_get,
  tasks_update,
  tasks_cancel,
  tasks_result,
  tasks_list,
  notification,  ///< everything that begins with `notifications/`
  other,         ///< a vendor's or an extension's; the message keeps the text
};

/// By exact bytes; `other` when unknown.
Method method_of(std::string_view text);
/// The member of `params` that names the tool, prompt, resource or task; empty where there is none.
std::string_view name_member_of(Method method);
/// Whether a modern request must repeat that member in `Mcp-Name`.
bool name_is_mirrored(Method method);

}  // namespace tollhouse::mcp
