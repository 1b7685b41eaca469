// base: the end of a program that has found itself wrong.
#include "base/invariant.h"

#include <cstdio>
#include <cstdlib>

namespace tollhouse {

void invariant_broken(const char* condition, std::source_location where) {
  std::fprintf(stderr, "invariant broken: %s (%s:%u)\n", condition, where.file_name(),
               where.line());
  std::abort();
}

}  // namespace tollhouse
