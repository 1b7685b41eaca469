// Fuzzes answers of an upstream. Properties: one verdict however the bytes are split; reuse only
// behind a complete answer with nothing left over.
#include <cstdint>
#include <string>
#include <string_view>

#include "http/response.h"

namespace {

using namespace tollhouse;
using namespace tollhouse::http;

std::string read_all(std::string_view bytes, std::size_t piece) {
  ResponseHead head;
  ResponseHeadReader reader;
  std::size_t end = 0;
  auto status = ResponseHeadReader::Status::need_more;
  while (status == ResponseHeadReader::Status::need_more && end < bytes.size()) {
    end = std::min(bytes.size(), end + piece);
    status = reader.step(bytes.substr(0, end), head);
  }
  if (status == ResponseHeadReader::Status::need_more) return "waits";
  if (status == ResponseHeadReader::Status::refused) {
    return std::string(to_text(reader.refusal().fault)) +
           std::to_string(static_cast<int>(reader.refusal().detail));
  }
  std::string seen = std::to_string(head.status) + std::string(head.reason_phrase);
  for (const Field field : head.fields) {
    seen += std::string(field.name) + "=" + std::string(field.value) + "\n";
  }
  ResponseBodyReader body(head);
  for (std::size_t at = head.bytes; at < bytes.size() && !body.complete();) {
    const auto step = body.step(bytes.substr(at, piece));
    if (!step) return seen + std::string(to_text(step.error().fault));
    at += step->consumed;
    seen += step->payload;
    if (body.complete() && body.reusable(bytes.size() - at, true) && at != bytes.size()) {
      __builtin_trap();
    }
  }
  return seen + (body.complete() ? "complete" : "open");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::string whole = read_all(bytes, size == 0 ? 1 : size);
  const std::string single = read_all(bytes, 1);
  // What was relayed before a fault in the body may differ; the verdict may not.
  const bool body_fault = whole.ends_with("body");
  if (body_fault ? !single.ends_with("body") : single != whole) __builtin_trap();
  return 0;
}
