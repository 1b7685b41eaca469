// config: `lightning`: the simulated wallet, which is good on regtest only, or LNbits with a key
// that can receive.
#include "base/format.h"
#include "config/secrets.h"
#include "config/sections.h"
#include "http/url.h"

namespace tollhouse::config {
namespace {

constexpr std::string_view kInvoiceKey =
    "the invoice key of an LNbits wallet, in WALLET_INVOICE_KEY or lightning.key";

void read_simulated(const View& lightning, Settings& settings) {
  const View network = lightning.child("network");
  if (!network.is_word("regtest")) {
    network.fault("the simulated wallet is good on regtest only", "write network: regtest");
  }
  for (const std::string_view name : {"url", "key"}) {
    const View key = lightning.child(name);
    if (key.given()) key.fault("the simulated wallet takes none", "write driver: lnbits");
  }
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

void read_address(const View& view, Settings& settings) {
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

void read_lnbits(const View& lightning, Settings& settings) {
  settings.lightning.driver = LightningDriver::lnbits;
  settings.lightning.network = network_of(lightning.child("network"));
  read_address(lightning.child("url"), settings);
  const View key = lightning.child("key");
  if (!key.given()) {
    key.missing("WALLET_INVOICE_KEY", std::string(kInvoiceKey));
  } else if (!is_lnbits_key(key.text())) {
    key.fault("is no LNbits key: 32 hex digits in lower case", std::string(kInvoiceKey));
  } else {
    settings.lightning.key = Secret(bytes_of(key.text()));
  }
  settings.lightning.allow_spending_key = lightning.child("allow_spending_key").truth();
  settings.lightning.allow_private = lightning.child("allow_private").truth();
  const View seed = lightning.child("seed");
  if (seed.given()) seed.fault("only the simulated wallet takes a seed", "remove it");
}

}  // namespace

void read_lightning(const View& top, Settings& settings) {
  const View lightning = top.child("lightning");
  if (lightning.child("driver").is_word("lnbits")) return read_lnbits(lightning, settings);
  read_simulated(lightning, settings);
}

}  // namespace tollhouse::config
