// cli: lines over a pair of pipes (mcp-gateway.md 9.1, 9.2): bounded, whole, and broken off when
// asked.
#pragma once
#include <mutex>
#include <string>
#include <string_view>

#include "io/descriptor.h"

namespace tollhouse::cli {

/// The longest message, as the largest answer that is read from a gate.
inline constexpr std::size_t kLineBytesMax = 16 * 1024 * 1024;

class LineReader {
 public:
  /// `descriptor` stays open and is not owned.
  explicit LineReader(int descriptor);

  enum class Got { line, too_long, end };
  /// Waits for the next line, without LF and CR. `too_long`: it was skipped. `end`: nothing comes
  /// any more, or stop() was called. A last line without LF counts.
  Got next(std::string& line);
  /// From any thread; for good.
  void stop() const;

 private:
  bool fill();

  const int descriptor_;
  io::Descriptor stopped_;
  std::string buffer_;
  std::size_t looked_ = 0;  ///< of the buffer, without an LF
  bool skipping_ = false;
  bool ended_ = false;
};

/// Thread-safe; a message is written whole.
class LineWriter {
 public:
  explicit LineWriter(int descriptor) : descriptor_(descriptor) {}
  /// Adds the LF. False for good once the reader has gone.
  bool write(std::string_view message);

 private:
  const int descriptor_;
  std::mutex mutex_;
  bool broken_ = false;
};

}  // namespace tollhouse::cli
