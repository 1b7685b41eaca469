// base: log port. Lines are events with typed fields; sink, format and thread live in io/.
// Callers never log a credential, preimage, key or raw text from the network.
#pragma once
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>
#include <variant>

namespace tollhouse {

enum class LogLevel : std::uint8_t { debug, info, warning, error };

/// A field of a line: name as in docs/logs.md (`tollhouse.reason`), value by type.
struct LogField {
  std::string_view name;
  std::variant<std::string_view, std::int64_t, std::uint64_t, double, bool> value;
};

class Log {
 public:
  virtual ~Log() = default;
  virtual bool enabled(LogLevel level) const = 0;
  /// `event` is a stable token (`ready`, `refused`, `settled`), `message` a sentence for people.
  /// Copies what it keeps; never blocks (a full queue drops the oldest line and counts it).
  virtual void write(LogLevel level, std::string_view event, std::string_view message,
                     std::span<const LogField> fields) = 0;

  void write(LogLevel level, std::string_view event, std::string_view message,
             std::initializer_list<LogField> fields = {}) {
    write(level, event, message, std::span<const LogField>(fields.begin(), fields.size()));
  }
};

/// Swallows everything: for tests and library use.
class SilentLog final : public Log {
 public:
  using Log::write;
  bool enabled(LogLevel) const override { return false; }
  void write(LogLevel, std::string_view, std::string_view, std::span<const LogField>) override {}
};

}  // namespace tollhouse
