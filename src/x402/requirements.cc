// x402: PaymentRequirements out of JSON.
#include "x402/requirements.h"

#include <algorithm>
#include <charconv>

#include "base/hex.h"
#include "json/canonical.h"
#include "x402/binding.h"
#include "x402/payment_payload.h"
#include "x402/preimage.h"

namespace tollhouse::x402 {
namespace {

/// The longest time limit that is believed: a year in seconds, so that sums of times stay far below
/// their type's end.
constexpr std::uint64_t kTimeoutSecondsMax = std::uint64_t{365} * 24 * 3600;
/// Members of `extra` that are the scheme's own, the dynamic invoice and a gate's own seal.
constexpr std::string_view kSchemeMembers[] = {
    "assetTransferMethod",  "paymentFlow", "requestHash", "requestBindingProfile",
    "requestBindingParams", "invoice",     "gate"};

std::optional<bolt::Network> lnbtc_network(std::string_view name, bolt::Network ours) {
  const auto named = network_from_name(name);
  if (!named || named->profile != Profile::lnbtc) return std::nullopt;
  const bool published =
      named->network == bolt::Network::mainnet || named->network == bolt::Network::testnet;
  if (ours == bolt::Network::mainnet && !published) return std::nullopt;
  return named->network;
}

bool is_node_key(std::string_view text, const crypto::Secp256k1& curve) {
  crypto::PublicKey key;
  return is_lower_hex(text) && read_hex(text, key.bytes) && curve.valid(key);
}

std::optional<std::chrono::seconds> read_timeout(const json::Value& requirements) {
  const auto member = requirements.find("maxTimeoutSeconds");
  const std::uint64_t seconds = member ? member->as_u64().value_or(0) : 0;
  if (seconds == 0 || seconds > kTimeoutSecondsMax) return std::nullopt;
  return std::chrono::seconds(static_cast<std::int64_t>(seconds));
}

/// Steps 1 to 4 of 6.4 for an offer. Its time limit promises nothing beyond the invoice's own, so
/// one that cannot be read is no reason to refuse.
Result<void, Reason> read_bip122_members(const json::Value& requirements, Offer& offer) {
  if (string_member(requirements, "scheme") != kScheme) return refuse(Reason::scheme_mismatch);
  const auto network = network_from_name(string_member(requirements, "network").value_or(""));
  if (!network || network->profile != Profile::bip122) return refuse(Reason::network_mismatch);
  if (string_member(requirements, "asset") != kAsset) return refuse(Reason::asset_mismatch);
  const auto amount = amount_from_text(string_member(requirements, "amount").value_or(""));
  if (!amount) return refuse(Reason::amount_mismatch);
  const auto pay_to = string_member(requirements, "payTo");
  if (!pay_to || pay_to->empty()) return refuse(Reason::pay_to_mismatch);
  offer.network = network->network;
  offer.amount = *amount;
  offer.pay_to = *pay_to;
  offer.max_timeout = read_timeout(requirements).value_or(offer.max_timeout);
  return {};
}

/// Row 2 of 7.5.
Result<void, Reason> read_members(const json::Value& requirements, const crypto::Secp256k1& curve,
                                  bolt::Network ours, Offer& offer) {
  if (string_member(requirements, "scheme") != kScheme) return refuse(Reason::unsupported_scheme);
  const auto network = lnbtc_network(string_member(requirements, "network").value_or(""), ours);
  if (!network) return refuse(Reason::unsupported_network);
  if (string_member(requirements, "asset") != kAsset) return refuse(Reason::lnbtc_asset);
  const auto amount = amount_from_text(string_member(requirements, "amount").value_or(""));
  if (!amount) return refuse(Reason::lnbtc_amount);
  const auto timeout = read_timeout(requirements);
  if (!timeout) return refuse(Reason::lnbtc_max_timeout);
  const std::string_view pay_to = string_member(requirements, "payTo").value_or("");
  if (!is_node_key(pay_to, curve)) return refuse(Reason::lnbtc_pay_to_malformed);
  offer.profile = Profile::lnbtc;
  offer.network = *network;
  offer.amount = *amount;
  offer.pay_to = pay_to;
  offer.max_timeout = *timeout;
  return {};
}

std::optional<Binding> read_binding(const json::Value& extra) {
  const auto hash = digest_from_lower_hex(string_member(extra, "requestHash").value_or(""));
  const auto profile =
      binding_profile_from_text(string_member(extra, "requestBindingProfile").value_or(""));
  const auto parameters = extra.find("requestBindingParams");
  if (!hash || !profile || !parameters || !well_formed_parameters(*profile, *parameters)) {
    return std::nullopt;
  }
  return Binding{*profile, *hash, std::string(parameters->raw())};
}

/// Row 3 of 7.5, for one side.
Result<void, Reason> read_extra(const json::Value& extra, ReadOffer& read) {
  const auto method = present(extra, "assetTransferMethod");
  if (method && method->as_string() != "bolt11") {
    return refuse(Reason::lnbtc_asset_transfer_method);
  }
  if (string_member(extra, "paymentFlow") != "upfront") return refuse(Reason::lnbtc_payment_flow);
  read.offer.binding = read_binding(extra);
  if (!read.offer.binding) return refuse(Reason::lnbtc_request_binding);
  read.offer.invoice = string_member(extra, "invoice").value_or("");
  read.offer.seal = string_member(extra, "gate").value_or("");
  for (const json::Member& member : extra.members()) {
    const std::string_view name = member.name();
    if (std::ranges::find(kSchemeMembers, name) != std::end(kSchemeMembers)) continue;
    read.declared.push_back({std::string(name), std::string(member.value.raw())});
  }
  return {};
}

std::optional<std::string> canonical_of(std::string_view text) {
  json::Document workspace;
  const auto value = json::parse(text, workspace);
  if (!value) return std::nullopt;
  auto canonical = json::canonical(*value);
  if (!canonical) return std::nullopt;
  return std::move(*canonical);
}

}  // namespace

Result<ReadOffer, Reason> read_lnbtc_offer(const json::Value& requirements,
                                           const crypto::Secp256k1& curve, bolt::Network ours) {
  ReadOffer read;
  const auto members = read_members(requirements, curve, ours, read.offer);
  if (!members) return refuse(members.error());
  const auto extra = requirements.find("extra");
  if (!extra || !extra->is_object()) return refuse(Reason::lnbtc_payment_flow);
  const auto rest = read_extra(*extra, read);
  if (!rest) return refuse(rest.error());
  return read;
}

Result<ReadOffer, Reason> read_bip122_offer(const json::Value& requirements) {
  ReadOffer read;
  const auto members = read_bip122_members(requirements, read.offer);
  if (!members) return refuse(members.error());
  const auto extra = requirements.find("extra");
  if (!extra || string_member(*extra, "paymentMethod") != "lightning") {
    return refuse(Reason::payment_method_mismatch);
  }
  read.offer.invoice = string_member(*extra, "invoice").value_or("");
  if (read.offer.invoice.empty()) return refuse(Reason::invoice_missing);
  read.offer.seal = string_member(*extra, "gate").value_or("");
  return read;
}

bool same_json(std::string_view a, std::string_view b) {
  if (a == b) return true;
  const auto left = canonical_of(a);
  return left && left == canonical_of(b);
}

std::optional<BindingProfile> binding_profile_from_text(std::string_view text) {
  for (const BindingProfile profile : {BindingProfile::http, BindingProfile::mcp}) {
    if (to_text(profile) == text) return profile;
  }
  return std::nullopt;
}

std::optional<Digest> digest_from_lower_hex(std::string_view text) {
  if (!is_lower_hex(text)) return std::nullopt;
  return value_from_hex<Digest>(text);
}

std::optional<Msat> amount_from_text(std::string_view text) {
  if (text.empty() || text.front() == '0') return std::nullopt;
  std::uint64_t count = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), count);
  if (read.ec != std::errc{} || read.ptr != text.data() + text.size()) return std::nullopt;
  return Msat::of(count);
}

}  // namespace tollhouse::x402
