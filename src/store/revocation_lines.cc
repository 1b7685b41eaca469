// store: lines of the deny list.
#include "store/revocation_lines.h"

#include "base/hex.h"

namespace tollhouse::store {

std::string revocation_line(const PaymentHash& hash) { return hex(hash.view()) + "\n"; }

std::optional<std::size_t> read_revocations(std::string_view text, const EachRevoked& each) {
  std::size_t taken = 0;
  for (; text.size() - taken >= kRevocationBytes; taken += kRevocationBytes) {
    const std::string_view line = text.substr(taken, kRevocationBytes);
    const auto hash = value_from_hex<PaymentHash>(line.substr(0, kRevocationBytes - 1));
    if (!hash || line.back() != '\n') return std::nullopt;
    each(*hash);
  }
  return taken;
}

}  // namespace tollhouse::store
