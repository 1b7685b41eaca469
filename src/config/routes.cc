// config: `upstream` and `tools` for one route at /mcp, or `routes`.
#include <algorithm>
#include <cctype>

#include "base/format.h"
#include "config/limits.h"
#include "config/sections.h"
#include "http/url.h"

namespace tollhouse::config {
namespace {

constexpr std::string_view kOwnPaths[] = {"/tools", "/api",          "/v1",      "/.well-known",
                                          "/pay",   "/authz",        "/healthz", "/readyz",
                                          "/sim",   "/openapi.json", "/mcp/pow"};

void read_url(const View& view, gate::Upstream& upstream) {
  const auto url = http::parse_url(view.text());
  if (!url) return;
  if (url->https) {
    view.fault("an upstream over https is not part of this build",
               "put the server on the same machine or network and write http://");
  }
  upstream.host = url->host;
  upstream.port = url->port;
  upstream.path = url->target();
  upstream.authority = url->authority();
}

bool is_field_name(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](unsigned char c) {
    return std::isalnum(c) != 0 ||
           std::string_view("!#$%&'*+-.^_`|~").find(static_cast<char>(c)) != std::string_view::npos;
  });
}

bool is_field_value(std::string_view value) {
  return std::ranges::all_of(value,
                             [](unsigned char c) { return c == '\t' || (c >= 0x20 && c != 0x7f); });
}

/// Fields that frame or route a message are the gate's own.
bool gate_owns(std::string name) {
  constexpr std::string_view kOwned[] = {
      "host", "connection", "content-length",   "keep-alive", "transfer-encoding", "upgrade",
      "te",   "trailer",    "proxy-connection", "expect",     "content-type",      "accept"};
  std::ranges::transform(name, name.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::ranges::find(kOwned, name) != std::ranges::end(kOwned);
}

void read_headers(const View& headers, gate::Upstream& upstream) {
  for (const auto& [name, view] : headers.members()) {
    const std::string value = view.text();
    if (!is_field_name(name) || gate_owns(name)) {
      view.fault("is not a header that can be added", "leave it to the gate");
    } else if (!is_field_value(value)) {
      view.fault("the value has a control character", "write it on one line");
    }
    upstream.fields.emplace_back(name, value);
  }
}

void read_upstream(const View& upstream, gate::Upstream& into) {
  const View url = upstream.child("url");
  const bool stdio = upstream.child("command").given();
  if (!url.given() && !stdio) {
    upstream.missing(upstream.path() + ".url",
                     "write e.g. upstream: { url: http://127.0.0.1:3001/mcp }");
  }
  if (url.given()) read_url(url, into);
  into.connect_timeout = upstream.child("connect_timeout").duration();
  into.first_byte_timeout = upstream.child("timeout").duration();
  into.between_bytes_timeout = into.first_byte_timeout;
  into.connections_max = static_cast<std::uint32_t>(upstream.child("connections").whole());
  read_headers(upstream.child("headers"), into);
}

/// "/mcp" is service `mcp`; tokens of one route are not good on another.
std::string service_of(std::string_view path) {
  std::string service;
  for (const char c : path) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-';
    if (plain) service += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    if (!plain && !service.empty() && !service.ends_with('-')) service += '-';
  }
  while (service.ends_with('-')) service.pop_back();
  return service.empty() ? "root" : service;
}

void read_path(const View& view, gate::Route& route) {
  if (!view.given()) {
    view.missing(view.path(), "write e.g. path: /mcp");
    return;
  }
  route.path = view.text();
  route.service = service_of(route.path);
  const auto allowed = [](unsigned char c) {
    return c > 0x20 && c < 0x7f && c != '?' && c != '#' && c != '%' && c != '\\';
  };
  const bool odd = !route.path.starts_with('/') || route.path.size() > 1024 ||
                   !std::ranges::all_of(route.path, allowed) ||
                   route.path.find("//") != std::string::npos ||
                   route.path.find("/.") != std::string::npos;
  if (odd) view.fault("is not a path", "write e.g. /mcp, without blanks, ?, #, % or dots");
  for (const std::string_view own : kOwnPaths) {
    const bool taken =
        route.path == own || (route.path.starts_with(own) && route.path[own.size()] == '/');
    if (taken) view.fault("is a path of the gate's own", "choose another, e.g. /mcp");
  }
}

