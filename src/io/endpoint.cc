// io: endpoints in text and in the kernel's form.
#include "io/endpoint.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <charconv>
#include <cstring>

#include "base/format.h"
#include "base/invariant.h"

namespace tollhouse::io {
namespace {

constexpr std::string_view kUnixPrefix = "unix:";

std::optional<std::uint16_t> port_from(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return port;
}

bool is_mapped_ipv4(const std::uint8_t* bytes) {
  static constexpr std::uint8_t kPrefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  return std::memcmp(bytes, kPrefix, sizeof kPrefix) == 0;
}

struct Range {
  std::array<std::uint8_t, 4> base;
  unsigned bits;
};

/// IPv4 ranges of RFC 6890 that the public network does not route.
constexpr Range kPrivateRanges[] = {
    {{0, 0, 0, 0}, 8},     {{10, 0, 0, 0}, 8},      {{100, 64, 0, 0}, 10},  {{169, 254, 0, 0}, 16},
    {{172, 16, 0, 0}, 12}, {{192, 0, 0, 0}, 24},    {{192, 0, 2, 0}, 24},   {{192, 168, 0, 0}, 16},
    {{198, 18, 0, 0}, 15}, {{198, 51, 100, 0}, 24}, {{203, 0, 113, 0}, 24}, {{224, 0, 0, 0}, 3},
};

std::uint32_t number_of(const std::uint8_t* bytes) {
  return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 |
         std::uint32_t{bytes[2]} << 8 | bytes[3];
}

bool is_private_ipv4(const std::uint8_t* bytes) {
  for (const Range& range : kPrivateRanges) {
    if ((number_of(bytes) ^ number_of(range.base.data())) >> (32 - range.bits) == 0) return true;
  }
  return false;
}

bool is_ipv6_loopback(const std::array<std::uint8_t, 16>& address) {
  for (std::size_t i = 0; i < 15; ++i) {
    if (address[i] != 0) return false;
  }
  return address[15] == 1;
}

/// Only 2000::/3 is global unicast; NAT64 and 6to4 carry an IPv4 address that counts.
bool is_private_ipv6(const std::array<std::uint8_t, 16>& address) {
  static constexpr std::uint8_t kNat64[12] = {0x00, 0x64, 0xff, 0x9b};
  if (std::memcmp(address.data(), kNat64, sizeof kNat64) == 0) {
    return is_private_ipv4(address.data() + 12) || address[12] == 127;
  }
  if (address[0] == 0x20 && address[1] == 0x02) {
    return is_private_ipv4(address.data() + 2) || address[2] == 127;
  }
  return (address[0] & 0xe0) != 0x20;
}

}  // namespace

Endpoint Endpoint::ipv4(std::array<std::uint8_t, 4> bytes, std::uint16_t port) {
  Endpoint made;
  made.family = Family::ipv4;
  made.port = port;
  std::memcpy(made.address.data(), bytes.data(), bytes.size());
  return made;
}

Endpoint Endpoint::ipv6(std::array<std::uint8_t, 16> bytes, std::uint16_t port) {
  if (is_mapped_ipv4(bytes.data())) {
    return ipv4({bytes[12], bytes[13], bytes[14], bytes[15]}, port);
  }
  Endpoint made;
  made.family = Family::ipv6;
  made.port = port;
  made.address = bytes;
  return made;
}

Endpoint Endpoint::unix_path_at(std::string path) {
  Endpoint made;
  made.family = Family::unix_path;
  made.path = std::move(path);
  return made;
}

std::optional<Endpoint> Endpoint::parse_address(std::string_view text, std::uint16_t port) {
  if (text.size() >= INET6_ADDRSTRLEN) return std::nullopt;
  const std::string terminated(text);
  std::array<std::uint8_t, 16> bytes{};
  if (inet_pton(AF_INET, terminated.c_str(), bytes.data()) == 1) {
    return ipv4({bytes[0], bytes[1], bytes[2], bytes[3]}, port);
  }
  if (inet_pton(AF_INET6, terminated.c_str(), bytes.data()) == 1) return ipv6(bytes, port);
  return std::nullopt;
}

std::optional<Endpoint> Endpoint::parse(std::string_view text) {
  if (text.starts_with(kUnixPrefix)) {
    const std::string_view path = text.substr(kUnixPrefix.size());
    const bool fits = !path.empty() && path.size() < sizeof(sockaddr_un::sun_path);
    if (!fits || path.find('\0') != std::string_view::npos) return std::nullopt;
    return unix_path_at(std::string(path));
  }
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto port = port_from(text.substr(colon + 1));
  std::string_view host = text.substr(0, colon);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  const bool has_colon = host.find(':') != std::string_view::npos;
  if (!port || bracketed != has_colon) return std::nullopt;
  return parse_address(host, *port);
}

Endpoint Endpoint::from_socket(const sockaddr& address, std::size_t size) {
  if (address.sa_family == AF_INET && size >= sizeof(sockaddr_in)) {
    sockaddr_in in{};
    std::memcpy(&in, &address, sizeof in);
    std::array<std::uint8_t, 4> bytes{};
    std::memcpy(bytes.data(), &in.sin_addr, bytes.size());
    return ipv4(bytes, ntohs(in.sin_port));
  }
  if (address.sa_family == AF_INET6 && size >= sizeof(sockaddr_in6)) {
    sockaddr_in6 in{};
    std::memcpy(&in, &address, sizeof in);
    std::array<std::uint8_t, 16> bytes{};
    std::memcpy(bytes.data(), &in.sin6_addr, bytes.size());
    Endpoint made = ipv6(bytes, ntohs(in.sin6_port));
    if (made.family == Family::ipv6) made.scope = in.sin6_scope_id;
    return made;
  }
  if (address.sa_family != AF_UNIX) return {};
  constexpr std::size_t kPathAt = offsetof(sockaddr_un, sun_path);
  const char* path = reinterpret_cast<const char*>(&address) + kPathAt;
  return unix_path_at(size > kPathAt ? std::string(path, strnlen(path, size - kPathAt)) : "");
}

std::string Endpoint::address_text() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (family == Family::ipv4) inet_ntop(AF_INET, address.data(), text.data(), text.size());
  if (family == Family::ipv6) inet_ntop(AF_INET6, address.data(), text.data(), text.size());
  return family == Family::unix_path ? path : text.data();
}

