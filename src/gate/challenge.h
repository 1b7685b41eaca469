// gate: what is offered to a caller who has to pay, and the table of offers that are still unpaid:
// the same client asking for the same thing gets the same invoice until half its life is gone
// (R-L402-15), and nobody can have more open invoices than the limits say (R-L402-14).
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/bytes.h"
#include "base/money.h"
#include "base/time.h"
#include "gate/limits.h"
#include "mpp/challenge.h"
#include "x402/payment_required.h"

namespace tollhouse::gate {

/// A Lightning payment that is on its way mostly arrives within this; who asks again is asked to
/// wait twice as long, up to the longest.
inline constexpr Duration kInFlightWait = std::chrono::seconds(2);
inline constexpr Duration kInFlightWaitMax = std::chrono::seconds(30);
/// Longer than anybody waits for a payment whose showings are counted.
inline constexpr Duration kInFlightForgotten = std::chrono::minutes(10);
/// Each costs its shower a payment under way; more are not counted.
inline constexpr std::size_t kInFlightMax = 4096;

/// Every offer behind one invoice. Immutable; shared by all who ask again.
struct Challenge {
  std::string invoice;   ///< BOLT 11, lower case
  std::string macaroon;  ///< base64, standard alphabet with padding; empty: not sold by L402
  PaymentHash payment_hash;
  Msat price;  ///< what the invoice says
  Time minted;
  Time expires;                        ///< of the invoice, which never outlives what is sold
  std::vector<x402::Offer> x402 = {};  ///< in the order of preference (x402-bip122.md 5.2)
  std::uint32_t uses = 1;              ///< calls that one payment buys; 0: as many as one likes
  Duration valid_for{};                ///< how long after the sale
  std::optional<mpp::Challenge> payment = std::nullopt;  ///< of the Payment scheme
};

/// What makes two unpaid requests the same one (surface.md 5).
struct OfferKey {
  std::string client;  ///< address class
  std::string service;
  std::string tool;
  Msat price;
  std::string binding;  ///< digest of the request where an offer is bound to it, else empty

  std::string text() const;
};

class OpenChallenges {
 public:
  explicit OpenChallenges(const Limits& limits) : limits_(limits) {}

  /// Other limits from now on; what is open stays open.
  void allow(const Limits& limits);
  /// The unpaid challenge for this key while less than half its life is gone.
  std::shared_ptr<const Challenge> find(const OfferKey& key, Time now);
  /// The challenge with this invoice, as long as it is kept: while a payment is on its way the same
  /// invoice is shown again (R-X402-13).
  std::shared_ptr<const Challenge> find(const PaymentHash& hash) const;
  /// Whether one more invoice may be minted for this client; counts it as open until kept or
  /// given back.
  bool reserve(const std::string& client, Time now);
  void give_back(const std::string& client);
  void keep(const OfferKey& key, std::shared_ptr<const Challenge> challenge);
  /// The payment was shown: this invoice is not offered again, nor counted as open. What was sold
  /// with it is still known until it expires. When it was minted, the first time.
  std::optional<Time> paid(const PaymentHash& hash);
  /// How long who shows a payment on its way is asked to wait: twice as long each time
  /// (x402-bip122.md 6.6).
  Duration wait_in_flight(const PaymentHash& hash, Time now);
  std::size_t size() const;

 private:
  struct Entry {
    std::string key;
    std::string client;
    std::shared_ptr<const Challenge> challenge;
    bool paid = false;
  };
  using Entries = std::multimap<Time, Entry>;  ///< by expiry

  void drop_expired(Time now);
  void erase(Entries::iterator entry);
  /// Not offered and not counted any more.
  void close(Entries::iterator entry);

  Limits limits_;
  mutable std::mutex mutex_;
  Entries entries_;
  std::unordered_map<std::string, Entries::iterator> by_key_;
  std::unordered_map<PaymentHash, Entries::iterator> by_hash_;
  std::unordered_map<std::string, std::uint32_t> open_by_client_;
  struct InFlight {
    Time shown;     ///< last
    Duration wait;  ///< that was asked for then
  };
  std::unordered_map<PaymentHash, InFlight> in_flight_;
  std::uint32_t reserved_ = 0;
  std::size_t open_ = 0;  ///< entries that are not paid
};

}  // namespace tollhouse::gate
