// cli: `inspect` of macaroons, L402 credentials and challenges. Without the root key nothing of
// them can be verified, and the answer says so.
#include <array>

#include "base/secret.h"
#include "cli/facts.h"
#include "cli/input.h"
#include "crypto/sha256.h"
#include "l402/challenge.h"
#include "l402/identifier.h"
#include "l402/macaroon_json.h"

namespace tollhouse::cli {
namespace {

void add_token_id(Facts& facts, const l402::TokenIdBytes& bytes) {
  const auto token = l402::read_token_id(bytes);
  add_text(facts, "tokenId", hex(bytes));
  if (!token) return;
  add_number(facts, "keyNumber", token->key_number);
  add_time(facts, "mintedAt", token->minted);
  add_amount(facts, "priceMsat", token->price);
}

void add_caveats(Facts& facts, const macaroon::Owned& token) {
  std::string json;
  std::string text;
  json::Writer writer(json);
  writer.begin_array();
  for (const auto& caveat : token.caveats) {
    const std::string_view condition = text_of(caveat.identifier);
    writer.string(condition);
    text += (text.empty() ? "" : "\n" + std::string(23, ' ')) + printable(condition, 1024);
    if (!caveat.verification_id.empty()) text += " (third party)";
  }
  writer.end_array();
  facts.push_back({"caveats", json, text.empty() ? "none" : text});
}

void add_macaroon(Facts& facts, const macaroon::Owned& token) {
  if (!token.location.empty()) add_text(facts, "location", token.location);
  const auto identifier = l402::read_identifier(token.identifier);
  if (identifier) {
    add_text(facts, "paymentHash", hex(identifier->payment_hash.view()));
    add_token_id(facts, identifier->token_id);
  } else {
    add_text(facts, "identifier", hex(token.identifier));
  }
  add_caveats(facts, token);
  facts.push_back({"verified", "false", "no (only the gate that minted it can)"});
}

/// Without a header's name and scheme.
std::string_view without_scheme(std::string_view thing) {
  for (const std::string_view prefix : {"Authorization:", "authorization:", "L402 ", "LSAT "}) {
    if (thing.starts_with(prefix)) thing = without_blanks(thing.substr(prefix.size()));
  }
  return thing;
}

void add_preimage(Facts& facts, std::string_view digits, const macaroon::Owned& token) {
  Preimage preimage;
  if (!read_hex(digits, preimage.bytes)) {
    facts.push_back({"preimage", "null", "not 64 hex digits"});
    return;
  }
  add_text(facts, "preimage", std::string(digits.substr(0, 4)) + "...");
  const auto identifier = l402::read_identifier(token.identifier);
  if (!identifier) return;
  const Digest hash = crypto::sha256(preimage.reveal());
  add_truth(facts, "preimageFits", hash.bytes == identifier->payment_hash.bytes);
}

}  // namespace

std::optional<Facts> macaroon_facts(std::string_view thing) {
  const auto token = l402::read_any_macaroon(thing);
  if (!token) return std::nullopt;
  Facts facts;
  add_text(facts, "kind", "macaroon");
  add_macaroon(facts, *token);
  return facts;
}

std::optional<Facts> credential_facts(std::string_view thing) {
  const std::string_view bare = without_scheme(thing);
  const std::size_t colon = bare.rfind(':');
  if (colon == std::string_view::npos || bare.starts_with('{')) {
    return bare.size() == thing.size() ? std::nullopt : macaroon_facts(bare);
  }
  const auto token = l402::read_any_macaroon(bare.substr(0, colon));
  if (!token) return std::nullopt;
  Facts facts;
  add_text(facts, "kind", "l402_credential");
  add_preimage(facts, bare.substr(colon + 1), *token);
  add_macaroon(facts, *token);
  return facts;
}

std::optional<Facts> challenge_facts(std::string_view thing, Time now) {
  for (const std::string_view prefix : {"WWW-Authenticate:", "www-authenticate:"}) {
    if (thing.starts_with(prefix)) thing = without_blanks(thing.substr(prefix.size()));
  }
  const std::array<std::string_view, 1> lines = {thing};
  const auto challenges = l402::read_challenges(lines);
  if (challenges.empty()) return std::nullopt;
  Facts facts;
  add_text(facts, "kind", "l402_challenge");
  add_text(facts, "scheme", challenges[0].scheme);
  if (const auto token = l402::read_any_macaroon(challenges[0].macaroon))
    add_macaroon(facts, *token);
  add_invoice(facts, challenges[0].invoice, now);
  return facts;
}

}  // namespace tollhouse::cli
