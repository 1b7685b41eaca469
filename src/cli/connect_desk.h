// cli: the requests that wait while one is asked of the gate: handed over between the thread that
// reads and the one that asks. One is asked at a time, so that money is spent one call after the
// other.
#pragma once
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "dialogue/desktop.h"

namespace tollhouse::cli {

/// Requests that wait behind the one that is asked: a client that sends more does not read answers.
inline constexpr std::size_t kWaitingRequestsMax = 64;

class ConnectDesk {
 public:
  /// False where too many wait.
  bool put(dialogue::DesktopMessage request);
  /// The client does not want the answer any more: a request that waits is not asked, of one that
  /// is being asked the answer is not said.
  void cancel(std::string_view id);
  /// No more will come; what waits is still done.
  void close();
  /// As close(), and what waits is not done.
  void stop();

  /// Waits; nothing where no more will come.
  std::optional<dialogue::DesktopMessage> take();
  /// The request that was taken is answered; whether to say so.
  bool done();
  /// Nothing waits or is asked, and no more will come.
  bool finished() const;

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<dialogue::DesktopMessage> waiting_;
  std::optional<std::string> asked_;  ///< id of the request that was taken
  bool cancelled_ = false;
  bool closed_ = false;
  bool finished_ = false;
};

}  // namespace tollhouse::cli
