// lightning: phoenixd's questions and checks.
#include "lightning/phoenixd.h"

#include "base/base64.h"
#include "lightning/phoenixd_codec.h"

namespace tollhouse::lightning {
namespace {

constexpr const char* kForm = "application/x-www-form-urlencoded";

class PhoenixdProtocol final : public WalletProtocol {
 public:
  explicit PhoenixdProtocol(Secret password) : password_(std::move(password)) {}

  std::string_view driver() const override { return "phoenixd"; }
  /// Who has either password can read it, nobody else.
  bool unpaid_preimage_public() const override { return false; }
  void show_credential(io::Errand& errand) const override {
    phoenixd::show_password(password_, errand);
  }
  std::vector<StartCheck> checks() const override;

  Question mint(const MintRequest& request) const override {
    return {"POST", "/createinvoice", kForm, phoenixd::mint_body(request)};
  }
  Result<Minting, WalletFault> read_minted(int status, std::string_view body) const override {
    return phoenixd::read_minted(status, body);
  }
  Question look_up(const PaymentHash& hash) const override {
    return {"GET", phoenixd::incoming_path(hash)};
  }
  Result<Payment, WalletFault> read_payment(int status, std::string_view body,
                                            const PaymentHash& asked, Time) const override {
    return phoenixd::read_payment(status, body, asked);
  }

 private:
  const Secret password_;
};

std::vector<StartCheck> PhoenixdProtocol::checks() const {
  const auto read_info = [](int status, std::string_view body) -> Result<Finding, WalletFault> {
    const auto info = phoenixd::read_info(status, body);
    if (!info) return refuse(info.error());
    return Finding::nothing;
  };
  // Nothing can be paid by an order without an invoice.
  const auto read_power = [](int status, std::string_view) -> Result<Finding, WalletFault> {
    const auto can_spend = phoenixd::read_can_spend(status);
    if (!can_spend) return refuse(can_spend.error());
    return *can_spend ? Finding::can_spend : Finding::nothing;
  };
  return {{{"GET", "/getinfo"}, read_info}, {{"POST", "/payinvoice", kForm}, read_power}};
}

}  // namespace

namespace phoenixd {

void show_password(const Secret& password, io::Errand& errand) {
  // Any user name will do, none too.
  const std::string pair = ":" + std::string(text_of(password.reveal()));
  errand.fields.push_back({"Authorization", "Basic " + base64(bytes_of(pair))});
}

}  // namespace phoenixd

std::unique_ptr<WalletProtocol> phoenixd_protocol(Secret password) {
  return std::make_unique<PhoenixdProtocol>(std::move(password));
}

}  // namespace tollhouse::lightning
