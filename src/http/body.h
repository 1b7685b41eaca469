// http: bodies by Content-Length, chunked or up to the end of the connection (RFC 9112 6.3, 7.1).
// Gives slices of the input; copies nothing, holds nothing, looks at each byte once.
#pragma once
#include <array>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/fields.h"
#include "http/limits.h"
#include "http/reason.h"

namespace tollhouse::http {

/// What one call of BodyReader::step took and gave.
struct BodyStep {
  std::size_t consumed = 0;  ///< bytes from the front of the input that are done with
  std::string_view payload;  ///< a part of those bytes that belongs to the body; may be empty
};

/// Decodes one body. Extensions and trailers are checked and dropped. The verdict does not depend
/// on how the bytes are split over calls.
class BodyReader {
 public:
  /// For `none` it is complete at once. `body_bytes_max` replaces the limit of `limits` (a route
  /// may have its own; kBodyUnbounded for relays).
  BodyReader(Framing framing, const Limits& limits, std::uint64_t body_bytes_max);
  BodyReader(Framing framing, const Limits& limits)
      : BodyReader(framing, limits, limits.body_bytes_max) {}
  BodyReader() : BodyReader(Framing{}, Limits{}) {}

  /// Takes input up to the end of one payload slice, of the input, or of the body, whichever comes
  /// first; bytes behind the body are left. Call again while `consumed` is not 0 and the body not
  /// complete. Errors: http_line_end, body_too_large, http_chunk, http_trailer.
  Result<BodyStep, Refusal> step(std::string_view input);

  bool complete() const { return complete_; }
  /// The connection has ended. True where that ends the body rightly.
  bool end_of_stream();
  /// Payload bytes so far.
  std::uint64_t received() const { return received_; }
  /// A lower bound on the payload bytes still to come, for reading and reserving: never a promise.
  std::uint64_t expected() const { return left_; }

 private:
  enum class Phase : std::uint8_t {
    counted,  // content_length, until_close
    size,
    extension_name_start,
    extension_name,
    extension_value_start,
    extension_token,
    extension_quoted,
    extension_escape,
    extension_value_end,
    line_end,  // LF behind a chunk line
    data,
    data_cr,
    data_lf,
    trailer_line,
    trailer_name,
    trailer_value,
    trailer_value_end,
    last_lf,
  };

  Result<BodyStep, Refusal> take_counted(std::string_view input);
  Result<BodyStep, Refusal> take_chunked(std::string_view input);
  BodyStep take_data(std::string_view input, std::size_t at);
  bool take_frame_byte(char c);
  bool take_size(char c);
  bool take_extension(char c);
  bool take_trailer(char c);
  bool finish_chunk_line();
  bool finish_trailer_name();
  bool refuse_with(Reason reason) {
    refusal_ = reason;
    return false;
  }

  Framing::Kind kind_;
  Phase phase_ = Phase::counted;
  bool complete_ = false;
  std::uint8_t size_digits_ = 0;
  Refusal refusal_ = Reason::http_chunk;
  std::uint64_t left_ = 0;  // of the length, or of the chunk
  std::uint64_t received_ = 0;
  std::uint64_t body_bytes_max_;
  std::uint32_t chunk_line_bytes_max_;
  std::uint32_t chunk_overhead_max_;
  std::uint32_t trailer_bytes_max_;
  std::uint32_t line_bytes_ = 0;
  std::uint64_t overhead_ = 0;
  std::uint32_t trailer_bytes_ = 0;
  std::uint32_t name_bytes_ = 0;
  std::array<char, 40> name_;  // front of a trailer name: longer names are in no list
};

/// Feeds `input` to `reader` and appends the payload to `out`; the number of bytes consumed, which
/// is all of the input unless the body is complete.
Result<std::size_t, Refusal> append_body(BodyReader& reader, std::string_view input,
                                         std::string& out);

/// The same within one buffer: payload moves to the front of [data, data + size).
struct Compacted {
  std::size_t consumed = 0;  ///< input bytes done with, from `data`
  std::size_t payload = 0;   ///< payload bytes that now stand at `data`
};
Result<Compacted, Refusal> compact_body(BodyReader& reader, char* data, std::size_t size);

}  // namespace tollhouse::http
