// gate: deriving keys.
#include "gate/credential_keys.h"

#include <array>

#include "base/switches.h"
#include "http/url.h"
#include "mpp/challenge.h"

namespace tollhouse::gate {
namespace {

constexpr std::string_view kX402Label = "tollhouse x402 offers v1";
constexpr std::string_view kMppLabel = "tollhouse mpp challenges v1";
constexpr std::string_view kWorkLabel = "tollhouse work v1";

mpp::ChallengeKeys mpp_keys(const Rules& rules) {
  mpp::ChallengeKeys keys;
  for (const Digest& secret : rules.keys.derived(kMppLabel)) keys.add(secret.view());
  return keys;
}

/// The host that callers know this gate by.
std::string realm_of(const Rules& rules) {
  const auto url = http::parse_url(rules.receipts.issuer);
  return url && mpp::is_realm(url->host) ? url->host : std::string("tollhouse");
}

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
    if (rules.policy.work.rekey_on_boot && !planted(PlantedBug::work_key_kept)) {
      keys.add(numbers[i], masters[i].view(), start);
    } else {
      keys.add(numbers[i], masters[i].view());
    }
  }
  return keys;
}

}  // namespace

CredentialKeys::CredentialKeys(const Rules& rules, std::uint64_t boot)
    : x402(rules.keys.derived(kX402Label)),
      mpp(mpp_keys(rules)),
      realm(realm_of(rules)),
      work(work_keys(rules, boot)) {}

}  // namespace tollhouse::gate
