// cli: reloads, one after the other.
#include "cli/reload_desk.h"

#include <utility>

namespace tollhouse::cli {
namespace {

api::ReloadReport refused(std::string code, std::string message) {
  api::ReloadReport report;
  report.code = std::move(code);
  report.message = std::move(message);
  return report;
}

api::ReloadReport stopping() { return refused("stopping", "The gate is stopping."); }

}  // namespace

void log_reload(Log& log, const api::ReloadReport& report) {
  if (report.done()) {
    log.write(LogLevel::info, "config_reloaded", "The new configuration is in force.",
              {{"changed", std::uint64_t{report.changed.size()}}});
    return;
  }
  std::string keys;
  for (const std::string& key : report.restart) keys += (keys.empty() ? "" : " ") + key;
  log.write(LogLevel::error, "config_rejected", "The old configuration stays in force.",
            {{"tollhouse.reason", report.code},
             {"faults", std::uint64_t{report.faults.size()}},
             {"restart", keys}});
}

ReloadDesk::ReloadDesk(Reload reload) : reload_(std::move(reload)), thread_([this] { run(); }) {}

ReloadDesk::~ReloadDesk() { close(); }

void ReloadDesk::close() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
  // The desk's own now: nobody adds to them any more.
  for (const Told& told : std::exchange(waiting_, {})) told(stopping());
}

void ReloadDesk::ask(Told told) {
  bool ending = false;
  {
    const std::lock_guard lock(mutex_);
    ending = stopping_;
    if (!ending && waiting_.size() < kWaitingMax) {
      waiting_.push_back(std::move(told));
      changed_.notify_all();
      return;
    }
  }
  told(ending ? stopping() : refused("reload_in_progress", "Too many reloads are waiting."));
}

void ReloadDesk::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (stopping_) return;
    const Told told = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    told(reload_());
    lock.lock();
  }
}

}  // namespace tollhouse::cli
