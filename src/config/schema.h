// config: the JSON Schema of a configuration (2020-12), made from the option table, so that editors
// complete and check what they are typed into. `check` has the last word: what one key alone cannot
// show is not in a schema.
#pragma once
#include <string>

namespace tollhouse::config {

/// One JSON value and a newline.
std::string json_schema();

}  // namespace tollhouse::config
