// config: what differs between two effective configurations, and which of it a running gate cannot
// take over (DESIGN.md 8).
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/reading.h"

namespace tollhouse::config {

/// Keys whose values differ, also those that only one of them gives, in the order of `after`, then
/// of `before`. Secrets are compared by digest.
std::vector<std::string> changed_keys(std::span<const Entry> before, std::span<const Entry> after);

/// The value is looked at once, when the gate starts: addresses, books, wallet, threads.
bool needs_restart(std::string_view key);

}  // namespace tollhouse::config
