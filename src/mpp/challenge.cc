// mpp: challenges minted, written and read.
#include "mpp/challenge.h"

#include <algorithm>

#include "base/base64.h"
#include "base/hex.h"
#include "http/challenge.h"
#include "http/characters.h"
#include "json/canonical.h"
#include "json/writer.h"
#include "mpp/body_digest.h"
#include "mpp/limits.h"

namespace tollhouse::mpp {
namespace {

constexpr std::uint64_t kMsatInSat = 1000;

/// Members in canonical order (RFC 8785): amount, currency, description, externalId, methodDetails.
std::string request_text(const Sale& sale, std::string_view network) {
  std::string text;
  json::Writer writer(text);
  writer.begin_object()
      .member("amount", std::to_string(sale.price.sat()))
      .member("currency", "sat");
  if (!sale.description.empty()) writer.member("description", sale.description);
  if (!sale.external_id.empty()) writer.member("externalId", sale.external_id);
  writer.name("methodDetails").begin_object();
  writer.member("invoice", sale.invoice).member("network", network);
  writer.member("paymentHash", hex(sale.payment_hash.view()));
  writer.end_object().end_object();
  return text;
}

struct Slot {
  std::string_view name;
  std::string Challenge::* text;
  bool needed;
};
/// In the order of the line.
constexpr Slot kSlots[] = {
    {"id", &Challenge::id, true},           {"realm", &Challenge::realm, true},
    {"method", &Challenge::method, true},   {"intent", &Challenge::intent, true},
    {"request", &Challenge::request, true}, {"expires", &Challenge::expires, false},
    {"digest", &Challenge::digest, false},  {"description", &Challenge::description, false},
    {"opaque", &Challenge::opaque, false},
};

std::optional<Challenge> read_challenge(const http::Challenge& sent) {
  Challenge challenge;
  for (const Slot& slot : kSlots) {
    const auto value = sent.find(slot.name);
    if (value) challenge.*slot.text = *value;
    if (slot.needed && (challenge.*slot.text).empty()) return std::nullopt;
  }
  return challenge;
}

/// base64url of the canonical form of an object; nothing where it has none.
std::optional<std::string> request_of(const json::Value& object) {
  const auto text = json::canonical(object);
  if (!text) return std::nullopt;
  return base64url(bytes_of(*text));
}

/// Digits without a leading zero, from one satoshi on.
std::optional<Msat> amount_of(std::string_view text) {
  if (text.empty() || text.front() == '0' || text.size() > 16) return std::nullopt;
  if (!http::is_all(text, http::kDigitCharacter)) return std::nullopt;
  std::uint64_t sat = 0;
  for (const char digit : text) sat = sat * 10 + static_cast<std::uint64_t>(digit - '0');
  return Msat::of_sat(sat);
}

/// Text of a member; empty where it is absent, nothing where it is no text.
std::optional<std::string> text_of_member(const json::Value& object, std::string_view name) {
  const auto value = object.find(name);
  if (!value) return std::string();
  const auto text = value->as_string();
  if (!text) return std::nullopt;
  return std::string(*text);
}

bool is_satoshi(std::string_view currency) {
  return currency == "sat" || currency == "BTC" || currency == "btc";
}

/// `methodDetails` into `charge`.
bool read_details(const json::Value& details, Charge& charge) {
  auto invoice = text_of_member(details, "invoice");
  auto network = text_of_member(details, "network");
  const auto hash = text_of_member(details, "paymentHash");
  if (!invoice || invoice->empty() || !network || !hash) return false;
  if (!hash->empty()) {
    charge.payment_hash = value_from_hex<PaymentHash>(*hash);
    if (!charge.payment_hash) return false;
  }
  charge.invoice = std::move(*invoice);
  charge.network = network->empty() ? "mainnet" : std::move(*network);
  return true;
}

std::optional<Charge> read_charge_object(const json::Value& object) {
  const auto amount = text_of_member(object, "amount");
  const auto currency = text_of_member(object, "currency");
  auto description = text_of_member(object, "description");
  auto external_id = text_of_member(object, "externalId");
  if (!amount || !currency || !description || !external_id) return std::nullopt;
  const auto sum = amount_of(*amount);
  const auto details = object.find("methodDetails");
  if (!sum || !is_satoshi(*currency) || !details || !details->is_object()) return std::nullopt;
  Charge charge{*sum, {}, {}, {}, std::move(*description), std::move(*external_id)};
  if (!read_details(*details, charge)) return std::nullopt;
  return charge;
}

}  // namespace

bool is_realm(std::string_view text) {
  if (text.empty() || text.size() > kRealmCharactersMax) return false;
  return std::ranges::all_of(
      text, [](char c) { return c >= ' ' && c <= '~' && c != '|' && c != '"' && c != '\\'; });
}

std::optional<std::string_view> network_name(bolt::Network network) {
  switch (network) {
    case bolt::Network::mainnet:
    case bolt::Network::regtest:
    case bolt::Network::signet:
      return bolt::to_text(network);
    case bolt::Network::testnet:
    case bolt::Network::simnet:
      return std::nullopt;
  }
  return std::nullopt;
}

std::optional<Challenge> mint(const Sale& sale, std::string_view realm, const ChallengeKeys& keys) {
  const auto network = network_name(sale.network);
  const std::uint64_t price = sale.price.count();
  if (!network || price == 0 || price % kMsatInSat != 0) return std::nullopt;
  Challenge challenge;
  challenge.realm = realm;
  challenge.method = kMethod;
  challenge.intent = kIntent;
  challenge.request = base64url(bytes_of(request_text(sale, *network)));
  challenge.expires = rfc3339(sale.invoice_end, 0);
  if (sale.body) challenge.digest = body_digest(*sale.body);
  challenge.id = keys.id_of(challenge);
  return challenge;
}

std::string challenge_value(const Challenge& challenge) {
  std::string value;
  http::ChallengeWriter writer(value, kScheme);
  for (const Slot& slot : kSlots) {
    const std::string& text = challenge.*slot.text;
    if (!text.empty()) writer.parameter(slot.name, text);
  }
  return value;
}

std::string challenge_json(const Challenge& challenge) {
  std::string text;
  json::Writer writer(text);
  writer.begin_object();
  for (const Slot& slot : kSlots) {
    const std::string& value = challenge.*slot.text;
    if (value.empty() || slot.text == &Challenge::request) continue;
    writer.member(slot.name, value);
  }
  const auto request = bytes_from_base64url(challenge.request);
  if (request) writer.raw_member("request", text_of(*request));
  writer.end_object();
  return text;
}

std::string payment_required_data(std::span<const Challenge> challenges, int status,
                                  std::string_view problem, std::optional<Failure> failure) {
  std::string text;
  json::Writer writer(text);
  writer.begin_object().member("httpStatus", status).name("challenges").begin_array();
  for (const Challenge& challenge : challenges) writer.raw(challenge_json(challenge));
  writer.end_array().raw_member("problem", problem);
  if (failure) {
    writer.name("failure").begin_object().member("reason", failure->reason);
    writer.member("detail", failure->detail).end_object();
  }
  writer.end_object();
  return text;
}

std::vector<Challenge> read_challenges(std::span<const std::string_view> www_authenticate) {
  std::vector<Challenge> found;
  for (const std::string_view line : www_authenticate) {
    if (line.size() > kChallengeLineMax) continue;
    const auto challenges = http::parse_challenges(line);
    if (!challenges) continue;
    for (const http::Challenge& sent : *challenges) {
      auto read = sent.is(kScheme) ? read_challenge(sent) : std::nullopt;
      if (read && found.size() < kChallengesMax) found.push_back(std::move(*read));
    }
  }
  return found;
}

std::optional<Challenge> read_challenge(const json::Value& object, NativeRequest native) {
  if (!object.is_object()) return std::nullopt;
  Challenge challenge;
  for (const Slot& slot : kSlots) {
    const auto value = object.find(slot.name);
    if (!value && !slot.needed) continue;
    if (!value) return std::nullopt;
    const bool object_taken =
        slot.text == &Challenge::request && value->is_object() && native == NativeRequest::taken;
    auto text = object_taken ? request_of(*value) : text_of_member(object, slot.name);
    if (!text || (slot.needed && text->empty())) return std::nullopt;
    challenge.*slot.text = std::move(*text);
  }
  return challenge;
}

std::optional<Charge> read_charge(std::string_view request) {
  if (request.size() > kRequestCharactersMax) return std::nullopt;
  const auto text = bytes_from_base64url(request);
  if (!text) return std::nullopt;
  json::Document workspace;
  const auto object = json::parse(text_of(*text), workspace, kJsonLimits);
  if (!object || !object->is_object()) return std::nullopt;
  return read_charge_object(*object);
}

}  // namespace tollhouse::mpp
