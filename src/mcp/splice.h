// mcp: changes to a body that touch nothing else: slices of the original around what is cut or put
// in, never a re-encoding. Spec: mcp-gateway.md 4.5, 4.6.
#pragma once
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "json/reader.h"
#include "mcp/message.h"

namespace tollhouse::mcp {

/// The range to leave out of an object's text so that the rest is JSON without that member: the
/// member with the comma and blanks that part it from its neighbour. Empty when there is none.
std::string_view cut_member(const json::Value& object, std::string_view name);

/// The members of `params._meta` that the gate consumes, in order, with cuts that fit together.
std::vector<CredentialMember> credential_members(const json::Value& meta);
/// The same of a `_meta` beside `params`: the Payment scheme's credential alone may stand there, as
/// in generic JSON-RPC (mpp.md 7).
std::vector<CredentialMember> credential_beside_params(const json::Value& meta);

/// The slices of the body that go to the upstream: the whole body when there is nothing to remove,
/// else what stands around the credential members. In order; joined they are the body to send.
std::vector<std::string_view> slices_without_credentials(const Message& message);
/// The same, joined.
std::string body_without_credentials(const Message& message);

/// The body to send without credentials, and with `state` (exact JSON text of a string) where the
/// caller's requestState stands; without that member where `state` is empty.
std::string body_with_request_state(const Message& message, std::string_view state);

/// The response with `requestState` in its result: what stands there is replaced. `state` has no
/// character that JSON escapes. Nothing where there is no result object.
std::optional<std::string> with_request_state(std::string_view response, std::string_view state,
                                              json::Document& workspace);

/// A member to put into `result._meta`; `value` is JSON.
struct MetaMember {
  std::string_view name;
  std::string_view value;
};

/// The response (a JSON body or the data of one event) with members put into `result._meta`, which
/// is made when missing. A member of the same name that the upstream sent is replaced: a receipt
/// is the gate's word. Nothing when there is no result object to put it into, or `_meta` is no
/// object. Names must be different.
std::optional<std::string> with_result_meta(std::string_view response,
                                            std::span<const MetaMember> members,
                                            json::Document& workspace);

/// The response without the member `name` of `result._meta`: what only the gate may say. Nothing
/// where none stands there.
std::optional<std::string> without_result_meta(std::string_view response, std::string_view name,
                                               json::Document& workspace);

/// The answer to `initialize` or `server/discover` with `object` as capability `name` of the group
/// (`experimental` or `extensions`), which is made where it is missing. Nothing where the server
/// says so of itself, or has no capabilities.
std::optional<std::string> with_capability(std::string_view response, std::string_view group,
                                           std::string_view name, std::string_view object,
                                           json::Document& workspace);

/// What a tool costs, as a JSON object; empty where nothing is to be said of it.
struct ToolPrice {
  std::string object;
  bool asks_payment = false;
};
using PriceOfTool = std::function<ToolPrice(std::string_view name)>;

/// The answer to a `tools/list` with each tool's price in its `_meta`, beside what the upstream
/// wrote there; everything else as it was. Nothing when it is no such answer, or nothing changes.
std::optional<std::string> with_tool_prices(std::string_view response, const PriceOfTool& price_of,
                                            json::Document& workspace);

}  // namespace tollhouse::mcp
