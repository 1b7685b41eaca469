// http: heads and chunks as text.
#include "http/writer.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/invariant.h"
#include "http/characters.h"

namespace tollhouse::http {
namespace {

void append_number(std::string& out, std::uint64_t number, int base = 10) {
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number, base).ptr;
  out.append(digits.data(), end);
}

struct StatusRow {
  int status;
  std::string_view text;
};

/// In order of their numbers.
constexpr StatusRow kStatusRows[] = {
    {100, "Continue"},
    {101, "Switching Protocols"},
    {103, "Early Hints"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {203, "Non-Authoritative Information"},
    {204, "No Content"},
    {205, "Reset Content"},
    {206, "Partial Content"},
    {300, "Multiple Choices"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {402, "Payment Required"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {407, "Proxy Authentication Required"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {425, "Too Early"},
    {426, "Upgrade Required"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {451, "Unavailable For Legal Reasons"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
    {507, "Insufficient Storage"},
    {511, "Network Authentication Required"},
};
static_assert(std::ranges::is_sorted(kStatusRows, {}, &StatusRow::status));

}  // namespace

std::string_view status_text(int status) {
  const auto row = std::ranges::lower_bound(kStatusRows, status, {}, &StatusRow::status);
  const bool known = row != std::end(kStatusRows) && row->status == status;
  return known ? row->text : "";
}

void append_status_line(std::string& out, int status) {
  invariant(status >= 100 && status <= 599);
  out.append("HTTP/1.1 ");
  append_number(out, static_cast<std::uint64_t>(status));
  out.append(" ").append(status_text(status)).append("\r\n");
}

void append_request_line(std::string& out, std::string_view method, std::string_view target) {
  invariant(is_token(method));
  invariant(!target.empty() && is_all(target, kTargetCharacter));
  out.append(method).append(" ").append(target).append(" HTTP/1.1\r\n");
}

bool is_field_value(std::string_view value) {
  return find_control(value.data(), value.data() + value.size()) == value.data() + value.size();
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
  const bool written = append_foreign_field(out, name, value);
  invariant(written);
}

void append_field(std::string& out, std::string_view name, std::uint64_t value) {
  invariant(is_token(name));
  out.append(name).append(": ");
  append_number(out, value);
  out.append("\r\n");
}

bool append_foreign_field(std::string& out, std::string_view name, std::string_view value) {
  if (!is_token(name) || !is_field_value(value)) return false;
  out.append(name).append(": ").append(value).append("\r\n");
  return true;
}

void append_content_length(std::string& out, std::uint64_t length) {
  append_field(out, "Content-Length", length);
}

void append_chunked(std::string& out) { out.append("Transfer-Encoding: chunked\r\n"); }

void append_chunk(std::string& out, std::string_view payload) {
  if (payload.empty()) return;
  append_chunk_line(out, payload.size());
  out.append(payload).append("\r\n");
}

void append_chunk_line(std::string& out, std::size_t payload_bytes) {
  append_number(out, payload_bytes, 16);
  out.append("\r\n");
}

}  // namespace tollhouse::http
