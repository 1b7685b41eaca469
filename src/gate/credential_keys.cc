// gate: deriving keys.
#include "gate/credential_keys.h"

namespace tollhouse::gate {
namespace {

constexpr std::string_view kX402Label = "tollhouse x402 offers v1";

}  // namespace

CredentialKeys::CredentialKeys(const Rules& rules) : x402(rules.keys.derived(kX402Label)) {}

}  // namespace tollhouse::gate
