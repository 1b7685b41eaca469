// x402: canonical texts of requests, and their hashes.
#include "x402/binding.h"

#include <algorithm>
#include <charconv>

#include "base/hex.h"
#include "crypto/sha256.h"
#include "http/characters.h"
#include "http/url.h"
#include "json/canonical.h"
#include "json/writer.h"

namespace tollhouse::x402 {
namespace {

constexpr std::string_view kDomain = "x402:exact:lnbtc:bolt11:";
constexpr std::string_view kPaymentSignature = "payment-signature";
constexpr std::string_view kUnboundNames[] = {"x402/payment", "progressToken"};
constexpr std::uint64_t kExactIntegerMax = std::uint64_t{1} << 53;

bool visible_ascii(char c) { return c > ' ' && c <= '~'; }
bool printable_ascii(char c) { return (c >= ' ' && c <= '~') || c == '\t'; }

template <class Names>
bool strictly_ascending(const Names& names) {
  return std::ranges::adjacent_find(names, std::greater_equal<>()) == std::ranges::end(names);
}

bool bindable_metadata_name(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, visible_ascii) &&
         std::ranges::find(kUnboundNames, name) == std::end(kUnboundNames);
}

bool bindable_header_name(std::string_view name) {
  return http::is_token(name) && name != kPaymentSignature &&
         std::ranges::all_of(name, [](char c) { return http::lower(c) == c; });
}

bool absolute_url(std::string_view url) {
  return std::ranges::all_of(url, visible_ascii) && http::parse_url(url).has_value();
}

/// `SHA-256(0x01 || value)`, or of 0x00 alone where there is none.
std::string value_hash(std::optional<std::string_view> value) {
  const std::uint8_t mark = value ? 1 : 0;
  crypto::Sha256 hash;
  hash.update(ByteView(&mark, 1));
  if (value) hash.update(bytes_of(*value));
  return hex(hash.finish().view());
}

void write_bound(json::Writer& writer, std::string_view name,
                 std::optional<std::string_view> value) {
  writer.begin_object().member("name", name);
  writer.member("valueHash", std::string_view(value_hash(value))).end_object();
}

std::string domain_of(BindingProfile profile) {
  return std::string(kDomain).append(to_text(profile));
}

Binding binding_of(BindingProfile profile, std::string_view canonical, std::string parameters) {
  return {profile, crypto::sha256(bytes_of(canonical)), std::move(parameters)};
}

/// A number that is written as an integer and that no double has exactly.
bool beyond_exact(std::string_view number) {
  if (number.find_first_of(".eE") != std::string_view::npos) return false;
  if (number.starts_with('-')) number.remove_prefix(1);
  std::uint64_t value = 0;
  const auto read = std::from_chars(number.data(), number.data() + number.size(), value);
  return read.ec != std::errc{} || value > kExactIntegerMax;
}

bool numbers_are_exact(const json::Value& value) {
  const auto number = value.as_number();
  if (number) return !beyond_exact(*number);
  if (value.is_array()) {
    for (const json::Value element : value.elements()) {
      if (!numbers_are_exact(element)) return false;
    }
  }
  for (const json::Member& member : value.members()) {
    if (!numbers_are_exact(member.value)) return false;
  }
  return true;
}

/// Canonical text of any JSON; nothing where it has none.
std::optional<std::string> canonical_text(const json::Value& value) {
  if (!numbers_are_exact(value)) return std::nullopt;
  auto text = json::canonical(value);
  if (!text) return std::nullopt;
  return std::move(*text);
}

std::optional<std::string> canonical_arguments(std::string_view arguments,
                                               json::Document& workspace) {
  if (arguments.empty()) return "{}";
  const auto value = json::parse(arguments, workspace);
  if (!value || !value->is_object()) return std::nullopt;
  return canonical_text(*value);
}

/// The array `metadata`: hashes of the bound members.
std::optional<std::string> bound_metadata(const McpCall& call, json::Document& workspace) {
  std::string out;
  json::Writer writer(out);
  std::optional<json::Value> meta;
  if (!call.meta.empty()) {
    const auto value = json::parse(call.meta, workspace);
    if (!value || !value->is_object()) return std::nullopt;
    meta = *value;
  }
  writer.begin_array();
  for (const std::string& name : call.metadata) {
    const auto member = meta ? meta->find(name) : std::nullopt;
    const auto text = member ? canonical_text(*member) : std::nullopt;
    if (member && !text) return std::nullopt;
    write_bound(writer, name, text ? std::optional<std::string_view>(*text) : std::nullopt);
  }
  writer.end_array();
  return out;
}

std::string mcp_parameters(const McpCall& call) {
  std::string out;
  json::Writer writer(out);
  writer.begin_object().member("server", call.server).name("metadata").begin_array();
  for (const std::string& name : call.metadata) writer.string(name);
  writer.end_array().end_object();
  return out;
}

/// All lines of one name, trimmed and joined (RFC 9421 2.1); nothing where there is none.
std::optional<std::string> joined_lines(const HttpCall& call, std::string_view name) {
  std::optional<std::string> joined;
  for (const HttpCall::Line& line : call.lines) {
    if (!http::equal_ignoring_case(line.name, name)) continue;
    if (joined) joined->append(", ");
    if (!joined) joined.emplace();
    joined->append(http::trimmed(line.value));
  }
  return joined;
}

std::optional<std::string> bound_headers(const HttpCall& call) {
  std::string out;
  json::Writer writer(out);
  writer.begin_array();
  for (const std::string& name : call.headers) {
    const auto value = joined_lines(call, name);
    if (value && !std::ranges::all_of(*value, printable_ascii)) return std::nullopt;
    write_bound(writer, name, value ? std::optional<std::string_view>(*value) : std::nullopt);
  }
  writer.end_array();
  return out;
}

std::string http_parameters(const HttpCall& call) {
  std::string out;
  json::Writer writer(out);
  writer.begin_object().name("headers").begin_array();
  for (const std::string& name : call.headers) writer.string(name);
  writer.end_array().end_object();
  return out;
}

/// Names of a payment's own parameters, by the same rules as ours.
template <class Valid>
bool well_formed_names(const std::optional<json::Value>& names, Valid&& valid) {
  if (!names || !names->is_array()) return false;
  std::string_view last;
  for (const json::Value element : names->elements()) {
    const auto name = element.as_string();
    if (!name || !valid(*name) || *name <= last) return false;
    last = *name;
  }
  return true;
}

}  // namespace

