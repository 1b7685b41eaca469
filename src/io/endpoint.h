// io: where a socket is: an IPv4 or IPv6 address with a port, or a UNIX path. A value.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

struct sockaddr;

namespace tollhouse::io {

struct Endpoint {
  enum class Family : std::uint8_t { none, ipv4, ipv6, unix_path };

  Family family = Family::none;
  std::uint16_t port = 0;
  std::array<std::uint8_t, 16> address{};  ///< network order; IPv4 in the first four
  std::uint32_t scope = 0;                 ///< of an IPv6 link-local address
  std::string path;                        ///< of a UNIX socket

  static Endpoint ipv4(std::array<std::uint8_t, 4> address, std::uint16_t port);
  static Endpoint ipv6(std::array<std::uint8_t, 16> address, std::uint16_t port);
  static Endpoint unix_path_at(std::string path);
  /// Reads `127.0.0.1:80`, `[::1]:80` and `unix:/run/x`; port 0 to 65535. Names are not looked up.
  static std::optional<Endpoint> parse(std::string_view text);
  /// An address literal without brackets and port (`127.0.0.1`, `::1`).
  static std::optional<Endpoint> parse_address(std::string_view text, std::uint16_t port);
  /// What the kernel says. An IPv4 address mapped into IPv6 becomes IPv4; unknown families `none`.
  static Endpoint from_socket(const sockaddr& address, std::size_t size);

  /// The form that parse() reads; `unix:` for a peer without a path.
  std::string text() const;
  /// The address alone, without port and brackets.
  std::string address_text() const;
  /// 127.0.0.0/8, ::1 and UNIX sockets.
  bool is_loopback() const;
  /// Not reachable from the public network, loopback apart: private, shared, link-local (where
  /// clouds keep their metadata), unique local, multicast, reserved and unspecified ranges.
  bool is_private() const;
  /// Whom limits count together (R-SEC-6): the IPv4 address, the IPv6 /64, or `unix`.
  std::string client_class() const;

  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

/// An Endpoint in the kernel's form, for bind and connect.
class SocketAddress {
 public:
  /// Invariant: the family is not `none`.
  explicit SocketAddress(const Endpoint& endpoint);
  const sockaddr* get() const;
  std::uint32_t size() const { return size_; }
  int family() const;

 private:
  alignas(8) std::array<std::uint8_t, 128> storage_{};
  std::uint32_t size_ = 0;
};

}  // namespace tollhouse::io
