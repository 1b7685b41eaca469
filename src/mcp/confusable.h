// mcp: member names that one parser takes for another one. Go's JSON folds case (and U+017F to s,
// U+212A to k), others cut at NUL or normalise: a gate that reads bytes must refuse the twins.
// Spec: mcp-gateway.md 4.2.
#pragma once
#include <span>
#include <string_view>

namespace tollhouse::mcp {

enum class Level : std::uint8_t { top, params, meta };

/// Whether `name`, unescaped, is none of the level's known names but becomes one after: NFKC,
/// simple case folding, and removal of NUL, white space, controls and characters that are not seen.
/// Covered are all code points whose image is ASCII (confusable_table.h). On level meta a name that
/// becomes one beginning with `tollhouse/` counts too.
bool is_confusable(std::string_view name, Level level);

}  // namespace tollhouse::mcp
