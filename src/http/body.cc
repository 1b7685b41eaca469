// http: body framing, a byte at a time for chunk lines and trailers, in slices for payload.
#include "http/body.h"

#include <algorithm>
#include <cstring>

#include "http/characters.h"

namespace tollhouse::http {

BodyReader::BodyReader(Framing framing, const Limits& limits, std::uint64_t body_bytes_max)
    : kind_(framing.kind),
      body_bytes_max_(body_bytes_max),
      chunk_line_bytes_max_(static_cast<std::uint32_t>(limits.chunk_line_bytes_max)),
      chunk_overhead_max_(static_cast<std::uint32_t>(limits.chunk_overhead_max)),
      trailer_bytes_max_(static_cast<std::uint32_t>(limits.trailer_bytes_max)) {
  switch (kind_) {
    case Framing::Kind::none:
      complete_ = true;
      break;
    case Framing::Kind::content_length:
      left_ = framing.length;
      complete_ = left_ == 0;
      break;
    case Framing::Kind::chunked:
      phase_ = Phase::size;
      break;
    case Framing::Kind::until_close:
      left_ = kBodyUnbounded;
      break;
  }
}

Result<BodyStep, Refusal> BodyReader::step(std::string_view input) {
  if (complete_) return BodyStep{};
  return phase_ == Phase::counted ? take_counted(input) : take_chunked(input);
}

bool BodyReader::end_of_stream() {
  if (kind_ == Framing::Kind::until_close) complete_ = true;
  return complete_;
}

Result<BodyStep, Refusal> BodyReader::take_counted(std::string_view input) {
  const std::uint64_t whole = kind_ == Framing::Kind::content_length ? left_ : input.size();
  if (whole > body_bytes_max_ - received_) return refuse(Refusal(Reason::body_too_large));
  const std::size_t taken = static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size()));
  left_ -= taken;
  received_ += taken;
  complete_ = left_ == 0;
  return BodyStep{taken, input.substr(0, taken)};
}

Result<BodyStep, Refusal> BodyReader::take_chunked(std::string_view input) {
  std::size_t at = 0;
  while (at < input.size() && !complete_) {
    if (phase_ == Phase::data) return take_data(input, at);
    if (!take_frame_byte(input[at])) return refuse(refusal_);
    ++at;
  }
  return BodyStep{at, {}};
}

BodyStep BodyReader::take_data(std::string_view input, std::size_t at) {
  const std::size_t taken =
      static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size() - at));
  left_ -= taken;
  received_ += taken;
  if (left_ == 0) phase_ = Phase::data_cr;
  return {at + taken, input.substr(at, taken)};
}

bool BodyReader::take_frame_byte(char c) {
  switch (phase_) {
    case Phase::size:
      return take_size(c);
    case Phase::extension_name_start:
    case Phase::extension_name:
    case Phase::extension_value_start:
    case Phase::extension_token:
    case Phase::extension_quoted:
    case Phase::extension_escape:
    case Phase::extension_value_end:
      return take_extension(c);
    case Phase::line_end:
      return c == '\n' ? finish_chunk_line() : refuse_with(Reason::http_chunk);
    case Phase::data_cr:
      phase_ = Phase::data_lf;
      return c == '\r' || refuse_with(Reason::http_chunk);
    case Phase::data_lf:
      phase_ = Phase::size;
      return c == '\n' || refuse_with(Reason::http_chunk);
    case Phase::last_lf:
      complete_ = c == '\n';
      return complete_ || refuse_with(Reason::http_line_end);
    default:
      return take_trailer(c);
  }
}

bool BodyReader::take_size(char c) {
  const int digit = hex_digit(c);
  if (digit >= 0) {
    if (++size_digits_ > kChunkSizeDigitsMax) return refuse_with(Reason::http_chunk);
    left_ = left_ << 4 | static_cast<std::uint64_t>(digit);
    ++line_bytes_;
    return true;
  }
  if (c == '\n') return refuse_with(Reason::http_line_end);
  if (size_digits_ == 0) return refuse_with(Reason::http_chunk);
  if (c == '\r') {
    phase_ = Phase::line_end;
    return true;
  }
  if (c != ';') return refuse_with(Reason::http_chunk);
  ++line_bytes_;
  phase_ = Phase::extension_name_start;
  return true;
}

