// tests/support: an LNbits that is true to its protocol, over a socket: status codes, JSON and
// sentences as the recorded answers of tests/vectors/lnbits have them, and what it does wrong on
// request. Its invoices are real and signed.
#pragma once
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "support/http_double.h"
#include "support/payee.h"

namespace tollhouse::test {

enum class LnbitsFault : std::uint8_t {
  none,
  wrong_amount,   ///< mints for twice what was asked
  wrong_hash,     ///< says another payment hash than its invoice has
  same_invoice,   ///< gives the last invoice once more
  endless,        ///< the invoice is good for a year
  cut_invoice,    ///< the last letter is another one
  stall,          ///< does not answer
  garbage,        ///< 200 and no JSON
  drop,           ///< closes instead of answering
  error,          ///< 500 "Unexpected error! ID: ..."
  no_node,        ///< 520 with `status` pending
  rate_limit,     ///< 429, no Retry-After
  first_install,  ///< 307 to /first_install
  underpaid,      ///< says that half of an invoice came
  overpaid,       ///< says that twice as much came
  other_payment,  ///< looks up another payment than asked
  other_node,     ///< its invoices are signed by another node than before
};

class Lnbits {
 public:
  static constexpr const char* kInvoiceKey = "0123456789abcdef0123456789abcdef";
  static constexpr const char* kAdminKey = "fedcba9876543210fedcba9876543210";
  static constexpr const char* kPayerKey =
      "00112233445566778899aabbccddeeff";  ///< another wallet's

  /// Serves on a free port of loopback. `leaks`: as releases 1.1 to 1.5.6 do, preimages of unpaid
  /// invoices in look-ups without a key.
  explicit Lnbits(bolt::Network network = bolt::Network::regtest, bool leaks = false);
  ~Lnbits();
  Lnbits(const Lnbits&) = delete;
  Lnbits& operator=(const Lnbits&) = delete;

  std::string url() const { return http_.url(); }
  void set_fault(LnbitsFault fault);
  /// Ends with all its connections; its invoices stay, as in a database.
  void stop();
  void start();

  /// As somebody else's wallet pays: the preimage, or nothing for a stranger's invoice.
  std::optional<std::string> pay(const std::string& bolt11);
  /// What a stranger can know of an unpaid invoice.
  std::optional<std::string> preimage_of(const std::string& bolt11);
  /// Whether its WebSockets come through; not at first, as behind many a proxy.
  void tell(bool tells);
  /// Sends "paid" to those who listen for this invoice, as anybody can.
  void forge(const std::string& bolt11);
  /// As uvicorn does each twenty seconds, to all who listen.
  void ping();
  /// Until somebody has begun to listen that often; false when patience ends.
  bool wait_for_listeners(std::size_t count);
  std::size_t listeners() const;
  /// Until that many have gone away with what they heard; false when patience ends.
  bool wait_for_gone(std::size_t count);
  /// Marks it as 1.6 does an expired one that was looked up.
  void expire(const std::string& bolt11);

  std::size_t minted() const;
  /// Until that many invoices were minted; false when patience ends.
  bool wait_for_minted(std::size_t count);
  /// Every request line and header that came, to see that no key travels where it should not.
  std::string heard() const;

 private:
  struct Row;
  struct Request;
  struct Reply;

  std::optional<DoubleReply> serve(const DoubleRequest& heard);
  std::optional<Reply> answer(const Request& request);
  bool listens(const DoubleRequest& heard);
  void tell_of(const DoubleRequest& heard, DoubleLine& line);
  bool is_paid(const std::string& hash) const;
  Reply wallet(const Request& request) const;
  Reply mint(const Request& request);
  Reply pay_out(const Request& request);
  Reply look_up(const Request& request);
  Row make_invoice(std::uint64_t sat, std::int64_t expiry, const std::string& memo,
                   const std::string& hash);

  const Payee payee_;
  const Payee other_payee_;
  const bool leaks_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  LnbitsFault fault_ = LnbitsFault::none;
  bool ending_ = false;
  std::map<std::string, Row> rows_;  ///< by payment hash, hex
  std::string last_;                 ///< payment hash of the last invoice
  std::size_t minted_ = 0;
  std::string heard_;
  bool tells_ = false;
  std::map<std::string, std::size_t> forged_;  ///< messages for a payment hash
  std::size_t pings_ = 0;
  std::size_t listeners_ = 0;
  std::size_t gone_ = 0;
  HttpDouble http_;  ///< the last member: what it calls is made before it
};

}  // namespace tollhouse::test
