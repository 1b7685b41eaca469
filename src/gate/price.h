// gate: what a tool costs, as it is advertised: one object for lists of tools, HEAD and the
// discovery documents. Spec: mcp-gateway.md 8.
#pragma once
#include <string>

#include "gate/house.h"
#include "gate/rules.h"

namespace tollhouse::gate {

/// `{"amountMsat","unit":"call","rails":[…],"uses","validForSeconds","chargeOn"}`; for a free tool
/// the amount is 0, no rail is named and nothing is sold. `uses` is a number or "unlimited".
std::string price_object(const Policy& policy, const ToolRow& row);

/// `["l402",…]`: every way to pay that this gate takes.
std::string rails_array(const Policy& policy);

/// The gate as a capability of the server behind it: what it takes and where it says more.
std::string gate_object(const House& house, const Rules& rules);

}  // namespace tollhouse::gate
