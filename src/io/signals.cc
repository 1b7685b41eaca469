// io: sigtimedwait, limits of the process.
#include "io/signals.h"

#include <sys/prctl.h>
#include <sys/resource.h>

#include <csignal>
#include <ctime>

#include "io/limits.h"

namespace tollhouse::io {
namespace {

sigset_t watched_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, signal);
  return set;
}

}  // namespace

void block_signals() {
  const sigset_t set = watched_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  // A file at its limit is an error of that write, which the books know how to take.
  std::signal(SIGXFSZ, SIG_IGN);
}

std::optional<Signal> wait_for_signal(Duration longest) {
  const sigset_t set = watched_signals();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(longest);
  timespec wait{};
  wait.tv_sec = seconds.count();
  wait.tv_nsec = (longest - seconds).count();
  const int signal = sigtimedwait(&set, nullptr, &wait);
  if (signal < 0) return std::nullopt;
  return signal == SIGHUP ? Signal::reload : Signal::terminate;
}

std::size_t raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return kDescriptorsKeptBack;
  rlimit raised = limit;
  raised.rlim_cur = raised.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
  const auto all = static_cast<std::size_t>(limit.rlim_cur);
  return all > 2 * kDescriptorsKeptBack ? all - kDescriptorsKeptBack : all / 2;
}

bool forbid_core_dumps() {
  const rlimit none{0, 0};
  const bool limited = setrlimit(RLIMIT_CORE, &none) == 0;
  return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 && limited;
}

}  // namespace tollhouse::io
