// http: head and body of one request after the other.
#include "http/request_reader.h"

namespace tollhouse::http {

RequestReader::Event RequestReader::read(std::string_view buffered) {
  base_ = buffered.data();
  switch (stage_) {
    case Stage::head:
      return read_head(buffered);
    case Stage::body:
      head_.rebase(base_);
      return read_body(buffered);
    case Stage::complete:
      head_.rebase(base_);
      return Event::complete;
    case Stage::refused:
      break;
  }
  return Event::refused;
}

RequestReader::Event RequestReader::read_head(std::string_view buffered) {
  switch (head_reader_.step(buffered, head_)) {
    case RequestHeadReader::Status::need_more:
      return Event::need_more;
    case RequestHeadReader::Status::refused:
      return refuse_with(head_reader_.refusal());
    case RequestHeadReader::Status::complete:
      break;
  }
  consumed_ = head_.bytes;
  body_reader_ = BodyReader(head_.framing, limits_);
  stage_ = Stage::body;
  return Event::head;
}

RequestReader::Event RequestReader::read_body(std::string_view buffered) {
  const std::string_view rest = buffered.substr(consumed_);
  if (head_.framing.kind == Framing::Kind::chunked) {
    const auto taken = append_body(body_reader_, rest, decoded_);
    if (!taken) return refuse_with(taken.error());
    consumed_ += *taken;
  } else {
    const auto step = body_reader_.step(rest);
    if (!step) return refuse_with(step.error());
    consumed_ += step->consumed;
  }
  if (!body_reader_.complete()) return Event::need_more;
  stage_ = Stage::complete;
  return Event::complete;
}

std::string_view RequestReader::body() const {
  if (head_.framing.kind == Framing::Kind::chunked) return decoded_;
  return {base_ + head_.bytes, static_cast<std::size_t>(body_reader_.received())};
}

void RequestReader::limit_body(std::uint64_t body_bytes_max) {
  body_reader_ = BodyReader(head_.framing, limits_, body_bytes_max);
}

void RequestReader::next() {
  stage_ = Stage::head;
  consumed_ = 0;
  head_reader_.reset();
  decoded_.clear();
}

RequestReader::Event RequestReader::refuse_with(Refusal refusal) {
  refusal_ = refusal;
  stage_ = Stage::refused;
  return Event::refused;
}

}  // namespace tollhouse::http
