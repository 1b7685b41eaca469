// fuzz: files of kept tokens. What is read can be shown in a header field, has uses left, and reads
// the same when it is written again.
#include "base/bytes.h"
#include "client/token_cache.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tollhouse;
  const auto token = client::read_kept_token(text_of(ByteView(data, size)));
  if (!token) return 0;
  if (token->authorization.find_first_of("\r\n") != std::string::npos) __builtin_trap();
  if (token->reuse.uses == 0u || !token->reuse.valid_until) __builtin_trap();
  const auto again = client::read_kept_token(client::kept_token_text(*token));
  if (!again || again->authorization != token->authorization) __builtin_trap();
  if (again->place.tool != token->place.tool || again->reuse.uses != token->reuse.uses) {
    __builtin_trap();
  }
  return 0;
}
