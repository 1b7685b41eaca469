// http: status lines, interim answers and the framing of answers.
#include "http/response.h"

#include "base/invariant.h"
#include "http/characters.h"

namespace tollhouse::http {
namespace {

/// "HTTP/1.1 200": every byte has its place. 'd' stands for a digit.
constexpr std::string_view kStatusLineShape = "HTTP/1.d ddd";
constexpr std::size_t kMinorVersionAt = 7;
constexpr std::size_t kStatusAt = 9;

}  // namespace

std::string_view to_text(ResponseFault fault) {
  switch (fault) {
    case ResponseFault::status_line:
      return "status_line";
    case ResponseFault::switching_protocols:
      return "switching_protocols";
    case ResponseFault::interim_answers:
      return "interim_answers";
    case ResponseFault::head:
      return "head";
    case ResponseFault::body:
      return "body";
    case ResponseFault::cut:
      return "cut";
  }
  return "";
}

bool ResponseHead::passes_hop(const Field& field) {
  if (field.connection_named) return false;
  return (purpose_of(field.known) & (kHopByHop | kAnswer)) == 0 &&
         field.known != KnownField::content_length && field.known != KnownField::transfer_encoding;
}

ResponseHeadReader::ResponseHeadReader(const Limits& limits, bool to_head)
    : limits_(limits), to_head_(to_head) {
  invariant(limits_.fields_max <= kFieldsCapacity);
  invariant(limits_.head_bytes_max <= UINT32_MAX);
}

void ResponseHeadReader::reset(bool to_head) {
  to_head_ = to_head;
  phase_ = Phase::status_line;
  at_ = 0;
  line_at_ = 0;
  interim_answers_ = 0;
}

ResponseHeadReader::Status ResponseHeadReader::step(std::string_view buffered, ResponseHead& head) {
  const std::string_view window = buffered.substr(0, limits_.head_bytes_max);
  while (at_ < window.size()) {
    if (phase_ != Phase::fields) {
      const Status status = scan_status_line(window, head);
      if (status == Status::refused) return status;
      if (phase_ != Phase::fields) break;
    }
    const auto scanned =
        scanner_.scan(window, limits_.fields_max, Underscores::drop_aliases, head.fields);
    at_ = scanner_.at();
    if (scanned == FieldScanner::Status::need_more) break;
    if (scanned == FieldScanner::Status::refused) {
      return refuse_with({ResponseFault::head, scanner_.refusal().reason});
    }
    head.reason_phrase = window.substr(line_at_ + kStatusLineShape.size());
    head.reason_phrase = head.reason_phrase.substr(0, head.reason_phrase.find('\r'));
    if (const Status status = finish_head(head); status != Status::need_more) return status;
  }
  if (window.size() == limits_.head_bytes_max) {
    return refuse_with({ResponseFault::head, Reason::header_too_large});
  }
  return Status::need_more;
}

ResponseHeadReader::Status ResponseHeadReader::scan_status_line(std::string_view window,
                                                                ResponseHead& head) {
  for (; at_ < window.size() && phase_ != Phase::fields; ++at_) {
    if (take_status_byte(window[at_])) continue;
    const bool bare_line_end = window[at_] == '\n';
    return refuse_with(
        {ResponseFault::status_line, bare_line_end ? Reason::http_line_end : Reason::http_version});
  }
  if (phase_ != Phase::fields) return Status::need_more;
  if (status_ < 100 || status_ > 599) return refuse_with({ResponseFault::status_line});
  if (status_ == 101) return refuse_with({ResponseFault::switching_protocols});
  if (status_ < 200 && ++interim_answers_ > kInterimAnswersMax) {
    return refuse_with({ResponseFault::interim_answers});
  }
  head.fields.clear();
  scanner_.start(at_);
  return Status::need_more;
}

bool ResponseHeadReader::take_status_byte(char c) {
  const std::size_t place = at_ - line_at_;
  if (phase_ == Phase::line_end) {
    phase_ = Phase::fields;
    return c == '\n';
  }
  if (place >= kStatusLineShape.size()) {
    if (c == '\r') {
      phase_ = Phase::line_end;
      return true;
    }
    if (place == kStatusLineShape.size()) return c == ' ';
    return is_in(c, kTextCharacter);
  }
  if (kStatusLineShape[place] != 'd') return c == kStatusLineShape[place];
  if (!is_in(c, kDigitCharacter)) return false;
  if (place == kMinorVersionAt) {
    minor_version_ = c - '0';
    status_ = 0;
    return minor_version_ <= 1;
  }
  static_assert(kStatusAt + 3 == kStatusLineShape.size());
  status_ = status_ * 10 + (c - '0');
  return true;
}

ResponseHeadReader::Status ResponseHeadReader::finish_head(ResponseHead& head) {
  phase_ = Phase::status_line;
  line_at_ = at_;
  if (status_ < 200) return Status::need_more;  // an interim answer has no body, whatever it says
  head.status = status_;
  head.minor_version = minor_version_;
  head.bytes = at_;
  return judge(head);
}

ResponseHeadReader::Status ResponseHeadReader::judge(ResponseHead& head) {
  const auto framing = read_framing(head.fields, head.minor_version);
  if (!framing) return refuse_with({ResponseFault::head, framing.error().reason});
  const auto options = head.fields.read_connection_options(true);
  if (!options) return refuse_with({ResponseFault::head, options.error().reason});

  const bool bodiless = to_head_ || head.status == 204 || head.status == 304;
  head.framing = *framing;
  if (bodiless) {
    head.framing = {};
  } else if (framing->kind == Framing::Kind::none) {
    head.framing.kind = Framing::Kind::until_close;
  }
  head.keep_alive =
      head.minor_version == 1 && !options->close && head.framing.kind != Framing::Kind::until_close;
  return Status::complete;
}

Result<BodyStep, ResponseRefusal> ResponseBodyReader::step(std::string_view input) {
  const auto step = reader_.step(input);
  if (!step) return refuse(ResponseRefusal{ResponseFault::body, step.error().reason});
  return *step;
}

Result<void, ResponseRefusal> ResponseBodyReader::end_of_stream() {
  if (!reader_.end_of_stream()) return refuse(ResponseRefusal{ResponseFault::cut});
  return {};
}

}  // namespace tollhouse::http
