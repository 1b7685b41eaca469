// http: URLs, hosts, origins and paths.
#include "http/url.h"

#include <arpa/inet.h>

#include <array>
#include <cstring>

#include "http/characters.h"

namespace tollhouse::http {
namespace {

/// A DNS name on the wire has at most 255 octets (RFC 1035 2.3.4).
constexpr std::size_t kHostBytesMax = 255;

std::optional<std::uint16_t> port_of(std::string_view text) {
  if (text.empty() || text.size() > 5) return std::nullopt;
  std::uint32_t port = 0;
  for (const char c : text) {
    if (!is_in(c, kDigitCharacter)) return std::nullopt;
    port = port * 10 + static_cast<std::uint32_t>(c - '0');
  }
  if (port > 65535) return std::nullopt;
  return static_cast<std::uint16_t>(port);
}

std::optional<in6_addr> ipv6_of(std::string_view text) {
  std::array<char, INET6_ADDRSTRLEN> terminated{};
  if (text.empty() || text.size() >= terminated.size()) return std::nullopt;
  std::memcpy(terminated.data(), text.data(), text.size());
  in6_addr address;
  if (inet_pton(AF_INET6, terminated.data(), &address) != 1) return std::nullopt;
  return address;
}

std::string lower_text(std::string_view text) {
  std::string made(text);
  for (char& c : made) c = lower(c);
  return made;
}

bool all_target_characters(std::string_view text) { return is_all(text, kTargetCharacter); }

/// Where the authority of "scheme://authority..." ends.
std::size_t authority_end(std::string_view text, std::size_t begin) {
  const std::size_t end = text.find_first_of("/?#", begin);
  return end == std::string_view::npos ? text.size() : end;
}

}  // namespace

std::string Url::authority() const {
  std::string made = ipv6 ? "[" + host + "]" : host;
  if (port != (https ? 443 : 80)) made += ":" + std::to_string(port);
  return made;
}

std::string Url::target() const { return has_query ? path + "?" + query : path; }
std::string Url::origin() const { return std::string(scheme()) + "://" + authority(); }
std::string Url::text() const { return origin() + target(); }
bool Url::is_loopback() const { return is_loopback_host(host); }

std::string_view to_text(UrlFault fault) {
  switch (fault) {
    case UrlFault::scheme:
      return "it must start with http:// or https://";
    case UrlFault::userinfo:
      return "it must not hold a user name or password";
    case UrlFault::host:
      return "its host is not well-formed";
    case UrlFault::port:
      return "its port is not a number from 0 to 65535";
    case UrlFault::character:
      return "it holds a character that must be percent-encoded";
    case UrlFault::fragment:
      return "it must not hold a fragment (#)";
  }
  return "";
}

Result<Url, UrlFault> parse_url(std::string_view text) {
  Url url;
  url.https = starts_with_ignoring_case(text, "https://");
  if (!url.https && !starts_with_ignoring_case(text, "http://")) return refuse(UrlFault::scheme);
  const std::size_t begin = url.https ? 8 : 7;
  const std::size_t end = authority_end(text, begin);
  const std::string_view authority = text.substr(begin, end - begin);
  if (authority.find('@') != std::string_view::npos) return refuse(UrlFault::userinfo);
  const auto host = parse_host_field(authority);
  if (!host) {
    // The host alone may be good: then it is the port that is not.
    const bool good_host = parse_host_field(authority.substr(0, authority.rfind(':'))).has_value();
    return refuse(good_host ? UrlFault::port : UrlFault::host);
  }
  url.host = canonical_host(*host);
  url.ipv6 = host->ipv6;
  url.port_written = host->port.has_value();
  url.port = host->port.value_or(url.https ? 443 : 80);

  const std::string_view rest = text.substr(end);
  if (rest.find('#') != std::string_view::npos) return refuse(UrlFault::fragment);
  if (!all_target_characters(rest)) return refuse(UrlFault::character);
  const std::size_t mark = rest.find('?');
  const std::string_view path = rest.substr(0, mark);
  if (!path.empty()) url.path = path;
  if (mark != std::string_view::npos) {
    url.has_query = true;
    url.query = rest.substr(mark + 1);
  }
  return url;
}

std::optional<HostField> parse_host_field(std::string_view text) {
  HostField field;
  std::size_t host_end;
  if (text.starts_with('[')) {
    const std::size_t bracket = text.find(']');
    if (bracket == std::string_view::npos) return std::nullopt;
    field.ipv6 = true;
    field.host = text.substr(1, bracket - 1);
    if (!ipv6_of(field.host)) return std::nullopt;
    host_end = bracket + 1;
  } else {
    host_end = std::min(text.find(':'), text.size());
    field.host = text.substr(0, host_end);
    if (field.host.empty() || field.host.size() > kHostBytesMax) return std::nullopt;
    if (!is_all(field.host, kHostCharacter)) return std::nullopt;
  }
  if (host_end == text.size()) return field;
  if (text[host_end] != ':') return std::nullopt;
  field.port = port_of(text.substr(host_end + 1));
  if (!field.port) return std::nullopt;
  return field;
}

bool same_host(const HostField& a, const HostField& b, std::uint16_t default_port) {
  if (a.port.value_or(default_port) != b.port.value_or(default_port)) return false;
  if (a.ipv6 != b.ipv6) return false;
  if (!a.ipv6) return equal_ignoring_case(a.host, b.host);
  const auto left = ipv6_of(a.host);
  const auto right = ipv6_of(b.host);
  return left && right && std::memcmp(&*left, &*right, sizeof *left) == 0;
}

std::string canonical_host(const HostField& host) {
  if (!host.ipv6) return lower_text(host.host);
  const auto address = ipv6_of(host.host);
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (!address || inet_ntop(AF_INET6, &*address, text.data(), text.size()) == nullptr) {
    return std::string(host.host);
  }
  return text.data();
}

bool is_loopback_host(std::string_view canonical_host) {
  if (canonical_host == "::1" || canonical_host == "localhost") return true;
  if (canonical_host.ends_with(".localhost")) return true;
  std::array<char, INET_ADDRSTRLEN> terminated{};
  if (canonical_host.size() >= terminated.size()) return false;
  std::memcpy(terminated.data(), canonical_host.data(), canonical_host.size());
  in_addr address;
  // Only dotted quads: "127.1" is a name here, whatever a resolver may think.
  if (inet_pton(AF_INET, terminated.data(), &address) != 1) return false;
  return (ntohl(address.s_addr) >> 24) == 127;
}

std::optional<Origin> parse_origin(std::string_view text) {
  if (text == "null") return Origin{true, {}, {}, 0};
  const std::size_t colon = text.find("://");
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  const std::string_view scheme = text.substr(0, colon);
  for (const char c : scheme) {
    if (!is_in(c, kHostCharacter) && c != '+') return std::nullopt;
  }
  const auto host = parse_host_field(text.substr(colon + 3));
  if (!host) return std::nullopt;
  Origin origin{false, lower_text(scheme), canonical_host(*host), 0};
  const std::uint16_t default_port = origin.scheme == "https"  ? 443
                                     : origin.scheme == "http" ? 80
                                                               : 0;
  origin.port = host->port.value_or(default_port);
  return origin;
}

Origin origin_of(const Url& url) {
  return Origin{false, std::string(url.scheme()), url.host, url.port};
}

std::optional<std::string> decode_path(std::string_view path) {
  std::string decoded;
  decoded.reserve(path.size());
  for (std::size_t i = 0; i < path.size(); ++i) {
    char c = path[i];
    if (c == '\\') return std::nullopt;
    if (c == '%') {
      if (path.size() - i < 3) return std::nullopt;
      const int high = hex_digit(path[i + 1]);
      const int low = hex_digit(path[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      c = static_cast<char>(high * 16 + low);
      if (c == '/' || c == '.' || c == '\0' || c == '\\') return std::nullopt;
      i += 2;
    }
    decoded.push_back(c);
  }
  for (std::size_t begin = 0; begin <= decoded.size();) {
    const std::size_t end = std::min(decoded.find('/', begin), decoded.size());
    const std::string_view segment(decoded.data() + begin, end - begin);
    if (segment == "." || segment == "..") return std::nullopt;
    begin = end + 1;
  }
  return decoded;
}

}  // namespace tollhouse::http
