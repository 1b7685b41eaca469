// Fuzzes whole requests, pipelined. Properties: one verdict however the bytes are split, views
// inside the buffer, and an accepted head written anew reads back the same.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "http/request_reader.h"
#include "http/writer.h"

namespace {

using namespace tollhouse;
using namespace tollhouse::http;

struct Seen {
  std::string text;
  bool operator==(const Seen&) const = default;
};

void note(Seen& seen, const RequestReader& reader) {
  const RequestHead& head = reader.head();
  seen.text += std::string(head.method_text()) + " " + std::string(head.target()) + "\n";
  for (const Field field : head.fields) {
    seen.text += std::string(field.name) + "=" + std::string(field.value) + "\n";
  }
  seen.text += std::to_string(reader.consumed()) + (head.keep_alive ? "k" : "c");
  seen.text += reader.body();
}

Seen read_all(std::string_view bytes, std::size_t piece) {
  Seen seen;
  RequestReader reader;
  std::size_t begin = 0;
  for (std::size_t end = 0; end < bytes.size();) {
    end = std::min(bytes.size(), end + piece);
    for (;;) {
      const auto event = reader.read(bytes.substr(begin, end - begin));
      if (event == RequestReader::Event::need_more) break;
      if (event == RequestReader::Event::head) continue;
      if (event == RequestReader::Event::refused) {
        seen.text +=
            std::string(reader.refusal().token()) + std::to_string(reader.refusal().status);
        return seen;
      }
      note(seen, reader);
      begin += reader.consumed();
      reader.next();
    }
  }
  seen.text += reader.started() ? "waits" : "idle";
  return seen;
}

void read_back(std::string_view bytes) {
  RequestHead head;
  RequestHeadReader reader{Limits{}};
  if (reader.step(bytes, head) != RequestHeadReader::Status::complete) return;
  // Written as HTTP/1.1 it would be judged by other rules (Expect).
  if (head.minor_version == 0) return;
  std::string written;
  append_request_line(written, head.method_text(), head.target());
  for (const Field field : head.fields) append_read_field(written, field);
  end_head(written);
  RequestHead again;
  RequestHeadReader second{Limits{}};
  // Normal forms may be longer ("a:b" becomes "a: b"): only the limit may say no.
  if (second.step(written, again) != RequestHeadReader::Status::complete) {
    if (second.refusal().reason != Reason::header_too_large) __builtin_trap();
    return;
  }
  if (again.fields.size() != head.fields.size() || again.path() != head.path()) __builtin_trap();
  for (std::size_t i = 0; i < head.fields.size(); ++i) {
    if (again.fields[i].name != head.fields[i].name) __builtin_trap();
    if (again.fields[i].value != head.fields[i].value) __builtin_trap();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const Seen whole = read_all(bytes, size == 0 ? 1 : size);
  if (read_all(bytes, 1) != whole || read_all(bytes, 7) != whole) __builtin_trap();
  read_back(bytes);
  return 0;
}
