// Any reply is heard without harm: what is answered is JSON, a 402 always asks for payment, and
// what is shown of it holds no long secret and no control character. Input: the first line is
// status and media type, the second a WWW-Authenticate line, the rest the body.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "dialogue/dialect.h"
#include "dialogue/hearing.h"
#include "dialogue/limits.h"
#include "dialogue/shown.h"
#include "json/reader.h"

namespace {

using namespace tollhouse;

std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

dialogue::Reply reply_of(std::string_view text) {
  const std::string first(take_line(text));
  dialogue::Reply reply;
  reply.status = std::atoi(first.c_str());
  const std::size_t blank = first.find(' ');
  if (blank != std::string::npos) reply.fields.push_back({"Content-Type", first.substr(blank + 1)});
  const std::string second(take_line(text));
  reply.fields.push_back({"WWW-Authenticate", second});
  reply.fields.push_back({"X-Payment-Receipt", second});
  reply.body = text;
  return reply;
}

bool is_json(std::string_view text) {
  json::Document workspace;
  return json::parse(text, workspace).has_value();
}

void check_shown(const std::string& shown) {
  std::size_t word = 0;
  for (const char c : shown) {
    const bool plain =
        c == '\n' || c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
    if (!plain) __builtin_trap();
    const bool in_word = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    word = in_word ? word + 1 : 0;
    if (word >= dialogue::kShownWordMax) __builtin_trap();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const dialogue::Reply reply = reply_of(text_of({data, size}));
  const dialogue::Heard heard = dialogue::hear(reply, "1");
  const bool asked = std::holds_alternative<dialogue::PaymentAsked>(heard);
  if (reply.status == 402 && !asked) __builtin_trap();
  if (const auto* answered = std::get_if<dialogue::Answered>(&heard)) {
    if (reply.status < 200 || reply.status > 299) __builtin_trap();
    if (!is_json(answered->result)) __builtin_trap();
    if (answered->receipt && !is_json(*answered->receipt)) __builtin_trap();
    static_cast<void>(dialogue::read_tools(answered->result));
    static_cast<void>(dialogue::readable_result(answered->result));
  }
  dialogue::Dialect dialect;
  static_cast<void>(dialogue::read_initialize(heard, reply, dialect));
  static_cast<void>(dialogue::read_discover(heard, dialect));
  check_shown(dialogue::shown_body(reply.body));
  return 0;
}
