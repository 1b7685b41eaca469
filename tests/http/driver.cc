// tests/http: a connection without sockets.
#include "driver.h"

#include <algorithm>
#include <cstring>
#include <memory>

namespace tollhouse::http::test {
namespace {

/// The bytes that are unread, in a block of exactly their size, at a new place each time.
class Buffer {
 public:
  void append(std::string_view bytes) {
    const std::size_t size = size_ + bytes.size();
    auto grown = std::make_unique<char[]>(size);
    if (size_ != 0) std::memcpy(grown.get(), data_.get(), size_);
    std::memcpy(grown.get() + size_, bytes.data(), bytes.size());
    data_ = std::move(grown);
    size_ = size;
  }
  void drop(std::size_t bytes) {
    Buffer rest;
    rest.append(view().substr(bytes));
    std::swap(data_, rest.data_);
    size_ = rest.size_;
  }
  std::string_view view() const { return {data_.get(), size_}; }

 private:
  std::unique_ptr<char[]> data_;
  std::size_t size_ = 0;
};

template <class Take>
void deliver(std::string_view bytes, const Split& split, Take&& take) {
  // Buffers that are copied for each byte are for small inputs; large ones come in larger steps.
  const std::size_t step = bytes.size() > 8192 ? 97 : 1;
  std::size_t at = 0;
  for (const std::size_t piece : split) {
    const std::size_t size = std::min(std::max(piece, step), bytes.size() - at);
    if (size == 0 || !take(bytes.substr(at, size))) return;
    at += size;
  }
  if (at < bytes.size()) take(bytes.substr(at));
}

SeenRequest seen(const RequestReader& reader) {
  SeenRequest made;
  const RequestHead& head = reader.head();
  made.method = head.method_text();
  made.target = head.target();
  made.minor_version = head.minor_version;
  for (const Field field : head.fields) {
    made.all_fields.emplace_back(field.name, field.value);
    if (RequestHead::passes_hop(field)) made.fields.emplace_back(field.name, field.value);
  }
  made.body = reader.body();
  made.keep_alive = head.keep_alive;
  made.expect_continue = head.expect_continue;
  return made;
}

}  // namespace

std::vector<Split> splits_of(std::size_t size) {
  std::vector<Split> splits{{}, Split(size, 1)};
  const std::size_t stride = size > 4096 ? size / 23 + 1 : 1;
  for (std::size_t at = 1; at < size; at += stride) splits.push_back({at});
  return splits;
}

Conversation converse(std::string_view bytes, const Split& split, const Limits& limits) {
  Conversation conversation;
  RequestReader reader(limits);
  Buffer buffer;
  deliver(bytes, split, [&](std::string_view piece) {
    buffer.append(piece);
    for (;;) {
      switch (reader.read(buffer.view())) {
        case RequestReader::Event::need_more:
          return true;
        case RequestReader::Event::head:
          continue;
        case RequestReader::Event::refused:
          conversation.refusal = reader.refusal();
          return false;
        case RequestReader::Event::complete:
          break;
      }
      conversation.requests.push_back(seen(reader));
      buffer.drop(reader.consumed());
      reader.next();
      if (!conversation.requests.back().keep_alive) {
        conversation.closed = true;
        return false;
      }
    }
  });
  conversation.incomplete = !conversation.refusal && !conversation.closed && reader.started();
  return conversation;
}

SeenAnswer answer_of(std::string_view bytes, const Split& split, bool upstream_closes,
                     bool to_head) {
  SeenAnswer answer;
  ResponseHeadReader head_reader(Limits{}, to_head);
  auto head = std::make_unique<ResponseHead>();
  ResponseBodyReader body_reader;
  Buffer buffer;
  std::size_t surplus = 0;
  deliver(bytes, split, [&](std::string_view piece) {
    buffer.append(piece);
    if (!answer.head_complete) {
      switch (head_reader.step(buffer.view(), *head)) {
        case ResponseHeadReader::Status::need_more:
          return true;
        case ResponseHeadReader::Status::refused:
          answer.refusal = head_reader.refusal();
          return false;
        case ResponseHeadReader::Status::complete:
          break;
      }
      answer.head_complete = true;
      answer.status = head->status;
      for (const Field field : head->fields) {
        if (ResponseHead::passes_hop(field)) answer.fields.emplace_back(field.name, field.value);
      }
      body_reader = ResponseBodyReader(*head);
      buffer.drop(head->bytes);
    }
    while (!body_reader.complete() && !buffer.view().empty()) {
      const auto step = body_reader.step(buffer.view());
      if (!step) {
        answer.refusal = step.error();
        return false;
      }
      answer.body += step->payload;
      buffer.drop(step->consumed);
    }
    surplus = buffer.view().size();
    return true;
  });
  if (!answer.refusal && upstream_closes && !answer.head_complete) {
    head_reader.end_of_stream();
    answer.refusal = head_reader.refusal();
  } else if (!answer.refusal && upstream_closes && answer.head_complete) {
    const auto end = body_reader.end_of_stream();
    if (!end) answer.refusal = end.error();
  }
  answer.complete = answer.head_complete && !answer.refusal && body_reader.complete();
  answer.reusable = !answer.refusal && body_reader.reusable(surplus, true);
  return answer;
}

}  // namespace tollhouse::http::test