void read_unknown_tools(const View& view, gate::Route& route) {
  route.unknown_tools = route.other ? gate::UnknownTools::price : gate::UnknownTools::deny;
  if (!view.given()) return;
  if (view.is_word("deny")) route.unknown_tools = gate::UnknownTools::deny;
  if (view.is_word("price") && !route.other) {
    view.fault("price needs a row named \"*\"", "write tools: { \"*\": { price: 1 sat } }");
  }
}

std::optional<gate::Surface> surface_of(const View& view) {
  if (view.is_word("http")) return gate::Surface::http;
  if (view.is_word("result")) return gate::Surface::result;
  if (view.is_word("error")) return gate::Surface::error;
  return std::nullopt;
}

void require_tools(const View& tools, const std::string& name) {
  if (tools.given()) return;
  tools.missing(name, "write e.g. tools: { \"*\": { price: 1 sat } }");
}

void read_route(const View& view, const Settings& settings, gate::Route& route) {
  read_path(view.child("path"), route);
  const View upstream = view.child("upstream");
  if (!upstream.given()) {
    upstream.missing(upstream.path(), "write e.g. upstream: { url: http://127.0.0.1:3001/mcp }");
  } else {
    read_upstream(upstream, route.upstream);
  }
  const View tools = view.child("tools");
  require_tools(tools, tools.path());
  read_tools(tools, settings.policy, route);
  read_unknown_tools(view.child("unknown_tools"), route);
  route.surface = surface_of(view.child("surface"));
  route.receipt_in_meta = view.child("receipt_in_meta").truth();
  route.strict_names = view.child("strict_names").truth();
}

void read_short_form(const View& top, const View& upstream, Settings& settings) {
  gate::Route route;
  route.path = "/mcp";
  read_url(upstream, route.upstream);
  const View tools = top.child("tools");
  require_tools(tools, "tools");
  read_tools(tools, settings.policy, route);
  route.unknown_tools = route.other ? gate::UnknownTools::price : gate::UnknownTools::deny;
  settings.policy.routes.push_back(std::move(route));
}

void check_distinct(const std::vector<View>& views, const std::vector<gate::Route>& routes) {
  for (std::size_t i = 0; i < routes.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (routes[i].path.empty()) continue;
      const View path = views[i].child("path");
      if (routes[i].path == routes[j].path) {
        path.fault("another route has this path", "give each route a path of its own");
      } else if (routes[i].service == routes[j].service) {
        path.fault(fmt::format("credentials would be good on {} too", routes[j].path),
                   "choose a path that differs in more than marks");
      }
    }
  }
}

}  // namespace

void read_routes(const View& top, Settings& settings) {
  const View upstream = top.child("upstream");
  const View routes = top.child("routes");
  if (upstream.given() && routes.given()) {
    upstream.fault("`upstream` and `routes` are two values for one thing", "keep one of them");
    return;
  }
  if (top.child("tools").given() && routes.given()) {
    top.child("tools").fault("`tools` and `routes` are two values for one thing",
                             "move the rows into a route");
  }
  if (upstream.given()) return read_short_form(top, upstream, settings);
  const auto views = routes.items();
  if (views.empty() && !top.reading().has_fault_at("routes")) {
    upstream.missing(
        "upstream", "write upstream: http://127.0.0.1:3001/mcp, or tollhouse serve --upstream URL");
  }
  if (views.size() > kRoutesMax) routes.fault("more than 256 routes", "run several gates");
  for (const View& view : views) {
    gate::Route route;
    read_route(view, settings, route);
    settings.policy.routes.push_back(std::move(route));
  }
  check_distinct(views, settings.policy.routes);
}

}  // namespace tollhouse::config
