// tests/support: a node that is paid: real, signed invoices for the doubles of wallets.
#pragma once
#include <cstdint>
#include <memory>
#include <string>

#include "bolt/bolt11.h"

namespace tollhouse::test {

struct PayeeInvoice {
  std::string bolt11;
  std::string hash;      ///< 64 hex digits
  std::string preimage;  ///< 64 hex digits
  std::string memo;
  std::int64_t amount_msat = 0;
  Time created;
  Time expires;
};

class Payee {
 public:
  explicit Payee(bolt::Network network);
  ~Payee();

  /// `hash`: 64 hex digits that the invoice commits to in place of the memo; empty: none.
  PayeeInvoice make(Msat amount, Duration expiry, const std::string& memo,
                    const std::string& hash = {}) const;
  /// Of the invoice, 64 hex digits; empty for a text that is none.
  std::string hash_of(const std::string& bolt11) const;
  /// The same invoice with its last letter changed.
  static std::string damaged(std::string bolt11);

 private:
  struct Keys;
  const bolt::Network network_;
  std::unique_ptr<Keys> keys_;
};

}  // namespace tollhouse::test
