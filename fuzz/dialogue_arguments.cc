// Whatever is typed, arguments are a JSON object or a refusal that names the word. Input: one word
// a line.
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "dialogue/arguments.h"
#include "json/reader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tollhouse;
  std::vector<std::string> words(1);
  for (const char c : text_of({data, size})) {
    if (c == '\n') {
      words.emplace_back();
    } else {
      words.back() += c;
    }
  }
  const auto made = dialogue::arguments_of(words);
  if (!made) return 0;
  json::Document workspace;
  const auto value = json::parse(*made, workspace);
  const auto fault = value ? std::nullopt : std::optional(value.error());
  // Deep and wide arguments are refused later, by every reader: not a matter of syntax.
  if (fault == json::Reason::json_depth || fault == json::Reason::json_limit ||
      fault == json::Reason::json_duplicate_key) {
    return 0;
  }
  if (!value || !value->is_object()) __builtin_trap();
  return 0;
}
