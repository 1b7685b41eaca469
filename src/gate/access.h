// gate: who may speak to the gate at all: Origin and Host (mcp-gateway.md 4.8, DNS rebinding).
#pragma once
#include <optional>

#include "gate/policy.h"
#include "gate/reasons.h"
#include "http/head.h"

namespace tollhouse::gate {

/// Nothing where the request may go on. Judged before anything else, without a challenge.
/// `loopback`: the listener is reached from this machine only, by address.
std::optional<Refusal> judge_origin_and_host(const http::RequestHead& head, const Policy& policy,
                                             bool loopback);

}  // namespace tollhouse::gate
