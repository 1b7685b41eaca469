// fuzz: the composite header; lines end with LF. What is read is inside the text, says what it
// would say written again, and never more: parts that are not there stay away.
#include <algorithm>
#include <vector>

#include "identity/composite.h"

namespace {

using namespace tollhouse;

bool is_inside(std::string_view part, std::string_view text) {
  return part.data() >= text.data() && part.data() + part.size() <= text.data() + text.size();
}

void expect_read_again(const identity::Composite& composite) {
  if (!composite.identity || !composite.payment) return;
  const auto macaroons = composite.payment->macaroons();
  if (macaroons.size() != 1) return;
  const std::string value =
      identity::composite_value(*composite.identity, macaroons[0], composite.payment->preimage());
  const std::string_view line = value;
  if (line.size() > identity::kCompositeBytesMax) return;
  const auto again = identity::read_composite({&line, 1});
  if (!again || again->identity != composite.identity || !again->payment) __builtin_trap();
  if (again->payment->macaroons()[0] != macaroons[0]) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = text_of(ByteView(data, size));
  std::vector<std::string_view> lines;
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    lines.push_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  const auto composite = identity::read_composite(lines);
  if (!composite) return 0;
  if (!lines.empty() && !composite->identity && !composite->payment) __builtin_trap();
  if (composite->identity && !is_inside(*composite->identity, text)) __builtin_trap();
  if (composite->payment && composite->payment->macaroons().empty()) __builtin_trap();
  expect_read_again(*composite);
  return 0;
}
