// fuzz: a requestState as a stranger may send it. Nothing but what was sealed opens, also where the
// sealed bytes were changed; what opens is what was sealed.
#include <algorithm>
#include <cstdint>
#include <string>

#include "base/base64.h"
#include "mcp/request_state.h"

namespace {

using namespace tollhouse;  // NOLINT: a fuzz target is one file

class NoRandom final : public Random {
 public:
  void fill(std::span<std::uint8_t> into) override { std::ranges::fill(into, 5); }
};

void require(bool holds) {
  if (!holds) __builtin_trap();
}

}  // namespace

/// Input: one byte of choice, then bytes. Even: they are the text of the state. Odd: they are laid
/// over the bytes of a good one.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  static json::Document workspace(5);
  NoRandom random;
  const crypto::SealKey key;
  mcp::Message call;
  call.method_text = "tools/call";
  call.name = "search";
  mcp::RequestState state;
  state.upstream = "\"theirs\"";
  const std::string good = mcp::seal_request_state(state, key, random, {}, "/mcp", call);
  const bool laid_over = data[0] % 2 == 1;
  const ByteView given(data + 1, size - 1);
  std::string text(text_of(given));
  if (laid_over) {
    Bytes sealed = bytes_from_base64url(good).value();
    for (std::size_t i = 0; i < std::min(given.size(), sealed.size()); ++i) sealed[i] ^= given[i];
    text = "\"" + base64url(sealed) + "\"";
  }
  call.request_state = text;
  const auto opened = mcp::open_request_state(call, key, {}, "/mcp", workspace);
  require(opened.has_value() == (text == "\"" + good + "\""));
  if (opened) require(opened->upstream == state.upstream && opened->round == state.round);
  return 0;
}
