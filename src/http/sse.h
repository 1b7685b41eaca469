// http: event streams, read beside a relay that never waits for them, and written (HTML standard,
// server-sent events; mcp-gateway.md 5.1).
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tollhouse::http {

/// One event may take this much by default; a larger one is relayed but not read. Tool results with
/// images are the largest met, some MiB.
constexpr std::size_t kEventBytesMax = 16 * 1024 * 1024;

/// A dispatched event. Views live until the next call of `step`. Offsets count from the first byte
/// of the stream.
struct StreamEvent {
  std::string_view name;               ///< "message" where none was given
  std::string_view data;               ///< lines joined with LF; empty when `too_large`
  std::optional<std::string_view> id;  ///< the last id seen so far, if any
  bool too_large = false;              ///< over the cap: settle by policy, nothing to read
  std::uint64_t begin = 0;             ///< first byte of its first field line
  std::uint64_t blank_at = 0;          ///< first byte of the blank line that dispatches it
  std::uint64_t end = 0;  ///< behind the byte that dispatches it; an LF may follow as part of CRLF
};

struct StreamStep {
  std::size_t consumed = 0;          ///< bytes from the front of the input
  std::optional<StreamEvent> event;  ///< dispatched by the last of them; CR and LF count as one
};

/// Incremental parser: lines end with LF, CRLF or CR, split anywhere. Bad UTF-8 passes as it is.
class EventStreamReader {
 public:
  explicit EventStreamReader(std::size_t event_bytes_max = kEventBytesMax)
      : event_bytes_max_(event_bytes_max) {}

  /// Takes input up to the next dispatched event, else all of it. Call again with the rest.
  StreamStep step(std::string_view input);

  /// A comment or an event of one's own may be put here: at the start, or behind a blank line.
  bool at_boundary() const {
    return !in_line_ && !field_seen_ && (position_ == 0 || start_ == Start::done);
  }
  /// Last id that a blank line has confirmed.
  std::optional<std::string_view> last_event_id() const {
    if (!last_id_) return std::nullopt;
    return std::string_view(*last_id_);
  }
  /// Milliseconds of the last good `retry`.
  std::optional<std::uint64_t> retry() const { return retry_; }
  std::uint64_t comments() const { return comments_; }
  /// Bytes taken so far.
  std::uint64_t position() const { return position_; }

 private:
  enum class Start : std::uint8_t { mark_1, mark_2, mark_3, done };

  std::size_t skip_mark(std::string_view input);
  std::size_t take_line_feed(std::string_view rest);
  void take_part(std::string_view part);
  void count(std::uint64_t line_bytes);
  std::optional<StreamEvent> finish_line(std::string_view line, std::uint64_t line_at);
  void take_field(std::string_view line);
  void take_value(std::string_view name, std::string_view value);
  std::optional<StreamEvent> dispatch(std::uint64_t blank_at);

  std::size_t event_bytes_max_;
  Start start_ = Start::mark_1;
  bool after_cr_ = false;    // an LF now belongs to the line end before
  bool in_line_ = false;     // bytes of an unfinished line have come
  bool field_seen_ = false;  // since the last blank line
  bool has_data_ = false;
  bool too_large_ = false;
  bool pending_id_ = false;
  std::uint64_t position_ = 0;
  std::uint64_t line_at_ = 0;
  std::uint64_t event_at_ = 0;
  std::uint64_t event_bytes_ = 0;  // of finished field lines since the last blank line
  std::string line_;               // front of a line that is split over calls
  std::string data_;
  std::string name_;
  std::string id_;
  std::string given_data_;  // what the last event shows
  std::string given_name_;
  std::optional<std::string> last_id_;
  std::optional<std::uint64_t> retry_;
  std::uint64_t comments_ = 0;
};

/// Writes "event", "id" and "data" lines and the blank line. `name` and `id` empty: left out. Any
/// line end in `data` starts a new data line. False, and nothing written, when name or id hold a
/// line end or NUL.
[[nodiscard]] bool append_event(std::string& out, std::string_view name, std::string_view data,
                                std::string_view id = {});
/// ": text" and a blank line: a keep-alive. Only at a boundary. Line ends in `text` become blanks.
void append_comment(std::string& out, std::string_view text);

}  // namespace tollhouse::http
