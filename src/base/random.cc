// base: the kernel's generator.
#include "base/random.h"

#include <sys/random.h>

#include <cerrno>

#include "base/invariant.h"

namespace tollhouse {

void SystemRandom::fill(std::span<std::uint8_t> into) {
  while (!into.empty()) {
    const ssize_t got = getrandom(into.data(), into.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    invariant(got > 0);
    into = into.subspan(static_cast<std::size_t>(got));
  }
}

}  // namespace tollhouse
