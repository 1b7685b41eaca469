// Fuzzes chunked bodies. Properties: slices, appending and compaction in place agree; no payload
// over the limit; what was decoded, written as chunks, decodes to the same.
#include <cstdint>
#include <string>
#include <string_view>

#include "http/body.h"
#include "http/writer.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tollhouse::http;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const Framing chunked{Framing::Kind::chunked, 0};
  Limits limits;
  limits.body_bytes_max = 1000;

  BodyReader whole(chunked, limits);
  std::string body;
  const auto taken = append_body(whole, bytes, body);
  if (body.size() > limits.body_bytes_max) __builtin_trap();

  BodyReader single(chunked, limits);
  std::string again;
  std::size_t at = 0;
  bool refused = false;
  while (at < size && !single.complete() && !refused) {
    const auto step = append_body(single, bytes.substr(at, 1), again);
    refused = !step.has_value();
    if (refused && (taken.has_value() || taken.error() != step.error())) __builtin_trap();
    ++at;
  }
  if (refused == taken.has_value() || single.complete() != whole.complete()) __builtin_trap();
  if (taken && (again != body || *taken != at)) __builtin_trap();

  std::string buffer(bytes);
  BodyReader compacting(chunked, limits);
  const auto done = compact_body(compacting, buffer.data(), buffer.size());
  if (done.has_value() != taken.has_value()) __builtin_trap();
  if (done && std::string_view(buffer).substr(0, done->payload) != body) __builtin_trap();

  std::string written;
  append_chunk(written, body);
  append_last_chunk(written);
  BodyReader reading(chunked, limits);
  std::string decoded;
  const auto back = append_body(reading, written, decoded);
  if (!back || decoded != body || !reading.complete()) __builtin_trap();
  return 0;
}
