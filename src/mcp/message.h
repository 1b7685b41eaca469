// mcp: one JSON-RPC message as the gate understood it. Ranges are views into the body, which lives
// as long as the request; what had to be unescaped is owned.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "mcp/method.h"

namespace tollhouse::mcp {

/// A member of `params._meta` that the gate consumes, or of a `_meta` beside `params`.
struct CredentialMember {
  std::string name;        ///< unescaped, e.g. `tollhouse/l402`
  std::string_view value;  ///< exact JSON text
  std::string_view cut;    ///< what to leave out of the body so that the rest is JSON again
  bool beside_params = false;
};

/// What a caller can do, from `_meta` (modern) or from its `initialize` (legacy).
struct ClientCapabilities {
  bool elicitation_form = false;
  bool elicitation_url = false;
  bool tasks = false;
  bool payment = false;  ///< announced MPP over MCP (mpp.md)
};

/// Signs in `_meta` of the rail a caller speaks (mcp-gateway.md 7.2, choosing, rule 1).
struct RailHints {
  bool x402 = false;         ///< any name beginning `x402/`
  bool paymentauth = false;  ///< any name beginning `org.paymentauth/`
};

struct Message {
  Era era = Era::legacy;
  MessageKind kind = MessageKind::request;
  Method method = Method::none;
  std::string method_text;  ///< empty for a response
  /// Tool, prompt, resource URI or task id, unescaped; empty where the method has none.
  std::string name;
  /// Header or `_meta`; `2025-03-26` where a legacy caller says nothing.
  std::string protocol_version;

  std::string_view body;
  std::string_view id;               ///< exact JSON text; empty for a notification
  std::string_view params;           ///< the object; empty when absent
  std::string_view meta;             ///< the object `_meta`; empty when absent
  std::string_view meta_cut;         ///< what to leave out of params so that it has no `_meta`
  std::string_view arguments;        ///< the object; empty when absent
  std::string_view progress_token;   ///< exact JSON text
  std::string_view request_state;    ///< exact JSON text of the string
  std::string_view state_cut;        ///< what to leave out of params so that it has no requestState
  std::string_view input_responses;  ///< exact JSON text
  std::vector<CredentialMember> credentials;  ///< in the order of the body
  RailHints hints;
  ClientCapabilities capabilities;  ///< of this request (modern) or of this `initialize`
  bool asks_task = false;           ///< legacy `params.task`
};

}  // namespace tollhouse::mcp
