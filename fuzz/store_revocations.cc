// fuzz: the file of payments taken back, as any process may have written it. What is read of it is
// whole lines, and written again it is those bytes; the same in two pieces as in one.
#include <algorithm>

#include "store/revocation_lines.h"

namespace {

using namespace tollhouse;

void require(bool holds) {
  if (!holds) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = text_of(ByteView(data, size));
  std::string again;
  const auto each = [&again](const PaymentHash& hash) { again += store::revocation_line(hash); };
  const auto taken = store::read_revocations(text, each);
  require(again.size() % store::kRevocationBytes == 0);
  if (!taken) return 0;
  require(again.size() == *taken && text.size() - *taken < store::kRevocationBytes);
  const auto same = [](char written, char read) {
    return written == (read | 0x20) || written == read;
  };
  require(std::equal(again.begin(), again.end(), text.begin(), same));
  const std::string in_one = again;
  again.clear();
  const auto first = store::read_revocations(text.substr(0, text.size() / 2), each);
  require(first.has_value());
  require(store::read_revocations(text.substr(*first), each).has_value());
  require(again == in_one);
  return 0;
}
