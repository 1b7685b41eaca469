// fuzz: lines of a desktop client. A request has an id and a method, and whatever its params are,
// what is answered and what is handed on is JSON again.
#include "base/bytes.h"
#include "dialogue/desktop.h"
#include "json/reader.h"

namespace {

using namespace tollhouse;

void expect_object(std::string_view text) {
  json::Document workspace;
  const auto value = json::parse(text, workspace);
  if (!value || !value->is_object()) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view line = text_of(ByteView(data, size));
  const auto message = dialogue::read_desktop_line(line);
  if (!message) {
    expect_object(dialogue::error_message(message.error().id, message.error().code, "x", ""));
    return 0;
  }
  if (message->kind != mcp::MessageKind::request) return 0;
  if (message->id.empty() || message->method.empty()) __builtin_trap();
  expect_object(dialogue::result_message(message->id, "{}"));
  expect_object(dialogue::initialize_result(message->params, line, {}));
  expect_object(dialogue::discover_result(line, {}));
  if (!message->params.empty()) {
    expect_object(dialogue::result_for(mcp::Era::modern, message->params));
  }
  const dialogue::Phrases phrases({});
  for (const mcp::Era era : {mcp::Era::legacy, mcp::Era::modern}) {
    expect_object(phrases.relay(1, {era, "x", ""}, message->method, message->params, {}).body);
  }
  return 0;
}
