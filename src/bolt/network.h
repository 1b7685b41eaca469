// bolt: the chains an invoice can be for, and how its prefix names them (BOLT 11).
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace tollhouse::bolt {

enum class Network : std::uint8_t { mainnet, testnet, signet, regtest, simnet };

struct NetworkRow {
  Network network;
  std::string_view name;
  std::string_view currency;  ///< what follows `ln`
};

/// A longer currency stands before one that it begins with.
inline constexpr NetworkRow kNetworks[] = {
    {Network::regtest, "regtest", "bcrt"}, {Network::mainnet, "mainnet", "bc"},
    {Network::signet, "signet", "tbs"},    {Network::testnet, "testnet", "tb"},
    {Network::simnet, "simnet", "sb"},
};

constexpr const NetworkRow& row_of(Network network) {
  for (const NetworkRow& row : kNetworks) {
    if (row.network == network) return row;
  }
  return kNetworks[0];
}
/// "regtest".
constexpr std::string_view to_text(Network network) { return row_of(network).name; }
/// "bcrt".
constexpr std::string_view currency_of(Network network) { return row_of(network).currency; }
/// By name, as in a configuration.
constexpr std::optional<Network> network_from_text(std::string_view name) {
  for (const NetworkRow& row : kNetworks) {
    if (row.name == name) return row.network;
  }
  return std::nullopt;
}

}  // namespace tollhouse::bolt
