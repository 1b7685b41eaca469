// io: what all streams have in common: who waits, until when, and how waiting ends.
#include "io/stream.h"

#include "base/invariant.h"
#include "io/reactor.h"

namespace tollhouse::io {

ReadOperation::~ReadOperation() {
  if (parked_) stream_->reading_ = nullptr;
}

WriteOperation::~WriteOperation() {
  if (parked_) stream_->writing_ = nullptr;
}

void ReadOperation::expired() {
  transfer = {0, StreamFault::timed_out};
  stream_->finish_reading();
}

void WriteOperation::expired() {
  transfer.fault = StreamFault::timed_out;
  stream_->finish_writing();
}

bool WriteOperation::advance(std::size_t bytes) {
  transfer.bytes += bytes;
  bytes += offset;
  while (part < parts.size() && bytes >= parts[part].size()) bytes -= parts[part++].size();
  offset = bytes;
  return part == parts.size();
}

Stream::~Stream() { Stream::cancel(); }

bool Stream::start(ReadOperation& operation) {
  invariant(reading_ == nullptr);
  if (try_read(operation)) return true;
  reading_ = &operation;
  operation.parked_ = true;
  reactor_.set_timer(operation, operation.deadline);
  return false;
}

bool Stream::start(WriteOperation& operation) {
  invariant(writing_ == nullptr);
  if (operation.advance(0) || try_write(operation)) return true;
  writing_ = &operation;
  operation.parked_ = true;
  reactor_.set_timer(operation, operation.deadline);
  return false;
}

void Stream::finish_reading() {
  ReadOperation& operation = *reading_;
  reading_ = nullptr;
  operation.parked_ = false;
  operation.clear();
  reactor_.make_ready(operation);
}

void Stream::finish_writing() {
  WriteOperation& operation = *writing_;
  writing_ = nullptr;
  operation.parked_ = false;
  operation.clear();
  reactor_.make_ready(operation);
}

void Stream::continue_reading() {
  if (reading_ != nullptr && try_read(*reading_)) finish_reading();
}

void Stream::continue_writing() {
  if (writing_ != nullptr && try_write(*writing_)) finish_writing();
}

void Stream::cancel() {
  if (reading_ != nullptr) {
    reading_->transfer = {0, StreamFault::cancelled};
    finish_reading();
  }
  if (writing_ != nullptr) {
    writing_->transfer.fault = StreamFault::cancelled;
    finish_writing();
  }
}

void Stream::listen_hangup(Hangup* listener) {
  listener_ = listener;
  if (listener == nullptr) {
    hung_up_.unlink();
  } else if (gone_) {
    reactor_.make_ready(hung_up_);
  }
}

void Stream::hang_up() {
  if (gone_) return;
  gone_ = true;
  if (listener_ != nullptr) reactor_.make_ready(hung_up_);
}

void Stream::HungUp::run() {
  Hangup* listener = std::exchange(stream.listener_, nullptr);
  if (listener != nullptr) listener->peer_gone();
}

}  // namespace tollhouse::io