bool valid_metadata_names(std::span<const std::string> names) {
  return std::ranges::all_of(names, bindable_metadata_name) && strictly_ascending(names);
}

bool valid_header_names(std::span<const std::string> names) {
  return std::ranges::all_of(names, bindable_header_name) && strictly_ascending(names);
}

Result<Binding, Reason> bind_mcp(const McpCall& call, json::Document& workspace) {
  if (!absolute_url(call.server) || call.name.empty() || !valid_metadata_names(call.metadata)) {
    return refuse(Reason::lnbtc_request_binding);
  }
  const auto arguments = canonical_arguments(call.arguments, workspace);
  const auto metadata = bound_metadata(call, workspace);
  if (!arguments || !metadata) return refuse(Reason::lnbtc_request_binding);
  std::string text;
  json::Writer writer(text);
  writer.begin_object().raw_member("arguments", *arguments);
  writer.member("domain", std::string_view(domain_of(BindingProfile::mcp)));
  writer.raw_member("metadata", *metadata).member("method", "tools/call");
  writer.member("name", call.name).member("server", call.server).end_object();
  return binding_of(BindingProfile::mcp, text, mcp_parameters(call));
}

Result<Binding, Reason> bind_http(const HttpCall& call) {
  if (!absolute_url(call.url) || call.method.empty() || !valid_header_names(call.headers)) {
    return refuse(Reason::lnbtc_request_binding);
  }
  const auto headers = bound_headers(call);
  if (!headers) return refuse(Reason::lnbtc_request_binding);
  std::string text;
  json::Writer writer(text);
  writer.begin_object().member("bodyHash", std::string_view(hex(call.body.view())));
  writer.member("domain", std::string_view(domain_of(BindingProfile::http)));
  writer.raw_member("headers", *headers).member("method", call.method);
  writer.member("url", call.url).end_object();
  return binding_of(BindingProfile::http, text, http_parameters(call));
}

bool well_formed_parameters(BindingProfile profile, const json::Value& parameters) {
  if (profile == BindingProfile::http) {
    return parameters.size() == 1 &&
           well_formed_names(parameters.find("headers"), bindable_header_name);
  }
  const auto server = parameters.find("server");
  return parameters.size() == 2 && server && server->is_string() &&
         well_formed_names(parameters.find("metadata"), bindable_metadata_name);
}

}  // namespace tollhouse::x402
