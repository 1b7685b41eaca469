// base: what must hold or the program is wrong. On in release builds; never on input, never on
// what another machine said.
#pragma once
#include <source_location>

namespace tollhouse {

/// Says where and ends the program (exit by SIGABRT): a broken book must not go on selling.
[[noreturn]] void invariant_broken(const char* condition, std::source_location where);

}  // namespace tollhouse

#define invariant(condition)    \
  (static_cast<bool>(condition) \
       ? static_cast<void>(0)   \
       : ::tollhouse::invariant_broken(#condition, std::source_location::current()))
