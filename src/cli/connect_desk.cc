// cli: handing requests over.
#include "cli/connect_desk.h"

#include <algorithm>

#include "mcp/result.h"

namespace tollhouse::cli {

bool ConnectDesk::put(dialogue::DesktopMessage request) {
  const std::lock_guard lock(mutex_);
  if (waiting_.size() >= kWaitingRequestsMax || closed_) return false;
  waiting_.push_back(std::move(request));
  changed_.notify_all();
  return true;
}

void ConnectDesk::cancel(std::string_view id) {
  const std::lock_guard lock(mutex_);
  if (asked_ && mcp::same_id(*asked_, id)) cancelled_ = true;
  std::erase_if(waiting_, [id](const dialogue::DesktopMessage& request) {
    return mcp::same_id(request.id, id);
  });
}

void ConnectDesk::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  changed_.notify_all();
}

void ConnectDesk::stop() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  waiting_.clear();
  changed_.notify_all();
}

std::optional<dialogue::DesktopMessage> ConnectDesk::take() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return closed_ || !waiting_.empty(); });
  if (waiting_.empty()) {
    finished_ = true;
    return std::nullopt;
  }
  dialogue::DesktopMessage request = std::move(waiting_.front());
  waiting_.pop_front();
  asked_ = request.id;
  cancelled_ = false;
  return request;
}

bool ConnectDesk::done() {
  const std::lock_guard lock(mutex_);
  asked_.reset();
  return !cancelled_;
}

bool ConnectDesk::finished() const {
  const std::lock_guard lock(mutex_);
  return finished_;
}

}  // namespace tollhouse::cli
