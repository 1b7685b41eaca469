// x402: offers and settlements as JSON and as header values.
#include "x402/payment_required.h"

#include <cstdint>

#include "base/base64.h"
#include "base/hex.h"
#include "base/invariant.h"
#include "json/writer.h"

namespace tollhouse::x402 {
namespace {

constexpr std::string_view kToolUrl = "mcp://tool/";
/// Unreserved characters (RFC 3986 2.3) and those that tool names have beside them.
constexpr std::string_view kUriPunctuation = "-._~/:@";

void write_bip122_extra(json::Writer& writer, const Offer& offer) {
  writer.name("extra").begin_object();
  writer.member("paymentMethod", "lightning");
  if (!offer.invoice.empty()) writer.member("invoice", std::string_view(offer.invoice));
  if (!offer.seal.empty()) writer.member("gate", std::string_view(offer.seal));
  writer.end_object();
}

void write_lnbtc_extra(json::Writer& writer, const Offer& offer) {
  invariant(offer.binding.has_value() || offer.invoice.empty());
  writer.name("extra").begin_object();
  writer.member("assetTransferMethod", "bolt11").member("paymentFlow", "upfront");
  if (!offer.binding) {
    writer.end_object();
    return;
  }
  writer.member("requestHash", std::string_view(hex(offer.binding->request_hash.view())));
  writer.member("requestBindingProfile", to_text(offer.binding->profile));
  writer.raw_member("requestBindingParams", offer.binding->parameters);
  if (!offer.invoice.empty()) writer.member("invoice", std::string_view(offer.invoice));
  if (!offer.seal.empty()) writer.member("gate", std::string_view(offer.seal));
  writer.end_object();
}

void write_requirements(json::Writer& writer, const Offer& offer) {
  writer.begin_object().member("scheme", kScheme);
  writer.member("network", network_name(offer.profile, offer.network));
  writer.member("amount", std::string_view(std::to_string(offer.amount.count())));
  writer.member("asset", kAsset).member("payTo", std::string_view(offer.pay_to));
  writer.name("maxTimeoutSeconds").i64(offer.max_timeout.count());
  if (offer.profile == Profile::bip122) write_bip122_extra(writer, offer);
  if (offer.profile == Profile::lnbtc) write_lnbtc_extra(writer, offer);
  writer.end_object();
}

void write_resource(json::Writer& writer, const Resource& resource) {
  writer.begin_object().member("url", std::string_view(resource.url));
  if (!resource.description.empty()) {
    writer.member("description", std::string_view(resource.description));
  }
  if (!resource.mime_type.empty()) {
    writer.member("mimeType", std::string_view(resource.mime_type));
  }
  writer.end_object();
}

bool stands_in_uri(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         kUriPunctuation.find(c) != std::string_view::npos;
}

}  // namespace

void append_requirements(std::string& out, const Offer& offer) {
  json::Writer writer(out);
  write_requirements(writer, offer);
}

std::string accepts(std::span<const Offer> offers) {
  std::string out;
  json::Writer writer(out);
  writer.begin_array();
  for (const Offer& offer : offers) write_requirements(writer, offer);
  writer.end_array();
  return out;
}

std::string challenge_value(const Offer& offer) {
  std::string requirements;
  append_requirements(requirements, offer);
  std::string value("x402 scheme=\"exact\", network=\"");
  value.append(network_name(offer.profile, offer.network)).append("\", amount=\"");
  value.append(std::to_string(offer.amount.count())).append("\", requirements=\"");
  value.append(base64(bytes_of(requirements))).append(1, '"');
  return value;
}

std::string resource_object(const Resource& resource) {
  std::string out;
  json::Writer writer(out);
  write_resource(writer, resource);
  return out;
}

std::string tool_url(std::string_view tool) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string url(kToolUrl);
  for (const char c : tool) {
    if (stands_in_uri(c)) {
      url.push_back(c);
      continue;
    }
    const auto byte = static_cast<std::uint8_t>(c);
    url.push_back('%');
    url.push_back(kDigits[byte >> 4]);
    url.push_back(kDigits[byte & 15]);
  }
  return url;
}

std::string payment_required(const PaymentRequired& required) {
  std::string out;
  json::Writer writer(out);
  writer.begin_object().member("x402Version", std::int32_t{kVersion});
  writer.member("error", required.error).name("resource");
  write_resource(writer, required.resource);
  writer.name("accepts").begin_array();
  for (const Offer& offer : required.accepts) write_requirements(writer, offer);
  writer.end_array();
  if (!required.extensions.empty()) writer.raw_member("extensions", required.extensions);
  writer.end_object();
  return out;
}

std::string header_value(std::string_view json) { return base64(bytes_of(json)); }

std::string settlement(const Settlement& settled) {
  std::string out;
  json::Writer writer(out);
  writer.begin_object().member("success", true);
  writer.member("transaction", std::string_view(hex(settled.payment_hash.view())));
  writer.member("network", network_name(settled.profile, settled.network));
  if (settled.profile == Profile::bip122) {
    writer.member("payer", kAnonymous).name("extra").begin_object();
    writer.member("invoice", settled.invoice).name("settledAt");
    writer.i64(unix_seconds(settled.settled_at)).end_object();
  }
  writer.end_object();
  return out;
}

std::string failed_settlement(std::string_view reason_token, std::string_view network) {
  std::string out;
  json::Writer writer(out);
  writer.begin_object().member("success", false).member("errorReason", reason_token);
  writer.member("transaction", "").member("network", network).end_object();
  return out;
}

}  // namespace tollhouse::x402
