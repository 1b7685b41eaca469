// config: `listen`, `admin`, `public_url`, who may speak to the gate, `data_dir`, `workers`.
#include <algorithm>

#include "base/format.h"
#include "base/hex.h"
#include "config/secrets.h"
#include "config/sections.h"
#include "config/units.h"
#include "crypto/sha256.h"
#include "http/url.h"

namespace tollhouse::config {
namespace {

void read_endpoints(const View& listen, Settings& settings) {
  if (!listen.given()) {
    settings.listen = {*endpoint_from_text(listen.text())};
    return;
  }
  for (const View& item : listen.items()) {
    const auto endpoint = endpoint_from_text(item.text());
    if (!endpoint) continue;  // in the list of faults already
    const bool fixed = endpoint->port != 0 || endpoint->kind != Endpoint::Kind::address;
    const bool twice =
        fixed && std::ranges::find(settings.listen, *endpoint) != settings.listen.end();
    if (twice) item.fault("the same address stands here twice", "remove one of them");
    settings.listen.push_back(*endpoint);
  }
  if (listen.items().empty()) listen.missing("listen", "write e.g. listen: 127.0.0.1:8402");
}

/// Guessing it must be hopeless, and it is typed by people: length is all that is asked.
constexpr std::size_t kTokenBytesMin = 32;

void read_admin_token(const View& token, Settings& settings) {
  if (!token.given()) return;
  const std::string text = token.text();
  if (text.size() < kTokenBytesMin) {
    token.fault(fmt::format("has {} bytes, at least {} are needed", text.size(), kTokenBytesMin),
                "make one with: openssl rand -hex 32");
    return;
  }
  const auto decoded = bytes_from_hex(text);
  if (is_published_secret(bytes_of(text)) || (decoded && is_published_secret(*decoded))) {
    token.fault("is a key that a document prints, or a placeholder",
                "make one with: openssl rand -hex 32");
    return;
  }
  settings.admin_token = crypto::sha256(bytes_of(text));
}

void read_admin(const View& admin, Settings& settings) {
  const std::string text = admin.text();
  if (text == "off" || text == "false") return;
  settings.admin = endpoint_from_text(text);
  if (!settings.admin) return;
  if (!settings.admin->local() && !settings.admin_token) {
    admin.fault("the admin listener on an address that others reach needs a token",
                "set admin_token, e.g. ${file:/run/secrets/admin}, or use 127.0.0.1 or off");
  }
  const bool fixed = settings.admin->port != 0 || settings.admin->kind != Endpoint::Kind::address;
  const bool shared =
      fixed && std::ranges::find(settings.listen, *settings.admin) != settings.listen.end();
  if (shared) admin.fault("is the address that `listen` has", "give it a port of its own");
}

void read_public_url(const View& public_url, Settings& settings) {
  if (!public_url.given()) return;
  const auto url = http::parse_url(public_url.text());
  if (!url) return;
  if (!url->https && !url->is_loopback()) {
    public_url.fault("callers would send credentials over plain http", "write an https:// URL");
  }
  settings.policy.public_origin = url->origin();
  settings.policy.allowed_hosts.push_back(url->host);
}

void read_allowed(const View& top, Settings& settings) {
  for (const View& item : top.child("allowed_hosts").items()) {
    std::string host = item.text();
    std::ranges::transform(host, host.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (host.find_first_of(":/ *") != std::string::npos) {
      item.fault("is not a host name", "write the name alone, e.g. gate.example");
    }
    settings.policy.allowed_hosts.push_back(std::move(host));
  }
  for (const View& item : top.child("allowed_origins").items()) {
    const std::string origin = item.text();
    const auto url = http::parse_url(origin);
    const bool bare = url && url->target() == "/" && !origin.ends_with('/');
    if (origin != "null" && !bare) {
      item.fault("is not an origin", "write e.g. https://app.example, without a path");
      continue;
    }
    settings.policy.allowed_origins.push_back(url ? url->origin() : origin);
  }
  for (const View& item : top.child("trusted_proxies").items()) {
    const auto range = gate::AddressRange::parse(item.text());
    if (!range) {
      item.fault("is not an address or range", "write e.g. 10.0.0.0/8, 127.0.0.1/32 or unix");
      continue;
    }
    settings.policy.trusted_proxies.push_back(*range);
  }
}

}  // namespace

void read_listen(const View& top, Settings& settings) {
  read_endpoints(top.child("listen"), settings);
  settings.listen_mode = file_mode_from_text(top.child("listen_mode").text()).value_or(0600);
  read_admin_token(top.child("admin_token"), settings);
  read_admin(top.child("admin"), settings);
  read_public_url(top.child("public_url"), settings);
  read_allowed(top, settings);
  settings.data_dir = top.child("data_dir").text();
  settings.workers = static_cast<unsigned>(top.child("workers").whole_or_word().value_or(0));
}

}  // namespace tollhouse::config