/// chunk-ext of RFC 9112 7.1.1, without the blanks that only bad senders write.
bool BodyReader::take_extension(char c) {
  if (c == '\n') return refuse_with(Reason::http_line_end);
  const bool may_end = phase_ == Phase::extension_name || phase_ == Phase::extension_token ||
                       phase_ == Phase::extension_value_end;
  if (may_end && c == '\r') {
    phase_ = Phase::line_end;
    return true;
  }
  if (++line_bytes_ > chunk_line_bytes_max_) return refuse_with(Reason::http_chunk);
  if (may_end && c == ';') {
    phase_ = Phase::extension_name_start;
    return true;
  }
  switch (phase_) {
    case Phase::extension_name_start:
      phase_ = Phase::extension_name;
      return is_in(c, kTokenCharacter) || refuse_with(Reason::http_chunk);
    case Phase::extension_name:
      if (c == '=') {
        phase_ = Phase::extension_value_start;
        return true;
      }
      return is_in(c, kTokenCharacter) || refuse_with(Reason::http_chunk);
    case Phase::extension_value_start:
      phase_ = c == '"' ? Phase::extension_quoted : Phase::extension_token;
      return c == '"' || is_in(c, kTokenCharacter) || refuse_with(Reason::http_chunk);
    case Phase::extension_token:
      return is_in(c, kTokenCharacter) || refuse_with(Reason::http_chunk);
    case Phase::extension_quoted:
      if (c == '"') {
        phase_ = Phase::extension_value_end;
      } else if (c == '\\') {
        phase_ = Phase::extension_escape;
      }
      return is_in(c, kTextCharacter) || refuse_with(Reason::http_chunk);
    case Phase::extension_escape:
      phase_ = Phase::extension_quoted;
      return is_in(c, kTextCharacter) || refuse_with(Reason::http_chunk);
    default:
      return refuse_with(Reason::http_chunk);  // behind a closing quote
  }
}

bool BodyReader::finish_chunk_line() {
  if (left_ > body_bytes_max_ - received_) return refuse_with(Reason::body_too_large);
  // Small chunks are honest, long extensions are not: what a chunk may cost beside its payload is
  // forgiven, the rest adds up (the cure for CVE-2023-39326).
  const std::uint64_t spent = overhead_ + line_bytes_ + 4;
  const std::uint64_t forgiven =
      kChunkOverheadFree + 2 * std::min<std::uint64_t>(left_, UINT32_MAX);
  overhead_ = spent > forgiven ? spent - forgiven : 0;
  if (overhead_ > chunk_overhead_max_) return refuse_with(Reason::http_chunk);
  phase_ = left_ == 0 ? Phase::trailer_line : Phase::data;
  size_digits_ = 0;
  line_bytes_ = 0;
  return true;
}

bool BodyReader::take_trailer(char c) {
  if (c == '\n' && phase_ != Phase::trailer_value_end) return refuse_with(Reason::http_line_end);
  if (phase_ == Phase::trailer_line && c == '\r') {
    phase_ = Phase::last_lf;
    return true;
  }
  if (++trailer_bytes_ > trailer_bytes_max_) return refuse_with(Reason::http_trailer);
  switch (phase_) {
    case Phase::trailer_line:
      name_bytes_ = 0;
      phase_ = Phase::trailer_name;
      [[fallthrough]];
    case Phase::trailer_name:
      if (c == ':') return finish_trailer_name();
      if (!is_in(c, kTokenCharacter)) return refuse_with(Reason::http_trailer);
      if (name_bytes_ < name_.size()) name_[name_bytes_] = c;
      ++name_bytes_;
      return true;
    case Phase::trailer_value:
      if (c == '\r') {
        phase_ = Phase::trailer_value_end;
        return true;
      }
      return is_in(c, kTextCharacter) || refuse_with(Reason::http_trailer);
    default:  // trailer_value_end
      phase_ = Phase::trailer_line;
      return c == '\n' || refuse_with(Reason::http_trailer);
  }
}

bool BodyReader::finish_trailer_name() {
  if (name_bytes_ == 0) return refuse_with(Reason::http_trailer);
  const std::string_view name(name_.data(), std::min<std::size_t>(name_bytes_, name_.size()));
  const KnownField known = known_field(name);
  if (is_protected(known) || is_hop_by_hop(known) || is_alias(name)) {
    return refuse_with(Reason::http_trailer);
  }
  phase_ = Phase::trailer_value;
  return true;
}

Result<std::size_t, Refusal> append_body(BodyReader& reader, std::string_view input,
                                         std::string& out) {
  std::size_t consumed = 0;
  while (!reader.complete() && consumed < input.size()) {
    const auto step = reader.step(input.substr(consumed));
    if (!step) return refuse(step.error());
    out.append(step->payload);
    consumed += step->consumed;
  }
  return consumed;
}

Result<Compacted, Refusal> compact_body(BodyReader& reader, char* data, std::size_t size) {
  Compacted done;
  while (!reader.complete() && done.consumed < size) {
    const auto step = reader.step({data + done.consumed, size - done.consumed});
    if (!step) return refuse(step.error());
    if (!step->payload.empty() && step->payload.data() != data + done.payload) {
      std::memmove(data + done.payload, step->payload.data(), step->payload.size());
    }
    done.payload += step->payload.size();
    done.consumed += step->consumed;
  }
  return done;
}

}  // namespace tollhouse::http
