// http: writes heads and chunks into a reusable buffer. Heads are always written anew, never copied
// from the other side; nothing with a control character leaves.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "http/fields.h"

namespace tollhouse::http {

/// The reason phrase of RFC 9110 15; empty for a status without one.
std::string_view status_text(int status);

/// "HTTP/1.1 402 Payment Required" CRLF. `status` is 100 to 599.
void append_status_line(std::string& out, int status);
/// "POST /mcp HTTP/1.1" CRLF. Both are ours: a token, and a target without blank or control.
void append_request_line(std::string& out, std::string_view method, std::string_view target);

/// True when `value` may stand in a field: HTAB, blanks, visible ASCII, obs-text (RFC 9110 5.5).
bool is_field_value(std::string_view value);

/// A field of our own making; a bad name or value is a bug.
void append_field(std::string& out, std::string_view name, std::string_view value);
void append_field(std::string& out, std::string_view name, std::uint64_t value);
/// A field with text from outside: writes nothing and says false for a name that is no token, or a
/// value with CR, LF, NUL or another control character.
[[nodiscard]] bool append_foreign_field(std::string& out, std::string_view name,
                                        std::string_view value);
/// A field that a reader of this room has given: it has been checked there.
inline void append_read_field(std::string& out, const Field& field) {
  out.append(field.name).append(": ").append(field.value).append("\r\n");
}
void append_content_length(std::string& out, std::uint64_t length);
void append_chunked(std::string& out);
/// The empty line.
inline void end_head(std::string& out) { out.append("\r\n"); }

/// Size line, payload and CRLF; nothing for an empty payload, which would end the body.
void append_chunk(std::string& out, std::string_view payload);
/// Size line only, for writers that send the payload itself from elsewhere; CRLF follows it.
void append_chunk_line(std::string& out, std::size_t payload_bytes);
inline void append_last_chunk(std::string& out) { out.append("0\r\n\r\n"); }

}  // namespace tollhouse::http
