// config: units and addresses.
#include "config/units.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

#include "base/checked.h"
#include "base/format.h"
#include "http/url.h"

namespace tollhouse::config {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

bool digit(char c) { return c >= '0' && c <= '9'; }

/// The number before one of `units`, multiplied; nothing where no unit fits.
template <std::size_t N>
std::optional<std::uint64_t> with_unit(std::string_view text, const std::array<Unit, N>& units) {
  std::size_t digits = 0;
  while (digits < text.size() && digit(text[digits])) ++digits;
  const auto number = whole_number_from_text(text.substr(0, digits));
  if (!number) return std::nullopt;
  std::string_view unit = text.substr(digits);
  if (unit.starts_with(' ')) unit.remove_prefix(1);
  for (const Unit& known : units) {
    if (unit == known.name) return checked_mul<std::uint64_t>(*number, known.factor);
  }
  return std::nullopt;
}

bool is_ipv4(const std::string& text) {
  in_addr address{};
  return ::inet_pton(AF_INET, text.c_str(), &address) == 1;
}

bool is_ipv6(const std::string& text) {
  in6_addr address{};
  return ::inet_pton(AF_INET6, text.c_str(), &address) == 1;
}

std::optional<std::uint16_t> port_from_text(std::string_view text) {
  const auto port = whole_number_from_text(text);
  if (!port || *port > 65'535) return std::nullopt;
  return static_cast<std::uint16_t>(*port);
}

/// "host:port", "[v6]:port" or without a port; false where brackets or colons do not fit.
bool split_host(std::string_view text, std::string& host, std::string_view& port) {
  port = {};
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return false;
    host = std::string(text.substr(1, end - 1));
    const std::string_view rest = text.substr(end + 1);
    if (!rest.empty() && !rest.starts_with(':')) return false;
    if (!rest.empty()) port = rest.substr(1);
    return is_ipv6(host) && (rest.empty() || !port.empty());
  }
  const std::size_t colon = text.find(':');
  host = std::string(text.substr(0, colon));
  if (colon == std::string_view::npos) return true;
  port = text.substr(colon + 1);
  return !port.empty();
}

std::string bracketed(const std::string& host) {
  return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

constexpr std::string_view kUnix = "unix:";
constexpr std::string_view kSystemd = "systemd:";
/// sun_path holds 108 bytes with its end.
constexpr std::size_t kSocketPathMax = 107;

}  // namespace

bool Endpoint::local() const {
  return kind == Kind::unix_path || (kind == Kind::address && http::is_loopback_host(host));
}

std::string Endpoint::text() const {
  if (kind == Kind::unix_path) return fmt::format("{}{}", kUnix, host);
  if (kind == Kind::systemd) return fmt::format("{}{}", kSystemd, host);
  return fmt::format("{}:{}", bracketed(host), port);
}

std::optional<std::uint64_t> whole_number_from_text(std::string_view text) {
  if (text.empty() || text.size() > 20 || !std::ranges::all_of(text, digit)) return std::nullopt;
  if (text.size() > 1 && text[0] == '0') return std::nullopt;
  std::uint64_t number = 0;
  for (const char c : text) {
    const auto shifted = checked_mul<std::uint64_t>(number, 10);
    if (!shifted) return std::nullopt;
    const auto sum = checked_add<std::uint64_t>(*shifted, static_cast<std::uint64_t>(c - '0'));
    if (!sum) return std::nullopt;
    number = *sum;
  }
  return number;
}

std::optional<Msat> amount_from_text(std::string_view text) {
  constexpr std::array<Unit, 2> kUnits = {{{"sat", 1000}, {"msat", 1}}};
  const auto msat = with_unit(text, kUnits);
  if (!msat) return std::nullopt;
  return Msat::of(*msat);
}

std::optional<Duration> duration_from_text(std::string_view text) {
  constexpr std::array<Unit, 5> kUnits = {
      {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}}};
  const auto milliseconds = with_unit(text, kUnits);
  constexpr std::uint64_t kMost = 100ULL * 365 * 86'400'000;  // a century; fits 64 bits of ns
  if (!milliseconds || *milliseconds > kMost) return std::nullopt;
  return std::chrono::milliseconds(static_cast<std::int64_t>(*milliseconds));
}

std::optional<std::uint64_t> size_from_text(std::string_view text) {
  constexpr std::array<Unit, 4> kUnits = {
      {{"B", 1}, {"KiB", 1024}, {"MiB", 1024 * 1024}, {"GiB", 1024 * 1024 * 1024}}};
  return with_unit(text, kUnits);
}

std::optional<std::uint8_t> bits_from_text(std::string_view text) {
  constexpr std::array<Unit, 1> kUnits = {{{"bits", 1}}};
  const auto bits = with_unit(text, kUnits);
  if (!bits || *bits == 0 || *bits > kWorkBitsMax) return std::nullopt;
  return static_cast<std::uint8_t>(*bits);
}

std::optional<bool> truth_from_text(std::string_view text) {
  if (text == "true") return true;
  if (text == "false") return false;
  return std::nullopt;
}

std::optional<unsigned> file_mode_from_text(std::string_view text) {
  const bool octal = std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '7'; });
  if (text.size() < 3 || text.size() > 4 || !octal) return std::nullopt;
  unsigned mode = 0;
  for (const char c : text) mode = mode * 8 + static_cast<unsigned>(c - '0');
  if ((mode & 0600U) != 0600U || (mode & ~0666U) != 0) return std::nullopt;
  return mode;
}

std::optional<Endpoint> endpoint_from_text(std::string_view text) {
  Endpoint endpoint;
  if (text.starts_with(kUnix)) {
    const std::string_view path = text.substr(kUnix.size());
    if (!path.starts_with('/') || path.size() > kSocketPathMax) return std::nullopt;
    return Endpoint{Endpoint::Kind::unix_path, std::string(path), 0};
  }
  if (text.starts_with(kSystemd)) {
    const std::string_view name = text.substr(kSystemd.size());
    if (name.empty() || name.find_first_of(": /") != std::string_view::npos) return std::nullopt;
    return Endpoint{Endpoint::Kind::systemd, std::string(name), 0};
  }
  std::string_view port;
  if (!split_host(text, endpoint.host, port)) return std::nullopt;
  if (endpoint.host == "localhost") endpoint.host = "127.0.0.1";
  if (!is_ipv4(endpoint.host) && !is_ipv6(endpoint.host)) return std::nullopt;
  const auto number = port_from_text(port);
  if (!number) return std::nullopt;
  endpoint.port = *number;
  return endpoint;
}

}  // namespace tollhouse::config
