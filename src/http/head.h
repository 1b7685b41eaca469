// http: the head of a request and the reader that takes it out of a growing buffer (RFC 9112 3,
// reliability-security.md 2.1). Strict: what two readers could read differently is refused.
#pragma once
#include <string_view>

#include "http/fields.h"
#include "http/limits.h"
#include "http/reason.h"

namespace tollhouse::http {

/// Methods that the parser lets through; all others, also in another case, are 405.
enum class Method : std::uint8_t { get, head, post, put, delete_, patch, options };
std::string_view to_text(Method method);

/// A judged request head. Some 3 KiB, no allocation; all views point into the caller's buffer and
/// follow it with `rebase`.
class RequestHead {
 public:
  Method method = Method::get;
  int minor_version = 1;         ///< HTTP/1.x
  FieldList fields;              ///< without names that hold an underscore, but for Mcp-Param-*
  Framing framing;               ///< none, content_length or chunked
  bool keep_alive = true;        ///< the caller lets the connection live; false for HTTP/1.0
  bool expect_continue = false;  ///< an HTTP/1.1 caller waits for 100 before it sends the body
  std::size_t bytes = 0;         ///< length of the whole head in the buffer

  std::string_view method_text() const { return to_text(method); }
  /// As sent: origin-form, absolute-form (equal to Host) or "*".
  std::string_view target() const { return part(target_); }
  /// The path of the target as sent, not decoded; "/" for an absolute target without one, "*" for
  /// the asterisk form.
  std::string_view path() const { return path_.size == 0 ? std::string_view("/") : part(path_); }
  /// What follows the first "?", without it; empty where there is none.
  std::string_view query() const { return part(query_); }
  bool has_query() const { return has_query_; }
  /// Value of the one Host line: well-formed, not empty.
  std::string_view host() const { return fields.value(KnownField::host); }

  /// True for fields that may go upstream as far as this hop is concerned: not hop-by-hop, not
  /// named by Connection, and none of those that the gate writes anew (Host, Content-Length,
  /// Expect). Credentials and forwarding fields are the gate's policy.
  static bool passes_hop(const Field& field);

  /// The buffer that holds the head now begins at `base`.
  void rebase(const char* base) {
    base_ = base;
    fields.rebase(base);
  }

 private:
  friend class RequestHeadReader;
  struct Span {
    std::uint32_t at = 0;
    std::uint32_t size = 0;
  };
  std::string_view part(Span span) const { return {base_ + span.at, span.size}; }

  const char* base_ = nullptr;
  Span target_;
  Span authority_;  // of an absolute-form target
  Span path_;
  Span query_;
  bool has_query_ = false;
  bool absolute_ = false;
  bool https_ = false;
};

/// Reads one head. Call `step` with the whole buffer each time it has grown; bytes already seen are
/// not looked at again, and the verdict is that of the first bad byte however reads were split.
class RequestHeadReader {
 public:
  enum class Status : std::uint8_t { need_more, complete, refused };

  explicit RequestHeadReader(const Limits& limits);

  /// `buffered` starts at the first byte of the request (one empty line before it is allowed) and
  /// only ever grows, though it may move. Nothing is read beyond the head. The same `head` each
  /// time; it is whole and its views good after `complete`.
  /// With `head_bytes_max` bytes seen and no end the verdict falls at once.
  Status step(std::string_view buffered, RequestHead& head);
  /// After `refused`.
  Refusal refusal() const { return refusal_; }
  /// False until the first byte of a request line has come: the connection is idle.
  bool started() const { return phase_ > Phase::empty_line_end; }
  void reset();

 private:
  enum class Phase : std::uint8_t {
    start,
    start_cr,
    empty_line_end,
    method,
    target,
    version,
    line_end,
    fields,
  };

  Status refuse_with(Refusal refusal) {
    refusal_ = refusal;
    return Status::refused;
  }
  Status scan_request_line(std::string_view window, RequestHead& head);
  Status scan_method(std::string_view window);
  Status scan_target(std::string_view window);
  Status scan_version(std::string_view window);
  Status finish_request_line(std::string_view window, RequestHead& head);
  bool read_target(std::string_view window, RequestHead& head);
  Status judge(RequestHead& head);

  Limits limits_;
  Phase phase_ = Phase::start;
  Refusal refusal_ = Reason::http_line_end;
  std::uint32_t at_ = 0;
  std::uint32_t method_at_ = 0;
  std::uint32_t target_at_ = 0;
  std::uint32_t version_at_ = 0;
  FieldScanner scanner_;
};

}  // namespace tollhouse::http
