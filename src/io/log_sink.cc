// io: the queue and the thread of the log, by spdlog.
#include "io/log_sink.h"

#include <poll.h>
#include <spdlog/async.h>
#include <spdlog/async_logger.h>
#include <spdlog/sinks/base_sink.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

namespace tollhouse::io {
namespace {

/// Writes whole lines to a descriptor; one that cannot be written to loses them silently, as a log
/// must not end the program.
class DescriptorSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit DescriptorSink(int descriptor) : descriptor_(descriptor) {}

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    line_.assign(message.payload.data(), message.payload.size());
    line_ += '\n';
    print(line_);
  }
  void flush_() override {}

 private:
  void print(std::string_view rest) const {
    while (!rest.empty()) {
      const ssize_t written = ::write(descriptor_, rest.data(), rest.size());
      if (written > 0) {
        rest.remove_prefix(static_cast<std::size_t>(written));
      } else if (errno == EAGAIN) {
        pollfd room{descriptor_, POLLOUT, 0};
        ::poll(&room, 1, -1);
      } else if (errno != EINTR) {
        return;
      }
    }
  }

  const int descriptor_;
  std::string line_;
};

class QueuedLog final : public LogSink {
 public:
  QueuedLog(const LogSettings& settings, bool as_text, const Clock& clock)
      : level_(settings.level),
        as_text_(as_text),
        clock_(clock),
        sink_(std::make_shared<DescriptorSink>(settings.descriptor)),
        printer_(std::make_shared<spdlog::details::thread_pool>(settings.lines_max, 1)),
        logger_(std::make_shared<spdlog::async_logger>(
            "tollhouse", sink_, printer_, spdlog::async_overflow_policy::overrun_oldest)) {
    logger_->set_level(spdlog::level::trace);
  }

  ~QueuedLog() override {
    const std::uint64_t lost = dropped();
    logger_.reset();
    printer_.reset();  // prints what is queued, then joins
    if (lost == 0) return;
    const LogField field{"dropped", lost};
    const std::string line =
        format(LogLevel::warning, "log_dropped", "Log lines were dropped.", {&field, 1});
    sink_->log(spdlog::details::log_msg("tollhouse", spdlog::level::info, line));
  }

  using LogSink::write;
  bool enabled(LogLevel level) const override {
    return level >= level_.load(std::memory_order_relaxed);
  }
  void set_level(LogLevel level) override { level_.store(level, std::memory_order_relaxed); }
  void write(LogLevel level, std::string_view event, std::string_view message,
             std::span<const LogField> fields) override {
    if (!enabled(level)) return;
    const std::string line = format(level, event, message, fields);
    // The line is the payload, never a format string.
    logger_->log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
  }
  std::uint64_t dropped() const override { return printer_->overrun_counter(); }

 private:
  std::string format(LogLevel level, std::string_view event, std::string_view message,
                     std::span<const LogField> fields) const {
    const Time now = clock_.now();
    return as_text_ ? text_line(now, level, event, message, fields)
                    : json_line(now, level, event, message, fields);
  }

  std::atomic<LogLevel> level_;
  const bool as_text_;
  const Clock& clock_;
  std::shared_ptr<DescriptorSink> sink_;
  std::shared_ptr<spdlog::details::thread_pool> printer_;
  std::shared_ptr<spdlog::async_logger> logger_;
};

}  // namespace

std::unique_ptr<LogSink> make_log(const LogSettings& settings, const Clock& clock) {
  const bool as_text =
      settings.format == LogFormat::text ||
      (settings.format == LogFormat::automatic && ::isatty(settings.descriptor) == 1);
  return std::make_unique<QueuedLog>(settings, as_text, clock);
}

}  // namespace tollhouse::io
