// api: the bodies that every handler shares.
#pragma once
#include <string>
#include <string_view>

#include "gate/router.h"

namespace tollhouse::api {

/// `{"error":CODE,"code":CODE,"message":...}` with a status.
gate::LocalAnswer refused(int status, std::string_view code, std::string_view message);
/// 405 with `Allow`.
gate::LocalAnswer method_not_allowed(std::string_view allowed);
/// Names that stand in a path as they are. Other tools, and one named `call`, are reached through
/// `/tools/call`.
bool has_path(std::string_view tool);
bool is_read(const gate::LocalRequest& request);

}  // namespace tollhouse::api
