// http: absolute URLs, hosts, origins and paths, read strictly (RFC 3986, RFC 6454). For
// configuration, the client, Host and Origin checks.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tollhouse::http {

/// An http or https URL without userinfo and fragment.
struct Url {
  bool https = false;
  std::string host;  ///< lower case; an IPv6 address in its shortest form, without brackets
  bool ipv6 = false;
  std::uint16_t port = 80;  ///< the scheme's where none was written
  bool port_written = false;
  std::string path = "/";  ///< as written, at least "/"
  std::string query;       ///< without "?"
  bool has_query = false;

  std::string_view scheme() const { return https ? "https" : "http"; }
  /// Host, with brackets where needed, and the port unless it is the scheme's: a Host field's
  /// value.
  std::string authority() const;
  /// Path and query: a request target.
  std::string target() const;
  /// "https://gate.example:8443"
  std::string origin() const;
  /// The whole URL in one spelling.
  std::string text() const;
  /// 127.0.0.0/8, ::1 or localhost (RFC 6761 6.3).
  bool is_loopback() const;

  friend bool operator==(const Url&, const Url&) = default;
};

/// Why a text is no URL for us; in the order of checking.
enum class UrlFault : std::uint8_t { scheme, userinfo, host, port, character, fragment };
std::string_view to_text(UrlFault fault);

/// Reads "http://host[:port][/path][?query]". Nothing is decoded or normalised but the host.
Result<Url, UrlFault> parse_url(std::string_view text);

/// `host [":" port]` (RFC 9110 7.2), not empty, port 0 to 65535 without a sign. Views into the
/// text.
struct HostField {
  std::string_view host;  ///< without brackets
  bool ipv6 = false;
  std::optional<std::uint16_t> port;
};
std::optional<HostField> parse_host_field(std::string_view text);
/// Equal without regard to case, an absent port being `default_port`; IPv6 by value.
bool same_host(const HostField& a, const HostField& b, std::uint16_t default_port);
/// The host as it is compared: lower case, IPv6 in its shortest form.
std::string canonical_host(const HostField& host);

/// Loopback names and addresses: 127.0.0.0/8, ::1, localhost and names below it.
bool is_loopback_host(std::string_view canonical_host);

/// scheme, host and port (RFC 6454 4); `null` is an origin of its own.
struct Origin {
  bool null = false;
  std::string scheme;  ///< lower case
  std::string host;    ///< as Url::host
  std::uint16_t port = 0;

  friend bool operator==(const Origin&, const Origin&) = default;
};
/// Value of one Origin field: "null" or scheme "://" host [ ":" port ] with nothing behind. Schemes
/// other than http and https keep port 0 where none was written.
std::optional<Origin> parse_origin(std::string_view text);
Origin origin_of(const Url& url);

/// The path of a request decoded once (mcp-gateway.md 4.1 rule 8). Refused: broken percent signs,
/// encoded slashes, dots, NUL and backslashes, bare backslashes, "." and ".." as segments.
std::optional<std::string> decode_path(std::string_view path);

}  // namespace tollhouse::http
