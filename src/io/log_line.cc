// io: one log line in JSON or text.
#include <cmath>

#include "base/format.h"
#include "base/utf8.h"
#include "io/log_sink.h"

namespace tollhouse::io {
namespace {

std::string_view level_text(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return "debug";
    case LogLevel::info:
      return "info";
    case LogLevel::warning:
      return "warning";
    case LogLevel::error:
      return "error";
  }
  return "error";
}

bool is_plain(char c) { return c >= 0x20 && c < 0x7f && c != '"' && c != '\\'; }

void append_unit(std::string& out, unsigned unit) {
  fmt::format_to(std::back_inserter(out), "\\u{:04x}", unit);
}

/// A character outside ASCII as \u, a byte that is no UTF-8 as the replacement character.
std::size_t append_character(std::string& out, std::string_view rest) {
  const std::size_t length = utf8_length(rest);
  if (length == 0) {
    append_unit(out, 0xfffd);
    return 1;
  }
  const char32_t point = utf8_code_point(rest, length);
  if (point < 0x10000) {
    append_unit(out, point);
  } else {
    append_unit(out, 0xd800 + ((point - 0x10000) >> 10));
    append_unit(out, 0xdc00 + ((point - 0x10000) & 0x3ff));
  }
  return length;
}

void append_quoted(std::string& out, std::string_view text) {
  const bool cut = text.size() > kLogValueBytesMax;
  text = text.substr(0, kLogValueBytesMax);
  out += '"';
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (is_plain(c)) {
      out += c;
      ++at;
    } else if (c == '"' || c == '\\') {
      (out += '\\') += c;
      ++at;
    } else {
      at += append_character(out, text.substr(at));
    }
  }
  if (cut) out += "...";
  out += '"';
}

struct ValueWriter {
  std::string& out;
  void operator()(std::string_view text) const { append_quoted(out, text); }
  void operator()(std::int64_t number) const { out += fmt::to_string(number); }
  void operator()(std::uint64_t number) const { out += fmt::to_string(number); }
  void operator()(bool yes) const { out += yes ? "true" : "false"; }
  void operator()(double number) const {
    out += std::isfinite(number) ? fmt::to_string(number) : "null";
  }
};

void append_member(std::string& out, std::string_view name, std::string_view value) {
  append_quoted(out, name);
  out += ':';
  append_quoted(out, value);
}

bool needs_quotes(std::string_view text) {
  for (const char c : text) {
    if (!is_plain(c) || c == ' ' || c == '=') return true;
  }
  return text.empty();
}

}  // namespace

std::string json_line(Time now, LogLevel level, std::string_view event, std::string_view message,
                      std::span<const LogField> fields) {
  std::string line = "{";
  append_member(line, "@timestamp", rfc3339(now, 6));
  append_member(line += ',', "log.level", level_text(level));
  append_member(line += ',', "message", message);
  append_member(line += ',', "event", event);
  for (const LogField& field : fields) {
    line += ',';
    append_quoted(line, field.name);
    line += ':';
    std::visit(ValueWriter{line}, field.value);
  }
  return line += '}';
}

std::string text_line(Time now, LogLevel level, std::string_view event, std::string_view message,
                      std::span<const LogField> fields) {
  std::string quoted;
  append_quoted(quoted, message);
  const std::string_view said = std::string_view(quoted).substr(1, quoted.size() - 2);
  std::string line = fmt::format("{} {:<7} {:<12} {}", rfc3339(now, 3).substr(11, 12),
                                 level_text(level), event, said);
  for (const LogField& field : fields) {
    fmt::format_to(std::back_inserter(line), "  {}=", field.name);
    const auto* text = std::get_if<std::string_view>(&field.value);
    if (text != nullptr && !needs_quotes(*text)) {
      line += text->substr(0, kLogValueBytesMax);
    } else {
      std::visit(ValueWriter{line}, field.value);
    }
  }
  return line;
}

}  // namespace tollhouse::io
