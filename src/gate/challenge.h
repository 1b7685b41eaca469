// gate: what is offered to a caller who has to pay, and the table of offers that are still unpaid:
// the same client asking for the same thing gets the same invoice until half its life is gone
// (R-L402-15), and nobody can have more open invoices than the limits say (R-L402-14).
#pragma once
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>

#include "base/bytes.h"
#include "base/money.h"
#include "base/time.h"
#include "gate/limits.h"

namespace tollhouse::gate {

/// One offer: an invoice and the token it will pay for. Immutable; shared by all who ask again.
struct Challenge {
  std::string invoice;   ///< BOLT 11, lower case
  std::string macaroon;  ///< base64, standard alphabet with padding
  PaymentHash payment_hash;
  Msat price;  ///< what the invoice says
  Time minted;
  Time expires;  ///< of the token; the invoice never outlives it
};

/// What makes two unpaid requests the same one (surface.md 5).
struct OfferKey {
  std::string client;  ///< address class
  std::string service;
  std::string tool;
  Msat price;
  std::string binding;  ///< digest of the body where the token is bound to it, else empty

  std::string text() const;
};

class OpenChallenges {
 public:
  explicit OpenChallenges(const Limits& limits) : limits_(limits) {}

  /// Other limits from now on; what is open stays open.
  void allow(const Limits& limits);
  /// The unpaid challenge for this key while less than half its life is gone.
  std::shared_ptr<const Challenge> find(const OfferKey& key, Time now);
  /// Whether one more invoice may be minted for this client; counts it as open until kept or
  /// given back.
  bool reserve(const std::string& client, Time now);
  void give_back(const std::string& client);
  void keep(const OfferKey& key, std::shared_ptr<const Challenge> challenge);
  /// The payment was shown: this invoice is not offered again. When it was minted, the first time.
  std::optional<Time> paid(const PaymentHash& hash);
  std::size_t size() const;

 private:
  struct Entry {
    std::string key;
    std::string client;
    std::shared_ptr<const Challenge> challenge;
  };
  using Entries = std::list<Entry>;  ///< oldest first, so expiry looks at the front only

  void drop_expired(Time now);
  void erase(Entries::iterator entry);

  Limits limits_;
  mutable std::mutex mutex_;
  Entries entries_;
  std::unordered_map<std::string, Entries::iterator> by_key_;
  std::unordered_map<PaymentHash, Entries::iterator> by_hash_;
  std::unordered_map<std::string, std::uint32_t> open_by_client_;
  std::uint32_t reserved_ = 0;
};

}  // namespace tollhouse::gate
