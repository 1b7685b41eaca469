// io: the log's far end: JSON lines for machines, aligned text on a terminal (ux-and-ops.md 3). A
// thread of its own prints; writers never wait. Whatever a value holds, it stays in its line and in
// its quotes: all but printable ASCII is escaped.
#pragma once
#include <cstdint>
#include <memory>
#include <string>

#include "base/log.h"
#include "base/time.h"
#include "io/limits.h"

namespace tollhouse::io {

/// `automatic`: text on a terminal, JSON elsewhere.
enum class LogFormat : std::uint8_t { automatic, json, text };

struct LogSettings {
  LogFormat format = LogFormat::automatic;
  LogLevel level = LogLevel::info;
  int descriptor = 2;  ///< written to, never closed
  std::size_t lines_max = kLogLinesMax;
};

class LogSink : public Log {
 public:
  /// Lines lost because the printer could not follow.
  virtual std::uint64_t dropped() const = 0;
  /// Thread-safe: from now on lines below `level` are not written.
  virtual void set_level(LogLevel level) = 0;
};

/// `clock` outlives the log. Destroying the log prints what is queued, and how many were dropped.
std::unique_ptr<LogSink> make_log(const LogSettings& settings, const Clock& clock);

/// One line without its end, as printed: members `@timestamp`, `log.level`, `message`, `event`,
/// then the fields with their types.
std::string json_line(Time now, LogLevel level, std::string_view event, std::string_view message,
                      std::span<const LogField> fields);
/// `12:00:00.123 warning refused  message  name=value`.
std::string text_line(Time now, LogLevel level, std::string_view event, std::string_view message,
                      std::span<const LogField> fields);

}  // namespace tollhouse::io
