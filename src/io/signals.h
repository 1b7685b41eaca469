// io: signals as values on one thread, and what the process may hold and show.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/time.h"

namespace tollhouse::io {

/// SIGTERM and SIGINT are `terminate`; SIGHUP is `reload`.
enum class Signal : std::uint8_t { terminate, reload };

/// Blocks SIGTERM, SIGINT and SIGHUP and ignores SIGPIPE and SIGXFSZ; called on the first thread
/// before any other starts, as threads inherit the mask.
void block_signals();
/// Waits on the calling thread for one of the blocked signals; nothing after `longest`.
std::optional<Signal> wait_for_signal(Duration longest);

/// Raises the soft descriptor limit to the hard one. The descriptors there are for connections:
/// the limit less kDescriptorsKeptBack.
std::size_t raise_descriptor_limit();
/// No core file and no debugger of the same user: keys are in memory (RLIMIT_CORE 0,
/// PR_SET_DUMPABLE 0). False where the system refused.
bool forbid_core_dumps();

}  // namespace tollhouse::io
