// gate: the offers behind one invoice.
#include "gate/sale.h"

#include <algorithm>

#include "base/base64.h"
#include "base/hex.h"
#include "bolt/bolt11.h"
#include "crypto/sha256.h"
#include "gate/credential_keys.h"
#include "gate/mpp_admission.h"
#include "gate/x402_admission.h"
#include "http/url.h"
#include "l402/challenge.h"
#include "x402/binding.h"

namespace tollhouse::gate {
namespace {

std::chrono::seconds whole_seconds(Duration life) {
  return std::chrono::floor<std::chrono::seconds>(life);
}

l402::Terms token_terms(const Call& call, std::span<const std::string_view> tool) {
  l402::Terms terms;
  terms.service = call.route->service;
  terms.capabilities = tool;
  terms.valid_for = call.terms.valid_for;
  terms.uses = call.terms.uses == 0 ? std::nullopt : std::optional(call.terms.uses);
  if (call.terms.bind_body) terms.body = call.request_digest;
  if (call.terms.bind_address) terms.address = call.client;
  return terms;
}

/// The L402 token of the sale in base64; nothing where the terms fit none.
std::optional<std::string> token_for(Worker& worker, const Call& call, const bolt::Invoice& invoice,
                                     Time now) {
  const std::array<std::string_view, 1> tool{call.tool};
  const l402::Sale sale{invoice.payment_hash, *invoice.amount, now, worker.house.epoch,
                        token_terms(call, tool)};
  const auto token = l402::mint(sale, call.rules.keys, worker.house.random);
  if (!token) return std::nullopt;
  return base64(*token);
}

/// The offer that both profiles have in common.
x402::Offer offer_of(x402::Profile profile, const bolt::Invoice& invoice,
                     const std::string& bolt11) {
  x402::Offer offer;
  offer.profile = profile;
  offer.network = invoice.network;
  offer.amount = *invoice.amount;
  offer.max_timeout = std::chrono::duration_cast<std::chrono::seconds>(invoice.expiry);
  offer.invoice = bolt11;
  return offer;
}

/// A wallet that does not commit to hashes sells without P2 (x402-bip122.md 1).
bool commits_to(const bolt::Invoice& invoice, const x402::Binding& binding) {
  const auto* hash = std::get_if<bolt::DescriptionHash>(&invoice.description);
  return hash != nullptr && std::ranges::equal(hash->bytes, binding.request_hash.bytes);
}

/// P2 is judged by the terms that were asked for: a wallet that shortens the invoice's life, or
/// rounds other than to the next satoshi, sells without it.
bool is_as_asked(const bolt::Invoice& invoice, const Call& call) {
  const lightning::MintRequest asked = mint_request(call.rules.policy, call.terms, call.tool);
  const auto rounded = Msat::of_sat(asked.amount.sat_rounded_up());
  return invoice.expiry == asked.expiry &&
         (invoice.amount == asked.amount || invoice.amount == rounded);
}

std::vector<x402::Offer> x402_offers(Worker& worker, const Call& call, const bolt::Invoice& invoice,
                                     const std::string& bolt11,
                                     const std::optional<x402::Binding>& binding) {
  std::vector<x402::Offer> offers;
  const Policy& policy = call.rules.policy;
  if (!takes_x402(policy, call.terms)) return offers;
  if (x402::network_name(x402::Profile::bip122, invoice.network).empty()) return offers;
  if (binding && commits_to(invoice, *binding) && is_as_asked(invoice, call)) {
    x402::Offer offer = offer_of(x402::Profile::lnbtc, invoice, bolt11);
    offer.pay_to = hex(invoice.payee.view());
    offer.binding = binding;
    offer.seal = seal_of(worker, call, offer);
    offers.push_back(std::move(offer));
  }
  if (policy.x402.bip122) {
    x402::Offer offer = offer_of(x402::Profile::bip122, invoice, bolt11);
    offer.seal = seal_of(worker, call, offer);
    offers.push_back(std::move(offer));
  }
  return offers;
}

std::optional<mpp::Challenge> payment_challenge(Worker& worker, const Call& call,
                                                const Challenge& sold, bolt::Network network) {
  if (!takes_mpp(call.rules.policy, call.terms)) return std::nullopt;
  const std::string terms = sold_terms(call, sold.minted + call.terms.valid_for);
  mpp::Sale sale;
  sale.price = sold.price;
  sale.invoice = sold.invoice;
  sale.payment_hash = sold.payment_hash;
  sale.network = network;
  sale.invoice_end = sold.expires;
  sale.external_id = terms;
  const CredentialKeys& keys = worker.keys_of(*call.route);
  return mpp::mint(sale, keys.realm, keys.mpp);
}

/// Where callers find this gate. A client computes the binding from the address it connected to, so
/// an address that stands for all interfaces is none; what the caller says in `Host` never counts.
std::string own_origin(const Rules& rules) {
  if (!rules.policy.public_origin.empty()) return rules.policy.public_origin;
  const auto url = http::parse_url(rules.receipts.issuer);
  return url && url->is_loopback() ? rules.receipts.issuer : std::string();
}

Result<x402::Binding, x402::Reason> bind_rest(const Call& call, const std::string& origin) {
  const std::string url = rest_url(call, origin);
  x402::HttpCall bound;
  bound.method = call.head.method_text();
  bound.url = url;
  bound.body = crypto::sha256(bytes_of(call.body));
  return x402::bind_http(bound);
}

Result<x402::Binding, x402::Reason> bind_tool_call(Worker& worker, const Call& call,
                                                   const std::string& origin) {
  const std::string server = origin + call.route->path;
  x402::McpCall bound;
  bound.server = server;
  bound.name = call.message->name;
  bound.arguments = call.message->arguments;
  bound.meta = call.message->meta;
  return x402::bind_mcp(bound, worker.answer_document);
}

}  // namespace

bool takes_x402(const Policy& policy, const Terms& terms) {
  return terms.priced() && terms.rails.x402 && terms.uses == 1 &&
         (policy.x402.bip122 || policy.x402.lnbtc);
}

bool takes_mpp(const Policy& policy, const Terms& terms) {
  return policy.mpp.enabled && terms.priced() && terms.rails.mpp && terms.uses == 1;
}

Msat asked_price(const Policy& policy, const Terms& terms) {
  if (!takes_mpp(policy, terms)) return terms.price;
  return Msat::of_sat(terms.price.sat_rounded_up()).value_or(terms.price);
}

bool commits_to_request(const Policy& policy, const Terms& terms) {
  return takes_x402(policy, terms) && policy.x402.lnbtc;
}

std::string rest_url(const Call& call, const std::string& origin) {
  std::string url = origin + std::string(call.head.path());
  if (call.head.has_query()) url.append("?").append(call.head.query());
  return url;
}

std::optional<x402::Binding> binding_of(Worker& worker, const Call& call) {
  if (!commits_to_request(call.rules.policy, call.terms)) return std::nullopt;
  const std::string origin = own_origin(call.rules);
  if (origin.empty() || call.message->method != mcp::Method::tools_call) return std::nullopt;
  auto binding = call.form == AnswerForm::rest ? bind_rest(call, origin)
                                               : bind_tool_call(worker, call, origin);
  if (!binding) return std::nullopt;
  return std::move(*binding);
}

lightning::MintRequest mint_request(const Policy& policy, const Terms& terms,
                                    std::string_view tool) {
  Duration life = terms.valid_for;
  if (takes_x402(policy, terms)) life = std::min(life, policy.x402.max_timeout);
  return {asked_price(policy, terms), whole_seconds(life), "Tollhouse: " + std::string(tool)};
}

std::shared_ptr<const Challenge> sell(Worker& worker, const Call& call,
                                      const bolt::Invoice& invoice, std::string bolt11,
                                      const std::optional<x402::Binding>& binding) {
  const Time now = worker.utc();
  Challenge challenge;
  if (call.terms.rails.l402) {
    auto token = token_for(worker, call, invoice, now);
    if (!token) return nullptr;
    challenge.macaroon = *std::move(token);
  }
  challenge.x402 = x402_offers(worker, call, invoice, bolt11, binding);
  challenge.invoice = std::move(bolt11);
  challenge.payment_hash = invoice.payment_hash;
  challenge.price = *invoice.amount;
  challenge.uses = call.terms.uses;
  challenge.valid_for = call.terms.valid_for;
  challenge.minted = now;
  challenge.expires = std::min(now + call.terms.valid_for, bolt::expires_at(invoice));
  challenge.payment = payment_challenge(worker, call, challenge, invoice.network);
  const bool none = challenge.macaroon.empty() && challenge.x402.empty() && !challenge.payment;
  if (none) return nullptr;
  return std::make_shared<const Challenge>(std::move(challenge));
}

std::shared_ptr<const Challenge> sell_again(Worker& worker, const Call& call) {
  if (!call.payment || call.payment->invoice.empty()) return nullptr;
  const std::string& bolt11 = call.payment->invoice;
  const auto invoice = bolt::decode(bolt11, worker.house.curve);
  if (!invoice || !invoice->amount) return nullptr;
  return sell(worker, call, *invoice, bolt11, binding_of(worker, call));
}

}  // namespace tollhouse::gate
