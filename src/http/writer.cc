// http: heads and chunks as text.
#include "http/writer.h"

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

}  // namespace

std::string_view status_text(int status) {
  switch (status) {
    case 100:
      return "Continue";
    case 101:
      return "Switching Protocols";
    case 103:
      return "Early Hints";
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 203:
      return "Non-Authoritative Information";
    case 204:
      return "No Content";
    case 205:
      return "Reset Content";
    case 206:
      return "Partial Content";
    case 300:
      return "Multiple Choices";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 307:
      return "Temporary Redirect";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 402:
      return "Payment Required";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 407:
      return "Proxy Authentication Required";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 411:
      return "Length Required";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 416:
      return "Range Not Satisfiable";
    case 417:
      return "Expectation Failed";
    case 421:
      return "Misdirected Request";
    case 422:
      return "Unprocessable Content";
    case 425:
      return "Too Early";
    case 426:
      return "Upgrade Required";
    case 428:
      return "Precondition Required";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 451:
      return "Unavailable For Legal Reasons";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    case 507:
      return "Insufficient Storage";
    case 511:
      return "Network Authentication Required";
    default:
      return "";
  }
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
