// http: answers of an upstream: status line, fields, framing by RFC 9112 6.3, and whether the
// connection may serve again (reliability-security.md 2.1, RS-7). Every fault is a 502.
#pragma once
#include <string_view>

#include "http/body.h"
#include "http/fields.h"
#include "http/limits.h"
#include "http/reason.h"

namespace tollhouse::http {

/// What is wrong with an answer. To the caller all are 502 `upstream_protocol`; the log tells them
/// apart.
enum class ResponseFault : std::uint8_t {
  status_line,          ///< no HTTP/1.x, no three digits from 100 to 599, control characters
  switching_protocols,  ///< 101, which nobody asked for
  interim_answers,      ///< more than kInterimAnswersMax
  head,                 ///< `detail` says which rule of field lines or framing
  body,                 ///< `detail` says which rule of chunks
  cut,                  ///< the connection ended too early
};
std::string_view to_text(ResponseFault fault);
/// The token of all of them.
constexpr std::string_view kUpstreamProtocol = "upstream_protocol";

struct ResponseRefusal {
  ResponseFault fault;
  Reason detail = Reason::http_line_end;  ///< for `head` and `body`
  friend bool operator==(const ResponseRefusal&, const ResponseRefusal&) = default;
};

/// The head of a final answer. Views point into the caller's buffer.
struct ResponseHead {
  int status = 0;                  ///< 200 to 599
  int minor_version = 1;           ///< HTTP/1.x
  std::string_view reason_phrase;  ///< as sent; never relayed
  FieldList fields;                ///< without underscore aliases of known names
  Framing framing;
  bool keep_alive = true;  ///< HTTP/1.1 without `Connection: close`, and not framed by the close
  std::size_t bytes = 0;   ///< up to the body, interim answers included

  /// True for fields that may go on to the caller: not hop-by-hop, not named by Connection, not a
  /// framing field, not one of the gate's own names (PAYMENT-RESPONSE, receipts).
  static bool passes_hop(const Field& field);
};

/// Reads one answer's head, passing over interim ones. Call `step` with the whole buffer each time
/// it has grown; the verdict does not depend on how.
class ResponseHeadReader {
 public:
  enum class Status : std::uint8_t { need_more, complete, refused };

  /// `to_head`: the answer is to a HEAD request and has no body.
  explicit ResponseHeadReader(const Limits& limits = {}, bool to_head = false);

  /// `buffered` starts at the first byte of the answer and only grows, though it may move. All
  /// interim answers and the head together take at most `head_bytes_max`.
  Status step(std::string_view buffered, ResponseHead& head);
  /// The connection has ended before `complete`: refused, `cut`.
  void end_of_stream() { refusal_ = {ResponseFault::cut}; }
  ResponseRefusal refusal() const { return refusal_; }
  /// Interim answers passed over so far (a caller that waits for 100 may be told).
  std::size_t interim_answers() const { return interim_answers_; }
  void reset(bool to_head);

 private:
  enum class Phase : std::uint8_t { status_line, line_end, fields };

  Status refuse_with(ResponseRefusal refusal) {
    refusal_ = refusal;
    return Status::refused;
  }
  Status scan_status_line(std::string_view window, ResponseHead& head);
  bool take_status_byte(char c);
  Status finish_head(ResponseHead& head);
  Status judge(ResponseHead& head);

  Limits limits_;
  bool to_head_;
  Phase phase_ = Phase::status_line;
  ResponseRefusal refusal_{ResponseFault::cut};
  std::size_t at_ = 0;
  std::size_t line_at_ = 0;
  std::size_t interim_answers_ = 0;
  int status_ = 0;
  int minor_version_ = 1;
  FieldScanner scanner_;
};

/// The body behind a head: slices of payload as they come, with no bound on their sum.
class ResponseBodyReader {
 public:
  explicit ResponseBodyReader(const ResponseHead& head, const Limits& limits = {},
                              std::uint64_t body_bytes_max = kBodyUnbounded)
      : reader_(head.framing, limits, body_bytes_max), keep_alive_(head.keep_alive) {}
  ResponseBodyReader() = default;

  /// As BodyReader::step.
  Result<BodyStep, ResponseRefusal> step(std::string_view input);
  bool complete() const { return reader_.complete(); }
  /// The upstream has closed: complete, or `cut`.
  Result<void, ResponseRefusal> end_of_stream();
  /// Whether the connection may go back to the pool (RS-7), given the bytes left over behind the
  /// body and whether the request went out completely.
  bool reusable(std::size_t surplus, bool request_sent) const {
    return keep_alive_ && reader_.complete() && surplus == 0 && request_sent;
  }
  std::uint64_t received() const { return reader_.received(); }

 private:
  BodyReader reader_;
  bool keep_alive_ = false;
};

}  // namespace tollhouse::http
