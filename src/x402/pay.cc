// x402: reading demands, checking offers, writing payments.
#include "x402/pay.h"

#include <algorithm>

#include "base/base64.h"
#include "base/hex.h"
#include "base/invariant.h"
#include "http/challenge.h"
#include "json/writer.h"
#include "x402/invoice_check.h"
#include "x402/limits.h"
#include "x402/payment_payload.h"

namespace tollhouse::x402 {
namespace {

constexpr json::Limits kDemandLimits{.depth = 32, .members = 1024};

std::optional<FoundOffer> read_offer(const json::Value& requirements,
                                     const crypto::Secp256k1& curve,
                                     std::optional<bolt::Network> network) {
  const std::string_view name = string_member(requirements, "network").value_or("");
  const bool lnbtc = name.starts_with(kLnbtcPrefix);
  auto read = lnbtc
                  ? read_lnbtc_offer(requirements, curve, network.value_or(bolt::Network::regtest))
                  : read_bip122_offer(requirements);
  if (!read || read->offer.invoice.empty()) return std::nullopt;
  if (read->offer.network != network.value_or(read->offer.network)) return std::nullopt;
  return FoundOffer{std::move(read->offer), std::string(requirements.raw())};
}

/// JSON in base64, as every header of x402 has it; the document refers to `into`.
std::optional<json::Value> decode_header(std::string_view value, Bytes& into,
                                         json::Document& workspace) {
  if (value.size() > kPaymentRequiredCharactersMax) return std::nullopt;
  auto bytes = bytes_from_any_base64(value);
  if (!bytes) return std::nullopt;
  into = std::move(*bytes);
  const auto json = json::parse(text_of(into), workspace, kDemandLimits);
  if (!json) return std::nullopt;
  return *json;
}

std::optional<FoundOffer> read_challenge(const http::Challenge& challenge,
                                         const crypto::Secp256k1& curve,
                                         std::optional<bolt::Network> network) {
  const auto requirements = challenge.is("x402") ? challenge.find("requirements") : std::nullopt;
  if (!requirements) return std::nullopt;
  Bytes text;
  json::Document workspace;
  const auto value = decode_header(*requirements, text, workspace);
  if (!value || !value->is_object()) return std::nullopt;
  return read_offer(*value, curve, network);
}

/// The names that an offer binds, out of its parameters.
std::vector<std::string> bound_names(const json::Value& parameters, std::string_view member) {
  std::vector<std::string> names;
  const auto list = parameters.find(member);
  if (!list) return names;
  for (const json::Value element : list->elements()) {
    names.emplace_back(element.as_string().value_or(std::string_view()));
  }
  return names;
}

/// The binding that the offer should have for the call that is meant.
Result<Binding, Reason> binding_of(const Binding& offered, const Intent& intent) {
  json::Document workspace;
  const auto parameters = json::parse(offered.parameters, workspace);
  if (!parameters) return refuse(Reason::lnbtc_request_binding);
  if (offered.profile == BindingProfile::mcp && intent.mcp != nullptr) {
    const std::vector<std::string> names = bound_names(*parameters, "metadata");
    McpCall call = *intent.mcp;
    call.metadata = names;
    return bind_mcp(call, workspace);
  }
  if (offered.profile == BindingProfile::http && intent.http != nullptr) {
    const std::vector<std::string> names = bound_names(*parameters, "headers");
    HttpCall call = *intent.http;
    call.headers = names;
    return bind_http(call);
  }
  return refuse(Reason::lnbtc_request_binding);
}

Result<void, Reason> check_lnbtc(const Offer& offer, const Intent& intent,
                                 const crypto::Secp256k1& curve) {
  if (!offer.binding) return refuse(Reason::lnbtc_request_binding);
  const auto wanted = binding_of(*offer.binding, intent);
  if (!wanted) return refuse(wanted.error());
  if (wanted->request_hash != offer.binding->request_hash ||
      !same_json(wanted->parameters, offer.binding->parameters)) {
    return refuse(Reason::lnbtc_request_mismatch);
  }
  const auto invoice = decode_lnbtc_invoice(offer.invoice, offer, curve);
  if (!invoice) return refuse(invoice.error());
  const auto checked = check_lnbtc_invoice(*invoice, offer, kDefaultSkew, intent.now);
  if (!checked) return checked;
  if (intent.now > bolt::expires_at(*invoice)) return refuse(Reason::lnbtc_invoice_expired);
  return {};
}

Result<void, Reason> check_bip122(const Offer& offer, const Intent& intent,
                                  const crypto::Secp256k1& curve) {
  const auto invoice = decode_bip122_invoice(offer.invoice, curve);
  if (!invoice) return refuse(invoice.error());
  if (!invoice->amount) return refuse(Reason::bolt11_decode_incomplete);
  if (invoice->network != offer.network) return refuse(Reason::network_mismatch);
  if (intent.now > bolt::expires_at(*invoice)) return refuse(Reason::invoice_expired);
  if (*invoice->amount != offer.amount) return refuse(Reason::amount_mismatch);
  return {};
}

std::string payment_text(const Offer& offer, std::string_view requirements,
                         std::string_view resource, const Preimage* preimage) {
  invariant(offer.profile == Profile::bip122 || preimage != nullptr);
  std::string out;
  json::Writer writer(out);
  writer.begin_object().member("x402Version", std::int32_t{kVersion});
  if (!resource.empty()) writer.raw_member("resource", resource);
  writer.raw_member("accepted", requirements).name("payload").begin_object();
  if (offer.profile == Profile::bip122) writer.member("invoice", std::string_view(offer.invoice));
  if (preimage != nullptr) writer.member("preimage", std::string_view(hex(preimage->reveal())));
  writer.end_object().end_object();
  return out;
}

}  // namespace

bool is_required(const json::Value& required) {
  const auto version = required.find("x402Version");
  const auto accepts = required.find("accepts");
  return version && version->as_u64() == std::uint64_t{kVersion} && accepts && accepts->is_array();
}

std::optional<std::string> required_of_header(std::string_view value) {
  Bytes text;
  json::Document workspace;
  const auto json = decode_header(value, text, workspace);
  if (!json || !is_required(*json)) return std::nullopt;
  return std::string(json->raw());
}

std::optional<Demand> read_demand(const json::Value& required, const crypto::Secp256k1& curve,
                                  std::optional<bolt::Network> network) {
  if (!is_required(required)) return std::nullopt;
  const auto accepts = required.find("accepts");
  Demand demand;
  demand.error = string_member(required, "error").value_or("");
  const auto resource = required.find("resource");
  if (resource && resource->is_object()) demand.resource = resource->raw();
  std::size_t looked_at = 0;
  for (const json::Value requirements : accepts->elements()) {
    if (++looked_at > kOffersMax) break;
    auto offer = read_offer(requirements, curve, network);
    if (offer) demand.offers.push_back(std::move(*offer));
  }
  return demand;
}

std::optional<Demand> read_demand_header(std::string_view value, const crypto::Secp256k1& curve,
                                         std::optional<bolt::Network> network) {
  Bytes text;
  json::Document workspace;
  const auto json = decode_header(value, text, workspace);
  if (!json) return std::nullopt;
  return read_demand(*json, curve, network);
}

std::vector<FoundOffer> read_challenges(std::span<const std::string_view> www_authenticate,
                                        const crypto::Secp256k1& curve,
                                        std::optional<bolt::Network> network) {
  std::vector<FoundOffer> found;
  for (const std::string_view line : www_authenticate) {
    if (line.size() > kPaymentRequiredCharactersMax) continue;
    const auto challenges = http::parse_challenges(line);
    if (!challenges) continue;
    for (const http::Challenge& challenge : *challenges) {
      auto read = read_challenge(challenge, curve, network);
      if (read && found.size() < kOffersMax) found.push_back(std::move(*read));
    }
  }
  return found;
}

Result<void, Reason> check_offer(const Offer& offer, const Intent& intent,
                                 const crypto::Secp256k1& curve) {
  return offer.profile == Profile::lnbtc ? check_lnbtc(offer, intent, curve)
                                         : check_bip122(offer, intent, curve);
}

const FoundOffer* choose_offer(const Demand& demand, const Intent& intent,
                               const crypto::Secp256k1& curve) {
  for (const Profile profile : {Profile::lnbtc, Profile::bip122}) {
    for (const FoundOffer& found : demand.offers) {
      if (found.offer.profile == profile && check_offer(found.offer, intent, curve)) return &found;
    }
  }
  return nullptr;
}

std::string payment_for(const FoundOffer& offer, std::string_view resource,
                        const Preimage* preimage) {
  return payment_text(offer.offer, offer.requirements, resource, preimage);
}

std::string payment_for(const Offer& offer, std::string_view resource, const Preimage* preimage) {
  std::string requirements;
  append_requirements(requirements, offer);
  return payment_text(offer, requirements, resource, preimage);
}

std::optional<SettlementAnswer> read_settlement(const json::Value& settlement) {
  const auto success = settlement.find("success");
  if (!success || !success->as_bool()) return std::nullopt;
  SettlementAnswer answer;
  answer.success = *success->as_bool();
  answer.transaction = string_member(settlement, "transaction").value_or("");
  answer.network = string_member(settlement, "network").value_or("");
  answer.error_reason = string_member(settlement, "errorReason").value_or("");
  return answer;
}

std::optional<SettlementAnswer> read_settlement_header(std::string_view value) {
  Bytes text;
  json::Document workspace;
  const auto json = decode_header(value, text, workspace);
  if (!json) return std::nullopt;
  return read_settlement(*json);
}

}  // namespace tollhouse::x402
