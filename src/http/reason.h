// http: why a message is refused. After a framing refusal nothing of the request goes upstream and
// the connection closes (reliability-security.md 2.1, RS-5).
#pragma once
#include <cstdint>

#include "base/reason.h"

namespace tollhouse::http {

/// In the order of checking: bytes first, then the request line, then fields, then the body.
enum class Reason : std::uint8_t {
  http_line_end,
  http_request_line,
  http_method,
  http_target,
  uri_too_long,
  http_version,
  method_not_allowed,
  header_too_large,
  http_obs_fold,
  http_header_name,
  http_header_value,
  http_header_alias,
  http_host,
  http_length_conflict,
  http_transfer_encoding,
  http_content_length,
  http_connection_option,
  http_expect,
  body_too_large,
  http_chunk,
  http_trailer,
};

inline constexpr ReasonRow<Reason> kReasons[] = {
    {Reason::http_line_end, "http_line_end", Cure::change_request, "Lines must end with CR LF."},
    {Reason::http_request_line, "http_request_line", Cure::change_request,
     "The request line is not method, target and version with one blank between."},
    {Reason::http_method, "http_method", Cure::change_request, "The method is not a token."},
    {Reason::http_target, "http_target", Cure::change_request,
     "The request target is not well-formed."},
    {Reason::uri_too_long, "uri_too_long", Cure::change_request, "The request target is too long."},
    {Reason::http_version, "http_version", Cure::change_request,
     "Only HTTP/1.1 and HTTP/1.0 are spoken here."},
    {Reason::method_not_allowed, "method_not_allowed", Cure::change_request,
     "This method is not served here."},
    {Reason::header_too_large, "header_too_large", Cure::change_request,
     "The header section is too large."},
    {Reason::http_obs_fold, "http_obs_fold", Cure::change_request,
     "Folded field lines are not accepted."},
    {Reason::http_header_name, "http_header_name", Cure::change_request,
     "A field name is not well-formed."},
    {Reason::http_header_value, "http_header_value", Cure::change_request,
     "A field value holds a control character."},
    {Reason::http_header_alias, "http_header_alias", Cure::change_request,
     "A field name with an underscore could be taken for another field."},
    {Reason::http_host, "http_host", Cure::change_request,
     "Exactly one well-formed Host field is needed, equal to an absolute target."},
    {Reason::http_length_conflict, "http_length_conflict", Cure::change_request,
     "Content-Length and Transfer-Encoding exclude each other."},
    {Reason::http_transfer_encoding, "http_transfer_encoding", Cure::change_request,
     "The only transfer coding is one chunked, in HTTP/1.1."},
    {Reason::http_content_length, "http_content_length", Cure::change_request,
     "Content-Length must be one decimal number."},
    {Reason::http_connection_option, "http_connection_option", Cure::change_request,
     "Connection names a field that must reach its end."},
    {Reason::http_expect, "http_expect", Cure::change_request,
     "The only expectation met here is 100-continue."},
    {Reason::body_too_large, "body_too_large", Cure::change_request, "The body is too large."},
    {Reason::http_chunk, "http_chunk", Cure::change_request,
     "The chunked body is not well-formed."},
    {Reason::http_trailer, "http_trailer", Cure::change_request,
     "A trailer field is not well-formed or not allowed."},
};
static_assert(rows_in_enum_order(kReasons));

/// The status that RFC 9110 and reliability-security.md 2.1 give to a reason.
constexpr std::uint16_t status_of(Reason reason) {
  switch (reason) {
    case Reason::uri_too_long:
      return 414;
    case Reason::http_version:
      return 505;
    case Reason::method_not_allowed:
      return 405;
    case Reason::header_too_large:
      return 431;
    case Reason::http_expect:
      return 417;
    case Reason::body_too_large:
      return 413;
    default:
      return 400;
  }
}

/// A reason with its status. Two reasons have two: an unknown transfer coding before a final
/// chunked is 501, a version that is no HTTP/digit.digit is 400.
/// Whatever the reason, the connection is closed after the answer.
struct Refusal {
  constexpr Refusal(Reason why) : reason(why), status(status_of(why)) {}  // NOLINT: the usual way
  constexpr Refusal(Reason why, std::uint16_t with) : reason(why), status(with) {}

  Reason reason;
  std::uint16_t status;

  std::string_view token() const { return row_of(kReasons, reason).token; }
  friend bool operator==(const Refusal&, const Refusal&) = default;
};

}  // namespace tollhouse::http
