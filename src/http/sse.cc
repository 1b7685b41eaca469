// http: event streams.
#include "http/sse.h"

#include <algorithm>

#include "http/characters.h"

namespace tollhouse::http {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
/// More digits do not fit into 64 bits for certain.
constexpr std::size_t kRetryDigitsMax = 19;

std::optional<std::uint64_t> retry_of(std::string_view text) {
  if (text.empty() || text.size() > kRetryDigitsMax) return std::nullopt;
  std::uint64_t milliseconds = 0;
  for (const char c : text) {
    if (!is_in(c, kDigitCharacter)) return std::nullopt;
    milliseconds = milliseconds * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return milliseconds;
}

bool is_one_line(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

}  // namespace

StreamStep EventStreamReader::step(std::string_view input) {
  std::size_t at = 0;
  while (at < input.size()) {
    if (start_ != Start::done) {
      at += skip_mark(input.substr(at));
      continue;
    }
    if (after_cr_) {
      after_cr_ = false;
      if (input[at] == '\n') {
        ++at;
        ++position_;
        continue;
      }
    }
    const std::size_t end = std::min(input.find_first_of("\r\n", at), input.size());
    const std::string_view part = input.substr(at, end - at);
    if (!in_line_) line_at_ = position_;
    position_ += part.size();
    at = end;
    const bool ends = end != input.size();
    if (!ends || in_line_) take_part(part);
    if (!ends) break;
    after_cr_ = input[end] == '\r';
    ++at;
    ++position_;
    const std::string_view line = in_line_ ? std::string_view(line_) : part;
    auto event = finish_line(line, line_at_);
    line_.clear();
    in_line_ = false;
    if (event) return {at + take_line_feed(input.substr(at)), event};
  }
  return {at, std::nullopt};
}

/// The LF of the CRLF whose CR has just dispatched: who relays an event relays all of it.
std::size_t EventStreamReader::take_line_feed(std::string_view rest) {
  if (!after_cr_ || !rest.starts_with('\n')) return 0;
  after_cr_ = false;
  ++position_;
  return 1;
}

/// A byte-order mark at the very start is skipped; its first bytes, if it is none, begin a line.
std::size_t EventStreamReader::skip_mark(std::string_view input) {
  const auto matched = static_cast<std::size_t>(start_);
  if (input[0] != kByteOrderMark[matched]) {
    start_ = Start::done;
    if (matched != 0) take_part(kByteOrderMark.substr(0, matched));
    return 0;
  }
  start_ = static_cast<Start>(matched + 1);
  ++position_;
  return 1;
}

/// Keeps what an unfinished line has so far; of a comment and of an event over the cap, only the
/// first byte.
void EventStreamReader::take_part(std::string_view part) {
  if (part.empty()) return;
  in_line_ = true;
  const char first = line_.empty() ? part[0] : line_[0];
  if (first != ':') count(position_ - line_at_);
  if (first == ':' || too_large_) {
    line_.assign(1, first);
    return;
  }
  line_.append(part);
}

/// The present line has `line_bytes`: is the event over the cap with it?
void EventStreamReader::count(std::uint64_t line_bytes) {
  if (too_large_ || event_bytes_ + line_bytes <= event_bytes_max_) return;
  too_large_ = true;
  data_ = std::string();
  line_ = std::string();
}

std::optional<StreamEvent> EventStreamReader::finish_line(std::string_view line,
                                                          std::uint64_t line_at) {
  if (line.empty()) return dispatch(line_at);
  if (line[0] == ':') {
    ++comments_;
    return std::nullopt;
  }
  if (!field_seen_) event_at_ = line_at;
  field_seen_ = true;
  const std::uint64_t line_bytes = position_ - 1 - line_at;
  count(line_bytes);
  event_bytes_ += line_bytes;
  if (!too_large_) take_field(line);
  return std::nullopt;
}

void EventStreamReader::take_field(std::string_view line) {
  const std::size_t colon = line.find(':');
  const std::string_view name = line.substr(0, colon);
  std::string_view value;
  if (colon != std::string_view::npos) value = line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  take_value(name, value);
}

void EventStreamReader::take_value(std::string_view name, std::string_view value) {
  if (name == "data") {
    if (has_data_) data_.push_back('\n');
    has_data_ = true;
    data_.append(value);
  } else if (name == "event") {
    name_.assign(value);
  } else if (name == "id") {
    if (value.find('\0') != std::string_view::npos) return;
    id_.assign(value);
    pending_id_ = true;
  } else if (name == "retry") {
    if (const auto milliseconds = retry_of(value)) retry_ = milliseconds;
  }
}

std::optional<StreamEvent> EventStreamReader::dispatch(std::uint64_t blank_at) {
  if (pending_id_) last_id_ = id_;
  const bool event_seen = has_data_ || too_large_;
  given_data_.swap(data_);
  given_name_.swap(name_);
  data_.clear();
  name_.clear();
  StreamEvent event;
  event.name = given_name_.empty() ? std::string_view("message") : std::string_view(given_name_);
  event.data = given_data_;
  event.id = last_event_id();
  event.too_large = too_large_;
  event.begin = event_at_;
  event.blank_at = blank_at;
  event.end = position_;
  event_bytes_ = 0;
  pending_id_ = has_data_ = too_large_ = field_seen_ = false;
  if (!event_seen) return std::nullopt;
  return event;
}

bool append_event(std::string& out, std::string_view name, std::string_view data,
                  std::string_view id) {
  if (!is_one_line(name) || !is_one_line(id)) return false;
  if (!name.empty()) out.append("event: ").append(name).append("\n");
  if (!id.empty()) out.append("id: ").append(id).append("\n");
  for (;;) {
    const std::size_t end = data.find_first_of("\r\n");
    out.append("data: ").append(data.substr(0, end)).append("\n");
    if (end == std::string_view::npos) break;
    const bool pair = data[end] == '\r' && end + 1 < data.size() && data[end + 1] == '\n';
    data.remove_prefix(end + (pair ? 2 : 1));
  }
  out.append("\n");
  return true;
}

void append_comment(std::string& out, std::string_view text) {
  out.append(":");
  if (!text.empty()) out.append(" ");
  for (const char c : text) out.push_back(c == '\r' || c == '\n' ? ' ' : c);
  out.append("\n\n");
}

}  // namespace tollhouse::http
