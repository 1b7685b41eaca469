// Fuzzes event streams. Properties: the same events however split, offsets in order and in range,
// and an event written anew reads back the same.
#include <cstdint>
#include <string>
#include <string_view>

#include "http/sse.h"

namespace {

using namespace tollhouse::http;
constexpr std::size_t kCap = 200;

std::string read_all(std::string_view bytes, std::size_t piece) {
  std::string seen;
  EventStreamReader reader(kCap);
  std::uint64_t last_end = 0;
  for (std::size_t at = 0; at < bytes.size();) {
    const StreamStep step = reader.step(bytes.substr(at, piece));
    at += step.consumed;
    if (step.consumed == 0) __builtin_trap();
    if (!step.event) continue;
    const StreamEvent& event = *step.event;
    const bool in_order = last_end <= event.begin && event.begin < event.blank_at &&
                          event.blank_at < event.end && event.end <= at;
    if (!in_order || event.data.size() > kCap) __builtin_trap();
    last_end = event.end;
    seen += std::string(event.name) + "|" + std::string(event.data) + "|" +
            std::string(event.id.value_or("-")) + (event.too_large ? "!" : ".") +
            std::to_string(event.begin) + "," + std::to_string(event.blank_at) + "\n";
  }
  return seen + std::to_string(reader.comments()) +
         std::string(reader.last_event_id().value_or("-")) +
         std::to_string(reader.retry().value_or(0));
}

void read_back(std::string_view data) {
  std::string written;
  if (!append_event(written, "message", data)) __builtin_trap();
  EventStreamReader reader(written.size() + 1);
  const StreamStep step = reader.step(written);
  if (!step.event || step.consumed != written.size()) __builtin_trap();
  if (data.find('\r') == std::string_view::npos && step.event->data != data) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::string whole = read_all(bytes, size == 0 ? 1 : size);
  if (read_all(bytes, 1) != whole || read_all(bytes, 5) != whole) __builtin_trap();
  read_back(bytes);
  return 0;
}
