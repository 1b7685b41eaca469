// lightning: what one kind of wallet behind HTTP is asked and what its answers mean
// (lightning-backends.md 3 to 6): bytes in, a value or a fault out, nothing kept but the
// credential. http_wallet.h does the asking: when, how often, and what is believed.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "io/errand.h"
#include "lightning/wallet.h"

namespace tollhouse::lightning {

/// One request; the address before `path` and the credential are added to it.
struct Question {
  std::string method = "GET";
  std::string path;
  std::string content_type{};  ///< empty: none
  std::string body{};
  bool with_credential = true;
};

/// What a wallet minted, unchecked: the invoice has to be read.
struct Minting {
  std::string bolt11;
  PaymentHash payment_hash;  ///< by which it will know the invoice
};

/// A question that is answered as soon as something happens, perhaps never.
struct Listening {
  Question question;
  std::vector<io::ErrandField> fields;
  int status = 0;                ///< of an answer that listens
  std::size_t bytes_enough = 0;  ///< of its body, to see what was said
};

/// What a check can bring to light that is worth a line in the log, or the end.
enum class Finding : std::uint8_t {
  nothing,
  can_spend,
  sees_more,  ///< the credential shows more than is needed
  ends_soon,  ///< the credential is good for a short while only
  shows_preimages
};

struct StartCheck {
  Question question;
  std::function<Result<Finding, WalletFault>(int status, std::string_view body)> read;
};

class WalletProtocol {
 public:
  virtual ~WalletProtocol() = default;
  virtual std::string_view driver() const = 0;
  /// As lightning::Wallet says it.
  virtual bool unpaid_preimage_public() const = 0;
  /// Look-ups that it bears (lightning-backends.md 11).
  virtual double lookups_per_second() const { return 10; }

  /// What the credential says of itself, before anybody is asked.
  virtual Result<std::vector<Finding>, WalletFault> credential(Time) const {
    return std::vector<Finding>();
  }
  virtual void show_credential(io::Errand& errand) const = 0;
  /// Which certificate is trusted, where not the system's list; for every question.
  virtual void pin(io::Errand&) const {}
  /// Reads the pinned certificate again, after one that was not trusted. True where it is another.
  virtual bool renew_pin() { return false; }

  /// Asked in this order at the start, before the first invoice.
  virtual std::vector<StartCheck> checks() const = 0;
  /// Asked of an unpaid invoice that nobody has seen, at the end of the start.
  virtual std::vector<StartCheck> checks_of(const PaymentHash&) const { return {}; }

  virtual Question mint(const MintRequest& request) const = 0;
  virtual Result<Minting, WalletFault> read_minted(int status, std::string_view body) const = 0;
  virtual Question look_up(const PaymentHash& hash) const = 0;
  /// `asked` is what was looked up; `now` tells a pending one from an expired one. Faults:
  /// contradiction where the answer speaks of another payment.
  virtual Result<Payment, WalletFault> read_payment(int status, std::string_view body,
                                                    const PaymentHash& asked, Time now) const = 0;

  /// How to listen for one payment; nothing where this kind of wallet does not tell of payments.
  virtual std::optional<Listening> listen(const PaymentHash&, Random&) const {
    return std::nullopt;
  }
  /// Whether what was heard may mean that it was paid. It is looked up then, and never believed.
  virtual bool is_hint(std::string_view) const { return false; }
};

}  // namespace tollhouse::lightning
