// json: SipHash-1-3 of member names (Aumasson and Bernstein), keyed by the process's seed so that
// strangers cannot choose names that collide.
#pragma once
#include <cstdint>
#include <string_view>

namespace tollhouse::json {

std::uint64_t name_hash(std::string_view name, std::uint64_t seed);

}  // namespace tollhouse::json
