// gate: deriving keys.
#include "gate/credential_keys.h"

#include <array>

namespace tollhouse::gate {
namespace {

constexpr std::string_view kX402Label = "tollhouse x402 offers v1";
constexpr std::string_view kWorkLabel = "tollhouse work v1";

std::array<std::uint8_t, 8> bytes_of_boot(std::uint64_t boot) {
  std::array<std::uint8_t, 8> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<std::uint8_t>(boot >> (8 * i));
  }
  return bytes;
}

/// The newest root key last, as the ring of work keys wants it.
pow::Keys work_keys(const Rules& rules, std::uint64_t boot) {
  const std::vector<std::uint8_t> numbers = rules.keys.numbers();
  const std::vector<Digest> masters = rules.keys.derived(kWorkLabel);
  const std::array<std::uint8_t, 8> start = bytes_of_boot(boot);
  pow::Keys keys;
  for (std::size_t i = masters.size(); i-- > 0;) {
    if (rules.policy.work.rekey_on_boot) {
      keys.add(numbers[i], masters[i].view(), start);
    } else {
      keys.add(numbers[i], masters[i].view());
    }
  }
  return keys;
}

}  // namespace

CredentialKeys::CredentialKeys(const Rules& rules, std::uint64_t boot)
    : x402(rules.keys.derived(kX402Label)), work(work_keys(rules, boot)) {}

}  // namespace tollhouse::gate
