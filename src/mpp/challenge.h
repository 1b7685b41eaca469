// mpp: the challenge of the `Payment` scheme, both sides: minting, writing the line of a 402 and
// its JSON-RPC form, reading what other servers write. Spec: mpp.md 2 and 7.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/money.h"
#include "base/time.h"
#include "bolt/network.h"
#include "json/reader.h"
#include "mpp/keys.h"

namespace tollhouse::mpp {

inline constexpr std::string_view kScheme = "Payment";
inline constexpr std::string_view kMethod = "lightning";
inline constexpr std::string_view kIntent = "charge";

/// `capabilities.experimental.payment` of both sides (mpp.md 7): JSON.
inline constexpr std::string_view kCapabilityName = "payment";
inline constexpr std::string_view kCapability =
    R"({"methods":{"lightning":{"intents":["charge"]}}})";

/// The parameters of a challenge, as they are sent and as a credential echoes them. The optional
/// ones are empty where they were not sent.
struct Challenge {
  std::string id;           ///< MAC over all but description
  std::string realm;        ///< protection space
  std::string method;       ///< "lightning"
  std::string intent;       ///< "charge"
  std::string request;      ///< base64url, without padding, of a JSON object
  std::string expires;      ///< RFC 3339
  std::string digest;       ///< of a body, `sha-256=:base64:` (RFC 9530)
  std::string description;  ///< for display; not under the MAC
  std::string opaque;       ///< base64url; returned unchanged

  friend bool operator==(const Challenge&, const Challenge&) = default;
};

/// A realm that shifts no slot of the MAC and breaks no client's pattern: printable ASCII without
/// `|`, `"` and `\`, at most kRealmCharactersMax (mpp.md 2, 10 item 3). Configuration asks.
bool is_realm(std::string_view text);

/// The drafts' name of a network, nothing for one that has none (mpp.md 2.1).
std::optional<std::string_view> network_name(bolt::Network network);

/// What a challenge is minted from. The caller has checked that the invoice has this hash, this
/// amount, this network and this end (l402.md 13, item 10).
struct Sale {
  Msat price;  ///< whole satoshi, more than none: rounded up before the invoice was minted
  std::string_view invoice;  ///< BOLT 11, lower case
  PaymentHash payment_hash;
  bolt::Network network = bolt::Network::regtest;
  Time invoice_end;                   ///< last good moment of the invoice: `expires`
  std::string_view description = {};  ///< memo; UTF-8, left out where empty
  /// The gate's own word about what is sold (`externalId`), echoed by every client and under the
  /// MAC: so the terms need no row in the books. Left out where empty.
  std::string_view external_id = {};
  std::optional<Digest> body = std::nullopt;  ///< `digest`; off by default (mpp.md 2.3)
};

/// Signed with the first key. Nothing for a price that is not a positive count of satoshi and for a
/// network without a name. `realm` is a realm.
std::optional<Challenge> mint(const Sale& sale, std::string_view realm, const ChallengeKeys& keys);

/// Value of the `WWW-Authenticate` line: id, realm, method, intent, request, expires, then digest,
/// description and opaque where there are some. Values hold no control characters.
std::string challenge_value(const Challenge& challenge);
/// The JSON-RPC form: the same members, `request` as a native object.
std::string challenge_json(const Challenge& challenge);
/// `{"httpStatus":…,"challenges":[…],"problem":{…}}`, `data` of a JSON-RPC error and of
/// `_meta["org.paymentauth/payment-required"]` (mpp.md 7).
///
///  problem  JSON, problem_json()
///  failure  `reason` and `detail` of a refusal (code -32043); none where nothing was shown
struct Failure {
  std::string_view reason;
  std::string_view detail;
};
std::string payment_required_data(std::span<const Challenge> challenges, int status,
                                  std::string_view problem,
                                  std::optional<Failure> failure = std::nullopt);

/// Every Payment challenge of an answer that is whole (id, realm, method, intent, request), in
/// order. Of a parameter that is repeated the first counts.
std::vector<Challenge> read_challenges(std::span<const std::string_view> www_authenticate);
/// One from JSON, as in a credential or in JSON-RPC: the five are there, all are texts. `request`
/// may be an object, which is made canonical, where `native` says so.
enum class NativeRequest : std::uint8_t { refused, taken };
std::optional<Challenge> read_challenge(const json::Value& object, NativeRequest native);

/// What a Lightning `charge` request says (mpp.md 2.1).
struct Charge {
  Msat amount;
  std::string invoice;
  std::optional<PaymentHash> payment_hash;  ///< as the server says; the invoice has the last word
  std::string network;                      ///< "mainnet" where nothing is said
  std::string description;
  std::string external_id;
};

/// From the text of `request`. Nothing where it is no such object: amount a positive decimal text,
/// currency `sat`, `BTC` or `btc` (all mean satoshi), an invoice. Unknown members are ignored.
std::optional<Charge> read_charge(std::string_view request);

}  // namespace tollhouse::mpp
