// fuzz: bech32. What is read is written back as the same string in lower case; what is written is
// read.
#include <algorithm>

#include "base/bech32.h"

namespace {

using namespace tollhouse;

void require(bool promise) {
  if (!promise) __builtin_trap();
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kCharactersMax = 7089;
  const ByteView input(data, size);
  if (const auto decoded = bech32_decode(text_of(input), kCharactersMax)) {
    std::string text(text_of(input));
    std::transform(text.begin(), text.end(), text.begin(), lower);
    require(bech32(decoded->hrp, decoded->words) == text);
    const auto regrouped = bytes_from_words(decoded->words);
    Bytes words;
    append_words(words, regrouped.bytes);
    require(!regrouped.padding_is_right || words == decoded->words);
  }
  Bytes words;
  append_words(words, input);
  const auto again = bech32_decode(bech32("ln", words), 2 * size + 16);
  require(again && again->words == words);
  const auto back = bytes_from_words(again->words);
  require(back.padding_is_right &&
          std::equal(back.bytes.begin(), back.bytes.end(), input.begin(), input.end()));
  return 0;
}
