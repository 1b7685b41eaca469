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
  Reply wallet(const Request& request) const;
  Reply mint(const Request& request);
  Reply pay_out(const Request& request);
  Reply look_up(const Request& request);
  Row make_invoice(std::uint64_t sat, std::int64_t expiry, const std::string& memo);

  const Payee payee_;
  const bool leaks_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  LnbitsFault fault_ = LnbitsFault::none;
  bool ending_ = false;
  std::map<std::string, Row> rows_;  ///< by payment hash, hex
  std::string last_;                 ///< payment hash of the last invoice
  std::size_t minted_ = 0;
  std::string heard_;
  HttpDouble http_;  ///< the last member: what it calls is made before it
};

}  // namespace tollhouse::test
