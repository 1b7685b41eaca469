// client: the simulated wallet of a gate, and choosing among wallets.
#include "client/wallet.h"

#include "base/format.h"
#include "base/hex.h"
#include "client/http_wallet.h"
#include "client/limits.h"
#include "client/line.h"
#include "dialogue/shown.h"
#include "json/reader.h"
#include "json/writer.h"
#include "lightning/lnd_macaroon.h"

namespace tollhouse::client {
namespace {

std::optional<Preimage> preimage_of(std::string_view body) {
  json::Document workspace;
  const auto root = json::parse(body, workspace);
  const auto member = root ? root->find("preimage") : std::nullopt;
  const auto text = member ? member->as_string() : std::nullopt;
  if (!text) return std::nullopt;
  return value_from_hex<Preimage>(*text);
}

Trouble wallet_trouble(const dialogue::Reply& reply) {
  const dialogue::Heard heard = dialogue::hear(reply, "0");
  const auto* refused = std::get_if<dialogue::Refused>(&heard);
  if (refused == nullptr) {
    return {TroubleKind::unreachable, "wallet_bad_answer",
            fmt::format("the wallet answered {} without a preimage", reply.status), ""};
  }
  Trouble trouble = trouble_of(*refused);
  trouble.surely_unpaid = reply.status < 500;
  trouble.message = fmt::format("the wallet did not pay: {}", trouble.message);
  trouble.cure = reply.status == 404
                     ? "this gate has no simulated wallet: name another with --wallet"
                     : std::string();
  return trouble;
}

Trouble no_reply(io::ErrandFault fault) {
  Trouble trouble = trouble_of(fault, "the simulated wallet");
  trouble.surely_unpaid = was_not_sent(fault);
  if (fault == io::ErrandFault::timed_out) {
    trouble.cure = "the payment may have been made: look before you pay again";
  }
  return trouble;
}

Trouble usage(std::string code, std::string message, std::string cure) {
  return {TroubleKind::usage, std::move(code), std::move(message), std::move(cure)};
}

constexpr const char* kNames = "lnbits:URL, phoenixd:URL or lnd:URL";

/// What pays there, once address and credential are good. Null: no wallet of that name.
Result<std::unique_ptr<PayingProtocol>, Trouble> protocol_named(
    std::string_view driver, const WalletCredential& credential) {
  const Secret key(bytes_of(credential.key.value_or("")));
  if (driver == "lnbits") return lnbits_paying(key);
  if (driver == "phoenixd") return phoenixd_paying(key);
  if (driver != "lnd") return std::unique_ptr<PayingProtocol>();
  auto macaroon = lightning::lnd::macaroon_from(key.reveal());
  if (!key.empty() && !macaroon) {
    return refuse(usage("bad_wallet_key", "TOLLHOUSE_WALLET_KEY is no macaroon",
                        "put it there in hex, or name its file in TOLLHOUSE_WALLET_KEY_FILE"));
  }
  return lnd_paying(std::move(macaroon).value_or(Secret()), credential.certificate);
}

Result<std::unique_ptr<Wallet>, Trouble> wallet_at(const std::string& address,
                                                   std::unique_ptr<PayingProtocol> protocol,
                                                   const WalletCredential& credential,
                                                   io::Errands& errands, Witness& witness) {
  const std::string name(protocol->name());
  const auto url = http::parse_url(address);
  if (!url || url->has_query) {
    return refuse(usage("bad_url",
                        fmt::format("the address behind {}: is not an http or https address", name),
                        fmt::format("{}:https://wallet.example", name)));
  }
  if (!url->https && !url->is_loopback()) {
    return refuse(
        usage("plain_http", "the wallet's key would travel over plain http", "use https"));
  }
  if (!credential.key || credential.key->empty()) {
    return refuse(usage("no_wallet_key", "the wallet needs a key that can pay",
                        fmt::format("set TOLLHOUSE_WALLET_KEY, or TOLLHOUSE_WALLET_KEY_FILE; "
                                    "paying needs {}",
                                    protocol->credential())));
  }
  std::string base = url->origin() + url->path;
  while (base.ends_with('/')) base.pop_back();
  return std::make_unique<HttpWallet>(errands, witness, std::move(base), std::move(protocol));
}

}  // namespace

Result<Preimage, Trouble> SimulatedGateWallet::pay(std::string_view text, const PaymentHash&) {
  io::Errand errand;
  errand.method = "POST";
  errand.url = origin_ + "/sim/pay";
  errand.fields.push_back({"Content-Type", "application/json"});
  json::Writer(errand.body).begin_object().member("invoice", text).end_object();
  errand.timeout = kWalletTimeout;
  errand.bytes_max = kWalletBytesMax;
  const Replied reply = ask(errands_, std::move(errand), witness_);
  if (!reply) return refuse(no_reply(reply.error()));
  const auto preimage = reply->status == 200 ? preimage_of(reply->body) : std::nullopt;
  if (!preimage) return refuse(wallet_trouble(*reply));
  return *preimage;
}

Result<std::unique_ptr<Wallet>, Trouble> wallet_named(const std::optional<std::string>& name,
                                                      const WalletCredential& credential,
                                                      const std::optional<http::Url>& gate,
                                                      io::Errands& errands, Witness& witness) {
  if (!name || name->empty()) return std::unique_ptr<Wallet>();
  const std::size_t colon = name->find(':');
  const std::string driver = name->substr(0, colon);
  auto protocol = protocol_named(driver, credential);
  if (!protocol) return refuse(std::move(protocol.error()));
  if (*protocol) {
    const std::string url = colon == std::string::npos ? std::string() : name->substr(colon + 1);
    return wallet_at(url, std::move(*protocol), credential, errands, witness);
  }
  if (driver != "sim") {
    return refuse(usage("wallet_not_in_build",
                        fmt::format("wallet {} is not part of this build",
                                    dialogue::for_terminal(dialogue::without_secrets(driver))),
                        fmt::format("use {}, or sim, the simulated wallet of a gate on this "
                                    "machine",
                                    kNames)));
  }
  std::optional<http::Url> at = gate;
  if (colon != std::string::npos) {
    const auto url = http::parse_url(std::string_view(*name).substr(colon + 1));
    if (!url) {
      return refuse(usage("bad_url", "the address behind sim: is not an http or https address",
                          "sim:http://127.0.0.1:8402"));
    }
    at = *url;
  }
  if (!at) {
    return refuse(usage("no_gate", "the simulated wallet belongs to a gate, and none is named",
                        "--wallet sim:http://127.0.0.1:8402"));
  }
  return std::make_unique<SimulatedGateWallet>(errands, witness, at->origin());
}

bool simulated_by_itself(bolt::Network network, const http::Url& gate) {
  return network == bolt::Network::regtest && gate.is_loopback();
}

Trouble no_wallet_for(bolt::Network network) {
  Trouble trouble = usage(
      "no_wallet", fmt::format("no wallet at hand pays invoices on {}", bolt::to_text(network)),
      fmt::format("--wallet {}, or sim for regtest invoices (lnbcrt) of a gate on this machine",
                  kNames));
  trouble.surely_unpaid = true;
  return trouble;
}

}  // namespace tollhouse::client
