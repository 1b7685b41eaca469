// gate: requests out of bytes.
#include "gate/intake.h"

#include <algorithm>
#include <cstring>

#include "base/invariant.h"

namespace tollhouse::gate {

Intake::Intake(const http::Limits& limits)
    : reader_(limits), body_bytes_max_(limits.body_bytes_max) {}

void Intake::release() {
  invariant(idle());
  buffer_.reset();
  capacity_ = 0;
}

void Intake::make_room(std::size_t bytes) {
  if (capacity_ >= bytes) return;
  const std::size_t wanted = std::max({bytes, kRoomBytes, capacity_ * 2});
  auto larger = std::make_unique_for_overwrite<char[]>(wanted);
  if (filled_ != 0) std::memcpy(larger.get(), buffer_.get(), filled_);
  buffer_ = std::move(larger);
  capacity_ = wanted;
}

std::span<char> Intake::room() {
  make_room(filled_ + 1);
  return {buffer_.get() + filled_, capacity_ - filled_};
}

Intake::Status Intake::took(std::size_t bytes) {
  filled_ += bytes;
  invariant(filled_ <= capacity_);
  while (true) {
    switch (reader_.read({buffer_.get(), filled_})) {
      case http::RequestReader::Event::need_more:
        return Status::need_more;
      case http::RequestReader::Event::refused:
        return Status::refused;
      case http::RequestReader::Event::complete:
        in_body_ = false;
        return Status::complete;
      case http::RequestReader::Event::head:
        if (begin_body() == Status::wants_continue) return Status::wants_continue;
    }
  }
}

Intake::Status Intake::begin_body() {
  in_body_ = true;
  const http::RequestHead& head = reader_.head();
  const bool counted = head.framing.kind == http::Framing::Kind::content_length;
  // A longer one is refused by the next read; nothing is allocated for it.
  if (counted && head.framing.length <= body_bytes_max_) {
    make_room(head.bytes + static_cast<std::size_t>(head.framing.length));
  }
  const bool body_is_here = filled_ > head.bytes || (counted && head.framing.length == 0);
  return head.expect_continue && !body_is_here ? Status::wants_continue : Status::need_more;
}

void Intake::next() {
  const std::size_t used = reader_.consumed();
  const std::size_t ahead = filled_ - used;
  if (ahead != 0) std::memmove(buffer_.get(), buffer_.get() + used, ahead);
  filled_ = ahead;
  reader_.next();
  if (ahead == 0 && capacity_ > kRoomBytes) release();
}

}  // namespace tollhouse::gate
