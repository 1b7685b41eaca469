// config: `listen`, `admin`, `public_url`, who may speak to the gate, `data_dir`, `workers`.
#include <algorithm>

#include "base/format.h"
#include "config/sections.h"
#include "config/units.h"
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
    const bool twice = endpoint->port != 0 &&
                       std::ranges::find(settings.listen, *endpoint) != settings.listen.end();
    if (twice) item.fault("the same address stands here twice", "remove one of them");
    settings.listen.push_back(*endpoint);
  }
  if (listen.items().empty()) listen.missing("listen", "write e.g. listen: 127.0.0.1:8402");
}

void read_admin(const View& admin, Settings& settings) {
  const std::string text = admin.text();
  if (text == "off" || text == "false") return;
  settings.admin = endpoint_from_text(text);
  if (!settings.admin) return;
  if (!settings.admin->loopback()) {
    admin.fault(
        "the admin listener on an address that others reach needs a token, which is not "
        "part of this build",
        "use 127.0.0.1 or off");
  }
  const bool shared = settings.admin->port != 0 &&
                      std::ranges::find(settings.listen, *settings.admin) != settings.listen.end();
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
    if (!is_address_range(item.text())) {
      item.fault("is not an address or range", "write e.g. 10.0.0.0/8 or 127.0.0.1/32");
    }
    settings.policy.trusted_proxies.push_back(item.text());
  }
}

}  // namespace

void read_listen(const View& top, Settings& settings) {
  read_endpoints(top.child("listen"), settings);
  read_admin(top.child("admin"), settings);
  read_public_url(top.child("public_url"), settings);
  read_allowed(top, settings);
  settings.policy.loopback_listener =
      std::ranges::all_of(settings.listen, [](const Endpoint& e) { return e.loopback(); });
  settings.data_dir = top.child("data_dir").text();
  settings.workers = static_cast<unsigned>(top.child("workers").whole_or_word().value_or(0));
}

}  // namespace tollhouse::config
