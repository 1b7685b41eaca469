// x402: how offers name a chain: CAIP-2, a namespace for each profile and the first 32 digits of
// the genesis hash. Spec: x402-bip122.md 2.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "bolt/network.h"

namespace tollhouse::x402 {

/// The two forms in which Lightning is offered (x402-bip122.md 1).
enum class Profile : std::uint8_t {
  bip122,  ///< P1: the invoice is echoed, the receiver is asked
  lnbtc,   ///< P2: the preimage is shown, the invoice binds the request
};

/// As a body's `rails` lists it: "x402-bip122-exact".
constexpr std::string_view rail_name(Profile profile) {
  return profile == Profile::bip122 ? "x402-bip122-exact" : "x402-lnbtc-exact";
}

inline constexpr std::string_view kBip122Prefix = "bip122:";
inline constexpr std::string_view kLnbtcPrefix = "lnbtc:";

struct ChainRow {
  bolt::Network network;
  std::string_view bip122;
  std::string_view lnbtc;
};

/// simnet has no name here, and so no offer.
inline constexpr ChainRow kChains[] = {
    {bolt::Network::mainnet, "bip122:000000000019d6689c085ae165831e93",
     "lnbtc:000000000019d6689c085ae165831e93"},
    {bolt::Network::testnet, "bip122:000000000933ea01ad0ee984209779ba",
     "lnbtc:000000000933ea01ad0ee984209779ba"},
    {bolt::Network::signet, "bip122:00000008819873e925422c1ff0f99f7c",
     "lnbtc:00000008819873e925422c1ff0f99f7c"},
    {bolt::Network::regtest, "bip122:0f9188f13cb7b2c71f2a335e3a4fc328",
     "lnbtc:0f9188f13cb7b2c71f2a335e3a4fc328"},
};

/// "bip122:000000000019d6689c085ae165831e93"; empty for simnet.
constexpr std::string_view network_name(Profile profile, bolt::Network network) {
  for (const ChainRow& row : kChains) {
    if (row.network == network) return profile == Profile::bip122 ? row.bip122 : row.lnbtc;
  }
  return {};
}

struct NamedNetwork {
  Profile profile;
  bolt::Network network;
};

/// By the name that an offer or a payment has.
constexpr std::optional<NamedNetwork> network_from_name(std::string_view name) {
  for (const ChainRow& row : kChains) {
    if (row.bip122 == name) return NamedNetwork{Profile::bip122, row.network};
    if (row.lnbtc == name) return NamedNetwork{Profile::lnbtc, row.network};
  }
  return std::nullopt;
}

}  // namespace tollhouse::x402
