// client: what one kind of wallet is told so that it pays, and what its answers mean
// (lightning-backends.md 3, 4 and 6 "Pay"); http_wallet.h does the telling.
#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/secret.h"
#include "io/errand.h"
#include "lightning/outgoing.h"
#include "lightning/wallet_protocol.h"

namespace tollhouse::client {

class PayingProtocol {
 public:
  virtual ~PayingProtocol() = default;
  /// As on a command line: "lnbits".
  virtual std::string_view name() const = 0;
  /// Whom is trusted, and who asks.
  virtual void show_credential(io::Errand& errand) const = 0;

  /// Moves money.
  virtual lightning::Question order(std::string_view bolt11) const = 0;
  virtual Result<lightning::Outgoing, lightning::PayFault> read_order(
      int status, std::string_view body) const = 0;
  virtual lightning::Question look(const PaymentHash& hash) const = 0;
  virtual Result<lightning::Outgoing, lightning::PayFault> read_look(
      int status, std::string_view body) const = 0;

  /// What TOLLHOUSE_WALLET_KEY has to hold, after "paying needs".
  virtual std::string_view credential() const = 0;
};

/// `key`: the wallet's admin key.
std::unique_ptr<PayingProtocol> lnbits_paying(Secret key);
/// `password`: the full one.
std::unique_ptr<PayingProtocol> phoenixd_paying(Secret password);
/// `macaroon`: binary, one that may pay and see payments. `certificate`: LND's tls.cert; empty: one
/// that the system trusts. Routing may cost 1 % of an invoice, and at least 5 sat.
std::unique_ptr<PayingProtocol> lnd_paying(Secret macaroon, std::filesystem::path certificate);

}  // namespace tollhouse::client
