// mcp: the table of section 3.
#include "mcp/pricing.h"

namespace tollhouse::mcp {

Priced priced_as(const Message& message) {
  switch (message.method) {
    case Method::tools_call:
      return {PricedBy::tool, message.name};
    case Method::prompts_get:
      return {PricedBy::prompt, message.name};
    case Method::resources_read:
      return {PricedBy::resource, message.name};
    case Method::subscriptions_listen:
      return {PricedBy::opening, message.method_text};
    case Method::other:
      return {PricedBy::method, message.method_text};
    default:
      return {};
  }
}

bool is_probe(const Message& message) {
  switch (message.method) {
    case Method::initialize:
    case Method::server_discover:
    case Method::ping:
    case Method::tools_list:
    case Method::notification:
      return true;
    default:
      return false;
  }
}

}  // namespace tollhouse::mcp
