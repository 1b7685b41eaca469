// config: `lightning`: the simulated wallet, which is good on regtest only, or a real one with a
// credential that can receive.
#include <algorithm>

#include "base/format.h"
#include "base/hex.h"
#include "config/fill.h"
#include "config/secrets.h"
#include "config/sections.h"
#include "http/url.h"

namespace tollhouse::config {
namespace {

constexpr std::string_view kInvoiceKey =
    "the invoice key of an LNbits wallet, in WALLET_INVOICE_KEY or lightning.key";
constexpr std::string_view kMacaroonCure =
    "the path of a file with mode 0600, or hex out of ${NAME} or ${file:...}";
constexpr std::string_view kLimitedPassword =
    "http-password-limited-access of phoenix.conf, in lightning.password";

/// Keys of drivers; each takes its own and none of the others.
struct DriverKey {
  std::string_view name;
  LightningDriver driver;
};
constexpr DriverKey kDriverKeys[] = {
    {"seed", LightningDriver::simulated},    {"key", LightningDriver::lnbits},
    {"password", LightningDriver::phoenixd}, {"macaroon", LightningDriver::lnd},
    {"tls_cert", LightningDriver::lnd},
};

void refuse_other_keys(const View& lightning, LightningDriver driver) {
  for (const DriverKey& key : kDriverKeys) {
    const View view = lightning.child(key.name);
    if (!view.given() || key.driver == driver) continue;
    view.fault(fmt::format("only the {} wallet takes one", to_text(key.driver)),
               fmt::format("remove it, or write driver: {}", to_text(key.driver)));
  }
}

void read_simulated(const View& lightning, Settings& settings) {
  const View network = lightning.child("network");
  if (!network.is_word("regtest")) {
    network.fault("the simulated wallet is good on regtest only", "write network: regtest");
  }
  const View url = lightning.child("url");
  if (url.given()) url.fault("the simulated wallet takes none", "write driver: lnbits");
  const View seed = lightning.child("seed");
  if (!seed.given()) return;
  // Not worth money: any text of the right length will do, also one from a document.
  const auto secret = secret_from_text(seed.text());
  if (!secret) return seed.fault(secret.error(), "tollhouse keygen hmac makes one");
  // The wallet takes 32 bytes.
  settings.lightning.seed = Secret(ByteView(root_key_from(*secret).secret));
}

/// Where nothing is written a real wallet is on mainnet.
LightningNetwork network_of(const View& network) {
  if (!network.given() || network.is_word("mainnet")) return LightningNetwork::mainnet;
  if (network.is_word("testnet")) return LightningNetwork::testnet;
  return network.is_word("signet") ? LightningNetwork::signet : LightningNetwork::regtest;
}

/// Where a wallet listens when nobody has said otherwise; nothing: it has to be said.
std::optional<std::string> usual_address(LightningDriver driver) {
  if (driver == LightningDriver::phoenixd) return "http://127.0.0.1:9740";
  if (driver == LightningDriver::lnd) return "https://localhost:8080";
  return std::nullopt;
}

void read_address(const View& view, Settings& settings) {
  const auto usual = usual_address(settings.lightning.driver);
  if (!view.given() && usual) {
    settings.lightning.url = *usual;
    return;
  }
  if (!view.given()) {
    return view.missing("WALLET_BASE_URL", "write lightning.url: https://lnbits.example");
  }
  const auto url = http::parse_url(view.text());
  if (!url) return;
  if (url->has_query) view.fault("an address with a query is none of a wallet", "remove the query");
  if (!url->https && !url->is_loopback()) {
    return view.fault("the wallet's key would travel over plain http", "write an https:// URL");
  }
  if (!url->https) {
    view.reading().warnings.push_back(
        fmt::format("lightning.url: {} is plain http; on this machine only", url->origin()));
  }
  settings.lightning.url = url->origin() + url->path;
  while (settings.lightning.url.ends_with('/')) settings.lightning.url.pop_back();
}

/// LNbits compares keys with case, and writes them in lower case.
bool is_lnbits_key(std::string_view text) {
  if (text.size() != 32) return false;
  for (const char c : text) {
    if ((c < '0' || c > '9') && (c < 'a' || c > 'f')) return false;
  }
  return true;
}

void read_lnbits_key(const View& key, Settings& settings) {
  if (!key.given()) {
    key.missing("WALLET_INVOICE_KEY", std::string(kInvoiceKey));
  } else if (!is_lnbits_key(key.text())) {
    key.fault("is no LNbits key: 32 hex digits in lower case", std::string(kInvoiceKey));
  } else {
    settings.lightning.key = Secret(bytes_of(key.text()));
  }
}

void read_password(const View& password, Settings& settings) {
  if (!password.given()) {
    return password.missing("lightning.password", std::string(kLimitedPassword));
  }
  if (password.text().empty()) {
    return password.fault("is empty", std::string(kLimitedPassword));
  }
  settings.lightning.key = Secret(bytes_of(password.text()));
}

/// Beside the configuration file, where it is not absolute.
std::filesystem::path path_of(const View& view) {
  const std::filesystem::path path(view.text());
  return path.is_absolute() ? path : view.reading().folder / path;
}

bool is_hex(std::string_view text) { return !text.empty() && bytes_from_hex(text).has_value(); }

/// Macaroons are binary files: hex may stand in the value, else it names the file.
void read_macaroon(const View& macaroon, Settings& settings) {
  if (!macaroon.given()) {
    return macaroon.missing("lightning.macaroon", std::string(kMacaroonCure));
  }
  const std::string text = macaroon.text();
  if (is_hex(text)) {
    settings.lightning.key = Secret(bytes_of(text));
    return;
  }
  if (text.find('/') == std::string::npos) {
    return macaroon.fault("is neither hex nor the path of a file", std::string(kMacaroonCure));
  }
  const auto content = read_file_as_it_is(path_of(macaroon), true, false);
  if (!content) return macaroon.fault(content.error(), std::string(kMacaroonCure));
  settings.lightning.key = Secret(bytes_of(*content));
}

void read_certificate(const View& certificate, Settings& settings) {
  if (!certificate.given()) return;
  const auto content = read_file_as_it_is(path_of(certificate), false, false);
  if (!content) return certificate.fault(content.error(), "name LND's tls.cert");
  if (content->find("-----BEGIN CERTIFICATE-----") == std::string::npos) {
    return certificate.fault("is no certificate in PEM", "name LND's tls.cert");
  }
  settings.lightning.certificate = std::filesystem::absolute(path_of(certificate));
}

void read_real(const View& lightning, Settings& settings) {
  settings.lightning.network = network_of(lightning.child("network"));
  read_address(lightning.child("url"), settings);
  switch (settings.lightning.driver) {
    case LightningDriver::lnbits:
      read_lnbits_key(lightning.child("key"), settings);
      break;
    case LightningDriver::phoenixd:
      read_password(lightning.child("password"), settings);
      break;
    case LightningDriver::lnd:
      read_macaroon(lightning.child("macaroon"), settings);
      read_certificate(lightning.child("tls_cert"), settings);
      break;
    case LightningDriver::simulated:
      break;
  }
  settings.lightning.allow_spending_key = lightning.child("allow_spending_key").truth();
  settings.lightning.allow_private = lightning.child("allow_private").truth();
}

LightningDriver driver_of(const View& driver) {
  constexpr LightningDriver kReal[] = {LightningDriver::lnbits, LightningDriver::phoenixd,
                                       LightningDriver::lnd};
  const auto* found = std::ranges::find_if(
      kReal, [&driver](LightningDriver real) { return driver.is_word(to_text(real)); });
  return found == std::end(kReal) ? LightningDriver::simulated : *found;
}

}  // namespace

void read_lightning(const View& top, Settings& settings) {
  const View lightning = top.child("lightning");
  settings.lightning.driver = driver_of(lightning.child("driver"));
  refuse_other_keys(lightning, settings.lightning.driver);
  if (settings.lightning.driver == LightningDriver::simulated) {
    return read_simulated(lightning, settings);
  }
  read_real(lightning, settings);
}

}  // namespace tollhouse::config
