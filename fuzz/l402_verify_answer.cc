// fuzz: another gate's word about a token. A yes is a yes in the text too, and what it says of the
// sale is within bounds.
#include "l402/vouching.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tollhouse;
  const std::string_view body = text_of(ByteView(data, size));
  const auto word = l402::read_verify_answer(body);
  if (!word) return 0;
  const bool says_true = body.find("true") != std::string_view::npos;
  if (word->good && !says_true) __builtin_trap();
  if (word->pass && word->uses) __builtin_trap();
  if (word->uses == 0u) __builtin_trap();
  if (!word->good && (word->price || word->uses || word->pass)) __builtin_trap();
  return 0;
}
