// lightning: LND's questions and checks.
#include "lightning/lnd.h"

#include "base/hex.h"
#include "lightning/lnd_codec.h"
#include "lightning/lnd_macaroon.h"
#include "lightning/pinned_certificate.h"

namespace tollhouse::lightning {
namespace {

/// A macaroon that ends sooner is worth a warning.
constexpr Duration kSoon = std::chrono::hours(24 * 7);

class LndProtocol final : public WalletProtocol {
 public:
  LndProtocol(Secret macaroon, std::filesystem::path certificate)
      : macaroon_(std::move(macaroon)), certificate_(std::move(certificate)) {}

  std::string_view driver() const override { return "lnd"; }
  /// Who may read invoices there can read it, nobody else.
  bool unpaid_preimage_public() const override { return false; }

  Result<std::vector<Finding>, WalletFault> credential(Time now) const override;
  void show_credential(io::Errand& errand) const override { lnd::show_macaroon(macaroon_, errand); }
  void pin(io::Errand& errand) const override { errand.trusted_certificates = certificate_.pem(); }
  bool renew_pin() override { return certificate_.renew(); }
  std::vector<StartCheck> checks() const override;

  Question mint(const MintRequest& request) const override {
    return {"POST", "/v1/invoices", "application/json", lnd::mint_body(request)};
  }
  Result<Minting, WalletFault> read_minted(int status, std::string_view body) const override {
    return lnd::read_minted(status, body);
  }
  Question look_up(const PaymentHash& hash) const override {
    return {"GET", lnd::invoice_path(hash)};
  }
  Result<Payment, WalletFault> read_payment(int status, std::string_view body,
                                            const PaymentHash& asked, Time now) const override {
    return lnd::read_payment(status, body, asked, now);
  }

 private:
  const Secret macaroon_;
  PinnedCertificate certificate_;
};

Result<std::vector<Finding>, WalletFault> LndProtocol::credential(Time now) const {
  const auto power = lnd::read_power(macaroon_.reveal());
  if (!power) return refuse(power.error());
  std::vector<Finding> findings;
  if (power->can_spend) findings.push_back(Finding::can_spend);
  if (power->sees_more) findings.push_back(Finding::sees_more);
  if (power->ends && *power->ends < now + kSoon) findings.push_back(Finding::ends_soon);
  return findings;
}

/// Needs no macaroon; the invoice that is minted after it shows whether ours is good.
std::vector<StartCheck> LndProtocol::checks() const {
  Question question{"GET", "/v1/state"};
  question.with_credential = false;
  const auto read = [](int status, std::string_view body) -> Result<Finding, WalletFault> {
    const auto state = lnd::read_state(status, body);
    if (!state) return refuse(state.error());
    return Finding::nothing;
  };
  return {{std::move(question), read}};
}

}  // namespace

namespace lnd {

void show_macaroon(const Secret& macaroon, io::Errand& errand) {
  errand.fields.push_back({"Grpc-Metadata-macaroon", hex(macaroon.reveal())});
}

}  // namespace lnd

std::unique_ptr<WalletProtocol> lnd_protocol(const Secret& macaroon,
                                             std::filesystem::path certificate) {
  return std::make_unique<LndProtocol>(lnd::macaroon_from(macaroon.reveal()).value_or(Secret()),
                                       std::move(certificate));
}

}  // namespace tollhouse::lightning
