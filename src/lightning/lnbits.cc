// lightning: LNbits' questions and checks.
#include "lightning/lnbits.h"

#include "base/base64.h"
#include "lightning/lnbits_codec.h"

namespace tollhouse::lightning {
namespace {

class LnbitsProtocol final : public WalletProtocol {
 public:
  explicit LnbitsProtocol(Secret key) : key_(std::move(key)) {}

  std::string_view driver() const override { return "lnbits"; }
  /// Releases before 1.6 show it to anybody, later ones to users of the same server.
  bool unpaid_preimage_public() const override { return true; }
  /// A public LNbits takes 200 requests a minute of one address.
  double lookups_per_second() const override { return 3; }
  void show_credential(io::Errand& errand) const override {
    errand.fields.push_back({"X-Api-Key", std::string(text_of(key_.reveal()))});
  }
  std::vector<StartCheck> checks() const override;
  std::vector<StartCheck> checks_of(const PaymentHash& hash) const override;

  Question mint(const MintRequest& request) const override {
    return {"POST", "/api/v1/payments", "application/json", lnbits::mint_body(request)};
  }
  Result<Minting, WalletFault> read_minted(int status, std::string_view body) const override {
    return lnbits::read_minted(status, body);
  }
  Question look_up(const PaymentHash& hash) const override {
    return {"GET", lnbits::payment_path(hash)};
  }
  Result<Payment, WalletFault> read_payment(int status, std::string_view body,
                                            const PaymentHash& asked, Time now) const override {
    return lnbits::read_payment(status, body, asked, now);
  }
  std::optional<Listening> listen(const PaymentHash& hash, Random& random) const override;
  bool is_hint(std::string_view heard) const override { return lnbits::is_hint(heard); }

 private:
  const Secret key_;
};

std::vector<StartCheck> LnbitsProtocol::checks() const {
  const auto read_key = [](int status, std::string_view body) -> Result<Finding, WalletFault> {
    const auto can_spend = lnbits::read_key_can_spend(status, body);
    if (!can_spend) return refuse(can_spend.error());
    return *can_spend ? Finding::can_spend : Finding::nothing;
  };
  return {{{"GET", "/api/v1/wallet"}, read_key}};
}

/// Looks the unpaid invoice up as a stranger would: whoever can reach this port reads preimages.
std::vector<StartCheck> LnbitsProtocol::checks_of(const PaymentHash& hash) const {
  Question question{"GET", lnbits::payment_path(hash)};
  question.with_credential = false;
  const auto read = [](int, std::string_view body) -> Result<Finding, WalletFault> {
    return lnbits::shows_preimage(body) ? Finding::shows_preimages : Finding::nothing;
  };
  return {{std::move(question), read}};
}

/// RFC 6455 4.1. The answer's proof that it knows the key is not asked for: a hint proves nothing.
std::optional<Listening> LnbitsProtocol::listen(const PaymentHash& hash, Random& random) const {
  constexpr int kSwitchingProtocols = 101;
  Bytes key(16);
  random.fill(key);
  Listening made{{"GET", lnbits::socket_path(hash)},
                 {{"Connection", "Upgrade"},
                  {"Upgrade", "websocket"},
                  {"Sec-WebSocket-Version", "13"},
                  {"Sec-WebSocket-Key", base64(key)}},
                 kSwitchingProtocols,
                 lnbits::kFrameBytes};
  made.question.with_credential = false;
  return made;
}

}  // namespace

std::unique_ptr<WalletProtocol> lnbits_protocol(Secret key) {
  return std::make_unique<LnbitsProtocol>(std::move(key));
}

}  // namespace tollhouse::lightning
