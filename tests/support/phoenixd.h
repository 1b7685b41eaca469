// tests/support: a phoenixd that is true to its protocol as lightning-backends.md 6 reads it, over
// a socket: forms in, JSON out, plain text where it refuses, 200 also for a payment that failed,
// and what it does wrong on request. Its invoices are real and signed.
#pragma once
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "support/http_double.h"
#include "support/payee.h"

namespace tollhouse::test {

enum class PhoenixdFault : std::uint8_t {
  none,
  wrong_amount,       ///< mints for twice what was asked
  wrong_hash,         ///< says another payment hash than its invoice has
  same_invoice,       ///< gives the last invoice once more
  endless,            ///< the invoice is good for a year
  cut_invoice,        ///< the last letter is another one
  stall,              ///< does not answer
  garbage,            ///< 200 and no JSON
  drop,               ///< closes instead of answering
  error,              ///< 500 and a sentence
  other_payment,      ///< looks up another payment than asked
  taken_for_channel,  ///< paid, but nothing of it arrived: it went into liquidity
  pay_fails,          ///< a payment ends with 200 and a reason
  pay_is_slow,        ///< pays, and the answer never comes
};

class Phoenixd {
 public:
  static constexpr const char* kLimited = "0a1b2c3d-limited";
  static constexpr const char* kFull = "9f8e7d6c-full";

  explicit Phoenixd(bolt::Network network = bolt::Network::regtest);
  ~Phoenixd();
  Phoenixd(const Phoenixd&) = delete;
  Phoenixd& operator=(const Phoenixd&) = delete;

  std::string url() const { return http_.url(); }
  void set_fault(PhoenixdFault fault);
  void stop();
  void start();

  /// As somebody else's wallet pays: the preimage, or nothing for a stranger's invoice.
  std::optional<std::string> pay(const std::string& bolt11);
  void expire(const std::string& bolt11);
  /// An invoice of somebody else, for paying.
  PayeeInvoice foreign_invoice(Msat amount);

  std::size_t minted() const;
  /// How often a payment was ordered with an invoice.
  std::size_t orders() const;
  /// Every request line and body that came.
  std::string heard() const;

 private:
  struct Row : PayeeInvoice {
    bool paid = false;
    bool expired = false;
    bool foreign = false;
  };

  std::optional<DoubleReply> answer(const DoubleRequest& request);
  DoubleReply mint(const std::map<std::string, std::string>& form);
  DoubleReply pay_out(const std::map<std::string, std::string>& form);
  DoubleReply incoming(const std::string& hash);
  DoubleReply outgoing(const std::string& hash);
  DoubleReply info() const;

  const Payee payee_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  PhoenixdFault fault_ = PhoenixdFault::none;
  bool ending_ = false;
  std::map<std::string, Row> rows_;  ///< by payment hash, hex
  std::string last_;
  std::size_t minted_ = 0;
  std::size_t orders_ = 0;
  std::string heard_;
  HttpDouble http_;  ///< the last member: what it calls is made before it
};

}  // namespace tollhouse::test
