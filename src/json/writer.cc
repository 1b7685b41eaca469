// json: writing.
#include "json/writer.h"

#include <charconv>

#include "base/utf8.h"
#include "json/text_scan.h"

namespace tollhouse::json {
namespace {

template <class Int>
void append_integer(std::string& out, Int number) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  out.append(digits, end);
}

void append_escape(std::string& out, char c) {
  constexpr char kHex[] = "0123456789abcdef";
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      out += "\\u00";
      out += kHex[static_cast<unsigned char>(c) >> 4];
      out += kHex[static_cast<unsigned char>(c) & 15];
  }
}

void append_well_formed(std::string& out, std::string_view text) {
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at != end) {
    const char* const stop = plain_run_end(at, end);
    out.append(at, stop);
    at = stop;
    if (at != end) append_escape(out, *at++);
  }
}

}  // namespace

void append_string(std::string& out, std::string_view text) {
  out += '"';
  if (well_formed_utf8(text)) {
    append_well_formed(out, text);
  } else {
    while (!text.empty()) {
      const std::size_t length = utf8_length(text);
      append_well_formed(out, length == 0 ? "\xef\xbf\xbd" : text.substr(0, length));
      text.remove_prefix(length == 0 ? 1 : length);
    }
  }
  out += '"';
}

void Writer::part() {
  if (comma_due_) out_ += ',';
}

Writer& Writer::opened(char bracket) {
  part();
  out_ += bracket;
  comma_due_ = false;
  return *this;
}

Writer& Writer::closed(char bracket) {
  out_ += bracket;
  comma_due_ = true;
  return *this;
}

Writer& Writer::name(std::string_view text) {
  part();
  append_string(out_, text);
  out_ += ':';
  comma_due_ = false;
  return *this;
}

Writer& Writer::string(std::string_view text) {
  part();
  append_string(out_, text);
  comma_due_ = true;
  return *this;
}

Writer& Writer::u64(std::uint64_t number) {
  part();
  append_integer(out_, number);
  comma_due_ = true;
  return *this;
}

Writer& Writer::i64(std::int64_t number) {
  part();
  append_integer(out_, number);
  comma_due_ = true;
  return *this;
}

Writer& Writer::boolean(bool truth) { return word(truth ? "true" : "false"); }

Writer& Writer::null() { return word("null"); }

Writer& Writer::raw(std::string_view json) { return word(json); }

Writer& Writer::word(std::string_view text) {
  part();
  out_ += text;
  comma_due_ = true;
  return *this;
}

}  // namespace tollhouse::json
