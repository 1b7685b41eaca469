// cli: one thread that reloads, so that neither the signal loop nor a reactor waits for files and
// names, and two reloads never run at once.
#pragma once
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "api/admin.h"
#include "base/log.h"

namespace tollhouse::cli {

class ReloadDesk {
 public:
  using Reload = std::function<api::ReloadReport()>;
  using Told = std::function<void(const api::ReloadReport&)>;
  /// Reloads that may wait; one more is answered `reload_in_progress` at once.
  static constexpr std::size_t kWaitingMax = 8;

  explicit ReloadDesk(Reload reload);
  ~ReloadDesk();

  /// Returns when the reload under way has ended; those that wait, and who asks from now on, are
  /// answered `stopping`.
  void close();

  /// Thread-safe. `told` is called once, on the desk's thread or inside this call.
  void ask(Told told);

 private:
  void run();

  Reload reload_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Told> waiting_;
  bool stopping_ = false;
  std::thread thread_;
};

/// One line for each reload: what is in force now.
void log_reload(Log& log, const api::ReloadReport& report);

}  // namespace tollhouse::cli
