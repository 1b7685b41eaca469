// gate: one connection's requests out of its bytes, as a step machine: bytes in, a whole judged
// request out. The bytes of a request neither move nor grow between `complete` and next(); what was
// read ahead stays behind them. No socket, no clock.
#pragma once
#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "http/request_reader.h"

namespace tollhouse::gate {

class Intake {
 public:
  /// Most requests with their head fit; a longer one gets a buffer of its own size.
  static constexpr std::size_t kRoomBytes = 16 * 1024;

  enum class Status : std::uint8_t {
    need_more,
    wants_continue,  ///< the caller waits for 100 before it sends the body; then go on reading
    complete,
    refused,
  };

  explicit Intake(const http::Limits& limits);

  /// True while not one byte of a next request is here.
  bool idle() const { return filled_ == 0; }
  /// Bytes of a request have come: its head must be complete in time.
  bool started() const { return reader_.started(); }
  /// The head has been read and the body has not.
  bool in_body() const { return in_body_; }
  /// Gives the buffer back while idle.
  void release();
  /// Where the next bytes go; never empty.
  std::span<char> room();
  /// `bytes` of room() were filled, or 0 to look at what was read ahead.
  Status took(std::size_t bytes);
  http::Refusal refusal() const { return reader_.refusal(); }

  /// After `complete`, until next(). The head also after `refused`, as far as it was read.
  const http::RequestHead& head() const { return reader_.head(); }
  std::string_view body() const { return reader_.body(); }
  std::size_t request_bytes() const { return reader_.consumed(); }

  /// Drops the request and moves what was read ahead to the front.
  void next();

 private:
  void make_room(std::size_t bytes);
  Status begin_body();

  http::RequestReader reader_;
  std::uint64_t body_bytes_max_;
  std::unique_ptr<char[]> buffer_;
  std::size_t capacity_ = 0;
  std::size_t filled_ = 0;
  bool in_body_ = false;
};

}  // namespace tollhouse::gate
