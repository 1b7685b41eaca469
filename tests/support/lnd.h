// tests/support: an LND that is true to its REST interface as tests/vectors/lnd records it, over
// TLS with a certificate of its own: bytes as base64, numbers as text, status 500 and a sentence
// for most faults, 200 also for a payment that failed, and what it does wrong on request. Its
// invoices are real and signed.
#pragma once
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "support/http_double.h"
#include "support/payee.h"

namespace tollhouse::test {

enum class LndFault : std::uint8_t {
  none,
  wrong_amount,   ///< mints for twice what was asked
  wrong_hash,     ///< says another payment hash than its invoice has
  same_invoice,   ///< gives the last invoice once more
  endless,        ///< the invoice is good for a year
  cut_invoice,    ///< the last letter is another one
  stall,          ///< does not answer
  garbage,        ///< 200 and no JSON
  drop,           ///< closes instead of answering
  error,          ///< 500, code 2, a sentence of its own
  locked,         ///< its wallet is locked
  starting,       ///< not active yet
  other_payment,  ///< looks up another payment than asked
  overpaid,       ///< says that three times as much came
  held,           ///< a payment is locked in and not settled
  partial,        ///< a part of a payment has come
  held_back,      ///< a held payment went back; its amount still stands there
  pay_fails,      ///< a payment ends with 200 and FAILED
  pay_is_slow,    ///< pays, and the answer never comes
  pay_no_proof,   ///< SUCCEEDED with a preimage of zeros
};

/// A version 2 macaroon as LND bakes one: entities, each with its actions.
std::string lnd_macaroon_hex(
    const std::vector<std::pair<std::string, std::vector<std::string>>>& operations,
    const std::vector<std::string>& caveats = {});

class Lnd {
 public:
  explicit Lnd(bolt::Network network = bolt::Network::regtest);
  ~Lnd();
  Lnd(const Lnd&) = delete;
  Lnd& operator=(const Lnd&) = delete;

  /// `invoices:read invoices:write`.
  static std::string invoices_macaroon();
  static std::string admin_macaroon();

  std::string url() const { return http_.url(); }
  /// PEM, as in its tls.cert.
  const std::string& certificate() const { return certificate_->pem(); }
  void set_fault(LndFault fault);
  void stop();
  void start();
  /// Started again with another certificate.
  void renew_certificate();

  /// As somebody else's wallet pays: the preimage, or nothing for a stranger's invoice.
  std::optional<std::string> pay(const std::string& bolt11);
  void cancel(const std::string& bolt11);
  /// An invoice of somebody else, for paying.
  PayeeInvoice foreign_invoice(Msat amount);

  std::size_t minted() const;
  /// How often a payment was ordered with an invoice.
  std::size_t orders() const;
  /// Every request line and body that came.
  std::string heard() const;

 private:
  struct Row : PayeeInvoice {
    std::string state = "OPEN";
    std::int64_t paid_msat = 0;
    bool foreign = false;
    bool paid_out = false;
  };

  std::optional<DoubleReply> answer(const DoubleRequest& request);
  DoubleReply mint(const std::string& body);
  DoubleReply look_up(const std::string& hash);
  DoubleReply send(const std::string& body);
  DoubleReply track(const std::string& hash);
  std::string payment_line(const Row& row, const char* status, const char* reason) const;

  const Payee payee_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  LndFault fault_ = LndFault::none;
  bool ending_ = false;
  std::map<std::string, Row> rows_;  ///< by payment hash, hex
  std::string last_;
  std::size_t minted_ = 0;
  std::size_t orders_ = 0;
  std::string heard_;
  std::unique_ptr<OwnCertificate> certificate_ = std::make_unique<OwnCertificate>();
  HttpDouble http_;  ///< the last member: what it calls is made before it
};

}  // namespace tollhouse::test
