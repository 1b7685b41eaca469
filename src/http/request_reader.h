// http: whole requests out of one growing buffer: head, then body, then the next one (pipelining).
// Owns no socket; a connection loop feeds it and acts on what it says.
#pragma once
#include <string>
#include <string_view>

#include "http/body.h"
#include "http/head.h"

namespace tollhouse::http {

/// One request at a time. The buffer starts at the request's first byte; when the request is done
/// with, the caller drops `consumed()` bytes from its front and calls `next()`.
class RequestReader {
 public:
  enum class Event : std::uint8_t {
    need_more,  ///< read more bytes; the end of the stream here cuts the request short
    head,       ///< the head is judged good, once per request; call `read` again for the body
    complete,   ///< head() and body() are whole; the bytes behind `consumed()` are the next
                ///< request's
    refused,    ///< refusal() says why; answer, then close
  };

  explicit RequestReader(const Limits& limits = {}) : limits_(limits), head_reader_(limits) {}

  /// Goes on reading in `buffered`, which may have moved and grown since the last call.
  Event read(std::string_view buffered);

  /// Whole from `head` on.
  const RequestHead& head() const { return head_; }
  /// Whole at `complete`: the buffer itself for Content-Length, else decoded bytes that live until
  /// `next`.
  std::string_view body() const;
  Refusal refusal() const { return refusal_; }
  /// Bytes of the buffer that belong to the request so far.
  std::size_t consumed() const { return consumed_; }
  /// Bytes have come that belong to a request (an empty line before it does not count).
  bool started() const { return stage_ != Stage::head || head_reader_.started(); }
  /// A route's own limit; between `head` and the next `read`. A declared length over it is refused
  /// by that `read`.
  void limit_body(std::uint64_t body_bytes_max);

  /// Makes ready for the next request. Keeps its memory.
  void next();

 private:
  enum class Stage : std::uint8_t { head, body, complete, refused };

  Event read_head(std::string_view buffered);
  Event read_body(std::string_view buffered);
  Event refuse_with(Refusal refusal);

  Limits limits_;
  Stage stage_ = Stage::head;
  Refusal refusal_ = Reason::http_line_end;
  std::size_t consumed_ = 0;
  const char* base_ = nullptr;
  RequestHeadReader head_reader_;
  RequestHead head_;
  BodyReader body_reader_;
  std::string decoded_;
};

}  // namespace tollhouse::http
