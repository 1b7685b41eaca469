// cli: how a running gate asks outside.
#include "cli/outgoing.h"

#include "base/format.h"
#include "cli/version.h"

namespace tollhouse::cli {

std::unique_ptr<io::CurlErrands> make_errands() {
  return std::make_unique<io::CurlErrands>(
      io::ErrandSettings{.user_agent = fmt::format("tollhouse/{}", version()), .proxy = {}});
}

}  // namespace tollhouse::cli
