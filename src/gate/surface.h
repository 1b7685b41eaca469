// gate: on which surface a caller is told no. Clients differ in what they let their users see of an
// answer, so a refusal has several forms; what it means is the same. Spec: mcp-gateway.md 7.2.
#pragma once
#include "gate/policy.h"
#include "http/head.h"
#include "mcp/message.h"

namespace tollhouse::gate {

/// The surface of this route for this message: as the route fixes it, else by what the caller shows
/// (7.2 "Choosing", rules 1, 2, 5 and 6). What is no tool call has no tool result to be refused
/// in, and a message without id no answer: `error` and `http` there.
Surface surface_for(const Route& route, const http::FieldList& fields, const mcp::Message& message);

}  // namespace tollhouse::gate
