// client: paying with LNbits, phoenixd and LND.
#include "client/paying_protocol.h"

#include <algorithm>

#include "bolt/amount.h"
#include "lightning/lnbits_codec.h"
#include "lightning/lnd.h"
#include "lightning/lnd_codec.h"
#include "lightning/phoenixd.h"
#include "lightning/phoenixd_codec.h"
#include "lightning/pinned_certificate.h"

namespace tollhouse::client {
namespace {

using lightning::Outgoing;
using lightning::PayFault;
using lightning::Question;

class LnbitsPaying final : public PayingProtocol {
 public:
  explicit LnbitsPaying(Secret key) : key_(std::move(key)) {}

  std::string_view name() const override { return "lnbits"; }
  void show_credential(io::Errand& errand) const override {
    errand.fields.push_back({"X-Api-Key", std::string(text_of(key_.reveal()))});
  }
  Question order(std::string_view bolt11) const override {
    return {"POST", "/api/v1/payments", "application/json", lightning::lnbits::pay_body(bolt11)};
  }
  Result<Outgoing, PayFault> read_order(int status, std::string_view body) const override {
    return lightning::lnbits::read_paid(status, body);
  }
  Question look(const PaymentHash& hash) const override {
    return {"GET", lightning::lnbits::payment_path(hash)};
  }
  Result<Outgoing, PayFault> read_look(int status, std::string_view body) const override {
    return lightning::lnbits::read_outgoing(status, body);
  }
  std::string_view credential() const override { return "the admin key of a wallet there"; }

 private:
  Secret key_;
};

class PhoenixdPaying final : public PayingProtocol {
 public:
  explicit PhoenixdPaying(Secret password) : password_(std::move(password)) {}

  std::string_view name() const override { return "phoenixd"; }
  void show_credential(io::Errand& errand) const override {
    lightning::phoenixd::show_password(password_, errand);
  }
  Question order(std::string_view bolt11) const override {
    return {"POST", "/payinvoice", "application/x-www-form-urlencoded",
            lightning::phoenixd::pay_body(bolt11)};
  }
  Result<Outgoing, PayFault> read_order(int status, std::string_view body) const override {
    return lightning::phoenixd::read_paid(status, body);
  }
  Question look(const PaymentHash& hash) const override {
    return {"GET", lightning::phoenixd::outgoing_path(hash)};
  }
  Result<Outgoing, PayFault> read_look(int status, std::string_view body) const override {
    return lightning::phoenixd::read_outgoing(status, body);
  }
  std::string_view credential() const override { return "http-password of its phoenix.conf"; }

 private:
  Secret password_;
};

/// The most that routing may cost. The amount stands before the last 1 of an invoice; one without
/// an amount is not paid here.
Msat fee_max_of(std::string_view bolt11) {
  constexpr std::uint64_t kLeastMsat = 5'000;
  std::string prefix(bolt11.substr(0, bolt11.rfind('1')));
  for (char& c : prefix) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  const std::size_t digits = std::min(prefix.find_first_of("0123456789"), prefix.size());
  const auto amount =
      bolt::amount_from_text(std::string_view(prefix).substr(digits), bolt::Strictness::lenient);
  const std::uint64_t hundredth = amount ? amount->count() / 100 : 0;
  return Msat::of(std::max(kLeastMsat, hundredth)).value_or(Msat());
}

class LndPaying final : public PayingProtocol {
 public:
  LndPaying(Secret macaroon, std::filesystem::path certificate)
      : macaroon_(std::move(macaroon)), certificate_(std::move(certificate)) {}

  std::string_view name() const override { return "lnd"; }
  void show_credential(io::Errand& errand) const override {
    errand.trusted_certificates = certificate_.pem();
    lightning::lnd::show_macaroon(macaroon_, errand);
  }
  Question order(std::string_view bolt11) const override {
    return {"POST", "/v2/router/send", "application/json",
            lightning::lnd::pay_body(bolt11, fee_max_of(bolt11))};
  }
  Result<Outgoing, PayFault> read_order(int status, std::string_view body) const override {
    return lightning::lnd::read_paid(status, body);
  }
  Question look(const PaymentHash& hash) const override {
    return {"GET", lightning::lnd::track_path(hash)};
  }
  Result<Outgoing, PayFault> read_look(int status, std::string_view body) const override {
    return lightning::lnd::read_outgoing(status, body);
  }
  std::string_view credential() const override {
    return "a macaroon of that node with offchain:write and offchain:read";
  }

 private:
  Secret macaroon_;
  lightning::PinnedCertificate certificate_;
};

}  // namespace

std::unique_ptr<PayingProtocol> lnbits_paying(Secret key) {
  return std::make_unique<LnbitsPaying>(std::move(key));
}

std::unique_ptr<PayingProtocol> phoenixd_paying(Secret password) {
  return std::make_unique<PhoenixdPaying>(std::move(password));
}

std::unique_ptr<PayingProtocol> lnd_paying(Secret macaroon, std::filesystem::path certificate) {
  return std::make_unique<LndPaying>(std::move(macaroon), std::move(certificate));
}

}  // namespace tollhouse::client