std::string Endpoint::text() const {
  switch (family) {
    case Family::ipv4:
      return fmt::format("{}:{}", address_text(), port);
    case Family::ipv6:
      return fmt::format("[{}]:{}", address_text(), port);
    case Family::unix_path:
      return std::string(kUnixPrefix) + path;
    case Family::none:
      break;
  }
  return "none";
}

bool Endpoint::is_loopback() const {
  switch (family) {
    case Family::ipv4:
      return address[0] == 127;
    case Family::ipv6:
      return is_ipv6_loopback(address);
    case Family::unix_path:
      return true;
    case Family::none:
      break;
  }
  return false;
}

bool Endpoint::is_private() const {
  if (is_loopback()) return false;
  return family == Family::ipv4 ? is_private_ipv4(address.data()) : is_private_ipv6(address);
}

std::string Endpoint::client_class() const {
  if (family == Family::unix_path) return "unix";
  if (family != Family::ipv6) return address_text();
  Endpoint network = *this;
  std::memset(network.address.data() + 8, 0, 8);
  return network.address_text() + "/64";
}

SocketAddress::SocketAddress(const Endpoint& endpoint) {
  static_assert(sizeof(sockaddr_un) <= sizeof storage_);
  invariant(endpoint.family != Endpoint::Family::none);
  if (endpoint.family == Endpoint::Family::ipv4) {
    sockaddr_in in{};
    in.sin_family = AF_INET;
    in.sin_port = htons(endpoint.port);
    std::memcpy(&in.sin_addr, endpoint.address.data(), sizeof in.sin_addr);
    std::memcpy(storage_.data(), &in, sizeof in);
    size_ = sizeof in;
  } else if (endpoint.family == Endpoint::Family::ipv6) {
    sockaddr_in6 in{};
    in.sin6_family = AF_INET6;
    in.sin6_port = htons(endpoint.port);
    in.sin6_scope_id = endpoint.scope;
    std::memcpy(&in.sin6_addr, endpoint.address.data(), sizeof in.sin6_addr);
    std::memcpy(storage_.data(), &in, sizeof in);
    size_ = sizeof in;
  } else {
    sockaddr_un un{};
    un.sun_family = AF_UNIX;
    invariant(endpoint.path.size() < sizeof un.sun_path);
    std::memcpy(un.sun_path, endpoint.path.data(), endpoint.path.size());
    std::memcpy(storage_.data(), &un, sizeof un);
    size_ = sizeof un;
  }
}

const sockaddr* SocketAddress::get() const {
  return reinterpret_cast<const sockaddr*>(storage_.data());
}

int SocketAddress::family() const { return get()->sa_family; }

}  // namespace tollhouse::io
