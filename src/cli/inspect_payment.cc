// cli: `inspect` of the Payment scheme (mpp.md): challenges, credentials, receipts. Without the
// gate's key nothing of them can be verified, and the answer says so.
#include <array>

#include "base/base64.h"
#include "cli/facts.h"
#include "cli/input.h"
#include "crypto/sha256.h"
#include "http/characters.h"
#include "json/reader.h"
#include "mpp/credential.h"

namespace tollhouse::cli {
namespace {

/// Without a field's name; nothing where another stands there.
std::optional<std::string_view> value_of_field(std::string_view thing, std::string_view name) {
  if (!http::starts_with_ignoring_case(thing, name)) return std::nullopt;
  const std::string_view rest = thing.substr(name.size());
  if (!rest.starts_with(':')) return std::nullopt;
  return without_blanks(rest.substr(1));
}

void add_unverified(Facts& facts) {
  facts.push_back({"verified", "false", "no (only the gate that wrote it can)"});
}

void add_where_there(Facts& facts, const char* name, const std::string& text) {
  if (!text.empty()) add_text(facts, name, text);
}

void add_challenge(Facts& facts, const mpp::Challenge& challenge, Time now) {
  add_text(facts, "id", challenge.id);
  add_text(facts, "realm", challenge.realm);
  add_text(facts, "method", challenge.method);
  add_text(facts, "intent", challenge.intent);
  add_where_there(facts, "expiresAt", challenge.expires);
  add_where_there(facts, "digest", challenge.digest);
  add_where_there(facts, "description", challenge.description);
  add_where_there(facts, "opaque", challenge.opaque);
  const auto charge = mpp::read_charge(challenge.request);
  if (!charge) {
    facts.push_back({"charge", "null", "not a Lightning charge"});
    return;
  }
  add_amount(facts, "priceMsat", charge->amount);
  add_text(facts, "network", charge->network);
  if (charge->payment_hash) add_text(facts, "paymentHash", hex(charge->payment_hash->view()));
  add_where_there(facts, "externalId", charge->external_id);
  add_where_there(facts, "memo", charge->description);
  add_invoice(facts, charge->invoice, now);
}

std::optional<Facts> scheme_challenge_facts(std::string_view thing, Time now) {
  const std::array<std::string_view, 1> lines{
      value_of_field(thing, "WWW-Authenticate").value_or(thing)};
  const auto challenges = mpp::read_challenges(lines);
  if (challenges.empty()) return std::nullopt;
  Facts facts;
  add_text(facts, "kind", "mpp_challenge");
  add_challenge(facts, challenges[0], now);
  add_unverified(facts);
  return facts;
}

std::optional<Facts> scheme_credential_facts(std::string_view thing, Time now) {
  http::CredentialList list;
  list.add_line(value_of_field(thing, "Authorization").value_or(thing));
  json::Document workspace;
  const mpp::Reading reading = mpp::read_credential({.authorization = &list}, workspace);
  if (reading.presence != mpp::Presence::found) return std::nullopt;
  const mpp::Credential& credential = reading.credential;
  Facts facts;
  add_text(facts, "kind", "mpp_credential");
  add_text(facts, "preimage", hex(credential.preimage.reveal()).substr(0, 4) + "...");
  const auto charge = mpp::read_charge(credential.challenge.request);
  if (charge && charge->payment_hash) {
    const Digest hash = crypto::sha256(credential.preimage.reveal());
    add_truth(facts, "preimageFits", hash.bytes == charge->payment_hash->bytes);
  }
  add_where_there(facts, "source", credential.source);
  add_challenge(facts, credential.challenge, now);
  add_unverified(facts);
  return facts;
}

/// Only behind its field's name: alone it is base64 of anything.
std::optional<Facts> scheme_receipt_facts(std::string_view thing) {
  const auto value = value_of_field(thing, "Payment-Receipt");
  const auto bytes = value ? bytes_from_base64url(*value) : std::nullopt;
  if (!bytes) return std::nullopt;
  json::Document workspace;
  const auto object = json::parse(text_of(*bytes), workspace);
  if (!object || !object->is_object()) return std::nullopt;
  Facts facts;
  add_text(facts, "kind", "mpp_receipt");
  for (const char* name : {"status", "method", "reference", "timestamp", "challengeId"}) {
    const auto member = object->find(name);
    const auto text = member ? member->as_string() : std::nullopt;
    if (text) add_text(facts, name, *text);
  }
  add_unverified(facts);
  return facts;
}

}  // namespace

std::optional<Facts> payment_scheme_facts(std::string_view thing, Time now) {
  if (auto facts = scheme_receipt_facts(thing)) return facts;
  if (auto facts = scheme_challenge_facts(thing, now)) return facts;
  return scheme_credential_facts(thing, now);
}

}  // namespace tollhouse::cli
