// config: what the operator asked for, checked and complete. Made by load(), handed to the wiring
// of the program; nothing in here is looked up again while the gate runs.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/log.h"
#include "base/money.h"
#include "base/secret.h"
#include "gate/policy.h"

namespace tollhouse::config {

/// Where to listen.
struct Endpoint {
  enum class Kind : std::uint8_t {
    address,    ///< `host` is an IPv4 or IPv6 literal without brackets
    unix_path,  ///< `host` is the path of a socket file
    systemd,    ///< `host` is the name of a socket that the service manager holds
  };
  Kind kind = Kind::address;
  std::string host;
  std::uint16_t port = 0;  ///< 0: any free one

  /// Only this machine reaches it, as far as it is known before the start.
  bool local() const;
  std::string text() const;  ///< "127.0.0.1:8402", "[::1]:8402", "unix:/run/x", "systemd:x"
  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

enum class LightningDriver : std::uint8_t { simulated, lnbits, phoenixd, lnd };
/// As written in the configuration.
constexpr std::string_view to_text(LightningDriver driver) {
  constexpr std::string_view kNames[] = {"simulated", "lnbits", "phoenixd", "lnd"};
  return kNames[static_cast<std::size_t>(driver)];
}
enum class LightningNetwork : std::uint8_t { mainnet, testnet, signet, regtest };
/// As written in the configuration.
constexpr std::string_view to_text(LightningNetwork network) {
  constexpr std::string_view kNames[] = {"mainnet", "testnet", "signet", "regtest"};
  return kNames[static_cast<std::size_t>(network)];
}

struct LightningSettings {
  LightningDriver driver = LightningDriver::simulated;
  LightningNetwork network = LightningNetwork::regtest;
  Secret seed;      ///< of the simulated wallet, so that a run can be repeated; empty: a fresh one
  std::string url;  ///< of a real wallet, without a slash at its end
  Secret key;       ///< what it is asked with: LNbits' invoice key, phoenixd's password, a macaroon
  std::filesystem::path certificate;  ///< of LND, which signs its own; empty: the system's list
  bool allow_spending_key = false;
  bool allow_private = false;
};

enum class LogFormat : std::uint8_t { automatic, json, text, logfmt };

struct LogSettings {
  LogFormat format = LogFormat::automatic;
  LogLevel level = LogLevel::info;
};

struct FeeSettings {
  std::uint32_t basis_points = 500;
  Msat minimum;  ///< at least this much of a charge that is not free
};

/// A key that signs no more; its receipts are checked by it.
struct RetiredReceiptKey {
  std::string key_id;
  Secret hmac_key;
};

struct ReceiptSettings {
  Secret hmac_key;  ///< empty: the gate makes one in `data_dir` (ensure_receipt_key)
  std::string key_id;
  std::vector<RetiredReceiptKey> previous;
};

struct Settings {
  gate::Policy policy;
  std::vector<Endpoint> listen;
  unsigned listen_mode = 0600;        ///< of the files of UNIX sockets in `listen`
  std::optional<Endpoint> admin;      ///< absent: not served
  std::optional<Digest> admin_token;  ///< SHA-256 of the token's text
  std::filesystem::path data_dir;
  unsigned workers = 0;                  ///< 0: one per core
  std::vector<gate::RootKey> root_keys;  ///< newest first; empty: ensure_root_key in `data_dir`
  LightningSettings lightning;
  FeeSettings fees;
  ReceiptSettings receipts;
  LogSettings log;
};

}  // namespace tollhouse::config
