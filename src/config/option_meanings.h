// config: what each key is for, in one sentence, for the manual page and the JSON Schema. A table
// of its own beside option_table.h; a test holds that every key of this build has its row.
#pragma once
#include <string_view>

namespace tollhouse::config {

/// The sentence of a row of the option table, without a full stop at its end; empty for keys of
/// parts that are not here and for the items of lists, which their list explains.
std::string_view meaning_of(std::string_view pattern);

}  // namespace tollhouse::config
