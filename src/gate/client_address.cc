// gate: forwarding fields of trusted proxies, from right to left.
#include "gate/client_address.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <vector>

namespace tollhouse::gate {
namespace {

using io::Endpoint;

/// More hops than any chain of proxies has; what stands before them is not looked at.
constexpr std::size_t kHopsMax = 32;

bool is_trusted(const Endpoint& endpoint, std::span<const AddressRange> trusted) {
  return std::ranges::any_of(trusted,
                             [&](const AddressRange& range) { return range.holds(endpoint); });
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = std::min(text.find_first_not_of(" \t"), text.size());
  text.remove_prefix(begin);
  return text.substr(0, text.find_last_not_of(" \t") + 1);
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool equal_name(std::string_view one, std::string_view lower_case) {
  return std::ranges::equal(one, lower_case, {}, lower);
}

/// `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]:80`; the port is not kept.
std::optional<Endpoint> node_address(std::string_view text) {
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view rest = text.substr(end + 1);
    if (!rest.empty() && !rest.starts_with(':')) return std::nullopt;
    return Endpoint::parse_address(text.substr(1, end - 1), 0);
  }
  const bool with_port = std::ranges::count(text, ':') == 1;
  return Endpoint::parse_address(with_port ? text.substr(0, text.find(':')) : text, 0);
}

/// The value of `name=` in one element of Forwarded, without quotes; nothing where it is missing.
std::optional<std::string_view> forwarded_value(std::string_view element, std::string_view name) {
  while (!element.empty()) {
    const std::size_t end = std::min(element.find(';'), element.size());
    const std::string_view pair = trimmed(element.substr(0, end));
    element.remove_prefix(std::min(end + 1, element.size()));
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos || !equal_name(pair.substr(0, equals), name)) continue;
    std::string_view value = pair.substr(equals + 1);
    const bool quoted = value.size() >= 2 && value.front() == '"' && value.back() == '"';
    if (quoted) value = value.substr(1, value.size() - 2);
    return value;
  }
  return std::nullopt;
}

/// Nothing also where it is hidden (`unknown`, `_name`) or written in a way we do not read.
std::optional<Endpoint> forwarded_for(std::string_view element) {
  const auto value = forwarded_value(element, "for");
  return value ? node_address(*value) : std::nullopt;
}

/// Elements of all lines of a list field, the last first. Commas in quotes part nothing that we
/// read: such an element is no address either way.
std::vector<std::string_view> elements_from_right(const http::FieldList& fields,
                                                  http::KnownField name) {
  std::vector<std::string_view> elements;
  fields.for_each(name, [&](std::string_view line) {
    while (true) {
      const std::size_t end = line.find(',');
      elements.push_back(trimmed(line.substr(0, end)));
      if (end == std::string_view::npos) break;
      line.remove_prefix(end + 1);
    }
  });
  std::ranges::reverse(elements);
  if (elements.size() > kHopsMax) elements.resize(kHopsMax);
  return elements;
}

template <class Read>
Endpoint walk(const Endpoint& peer, std::span<const std::string_view> hops,
              std::span<const AddressRange> trusted, Read read) {
  Endpoint client = peer;
  for (const std::string_view hop : hops) {
    const std::optional<Endpoint> address = read(hop);
    if (!address) return client;
    client = *address;
    if (!is_trusted(client, trusted)) return client;
  }
  return client;
}

}  // namespace

std::optional<AddressRange> AddressRange::parse(std::string_view text) {
  AddressRange range;
  if (text == "unix") {
    range.family = Endpoint::Family::unix_path;
    return range;
  }
  const std::size_t slash = text.find('/');
  const auto address = Endpoint::parse_address(text.substr(0, slash), 0);
  if (!address) return std::nullopt;
  range.family = address->family;
  range.address = address->address;
  const unsigned most = range.family == Endpoint::Family::ipv4 ? 32 : 128;
  range.bits = most;
  if (slash == std::string_view::npos) return range;
  const std::string_view bits = text.substr(slash + 1);
  const auto read = std::from_chars(bits.data(), bits.data() + bits.size(), range.bits);
  const bool whole = read.ec == std::errc() && read.ptr == bits.data() + bits.size();
  if (!whole || range.bits > most) return std::nullopt;
  return range;
}

bool AddressRange::holds(const Endpoint& endpoint) const {
  if (endpoint.family != family) return false;
  const unsigned bytes = bits / 8;
  if (!std::equal(address.begin(), address.begin() + bytes, endpoint.address.begin())) return false;
  if (bits % 8 == 0) return true;
  const unsigned shift = 8 - bits % 8;
  return (address[bytes] >> shift) == (endpoint.address[bytes] >> shift);
}

bool travels_in_private(const Endpoint& peer, const http::FieldList& fields,
                        std::span<const AddressRange> trusted) {
  if (!is_trusted(peer, trusted)) return peer.is_loopback();
  const auto modern = elements_from_right(fields, http::KnownField::forwarded);
  const auto usual = elements_from_right(fields, http::KnownField::x_forwarded_proto);
  std::vector<std::string_view> said;  // by the proxy that we talk to
  if (!usual.empty()) said.push_back(usual.front());
  const auto proto = modern.empty() ? std::nullopt : forwarded_value(modern.front(), "proto");
  if (proto) said.push_back(*proto);
  if (said.empty()) return peer.is_loopback();
  return std::ranges::all_of(said, [](std::string_view one) { return equal_name(one, "https"); });
}

Endpoint client_of(const Endpoint& peer, const http::FieldList& fields,
                   std::span<const AddressRange> trusted) {
  if (trusted.empty() || !is_trusted(peer, trusted)) return peer;
  const bool modern = fields.has(http::KnownField::forwarded);
  const bool usual = fields.has(http::KnownField::x_forwarded_for);
  if (!modern && !usual) return peer;
  const auto by_forwarded = [&] {
    const auto hops = elements_from_right(fields, http::KnownField::forwarded);
    return walk(peer, hops, trusted, forwarded_for);
  };
  const auto by_usual = [&] {
    const auto hops = elements_from_right(fields, http::KnownField::x_forwarded_for);
    return walk(peer, hops, trusted, node_address);
  };
  if (!modern) return by_usual();
  Endpoint client = by_forwarded();
  if (usual && by_usual() != client) return peer;
  return client;
}

}  // namespace tollhouse::gate
