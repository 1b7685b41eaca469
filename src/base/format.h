// base: the one door to fmt, so that std::format can replace it once Debian's library has it.
// Never with a format string that is not a literal.
#pragma once
#include <fmt/core.h>
#include <fmt/format.h>
