// gate: Origin and Host.
#include "gate/access.h"

#include <algorithm>

#include "http/url.h"

namespace tollhouse::gate {
namespace {

using http::KnownField;

bool origin_listed(const http::Origin& origin, const Policy& policy) {
  return std::any_of(policy.allowed_origins.begin(), policy.allowed_origins.end(),
                     [&](const std::string& text) {
                       const auto allowed = http::parse_origin(text);
                       return allowed && *allowed == origin;
                     });
}

bool origin_allowed(std::string_view text, const Policy& policy, bool loopback) {
  const auto origin = http::parse_origin(text);
  if (!origin) return false;
  if (origin_listed(*origin, policy)) return true;
  if (origin->null) return false;
  const auto own = http::parse_origin(policy.public_origin);
  if (own && *own == *origin) return true;
  return loopback && http::is_loopback_host(origin->host);
}

bool host_allowed(std::string_view text, const Policy& policy, bool loopback) {
  const auto field = http::parse_host_field(text);
  if (!field) return false;
  const std::string host = http::canonical_host(*field);
  const auto& listed = policy.allowed_hosts;
  if (std::find(listed.begin(), listed.end(), host) != listed.end()) return true;
  const auto own = http::parse_origin(policy.public_origin);
  if (own && own->host == host) return true;
  if (loopback) return http::is_loopback_host(host);
  // On a public listener without any name configured every name is ours: there is nothing to
  // compare with, and no browser trusts this address more than another.
  return policy.public_origin.empty() && listed.empty();
}

}  // namespace

std::optional<Refusal> judge_origin_and_host(const http::RequestHead& head, const Policy& policy,
                                             bool loopback) {
  const auto origin = head.fields.find(KnownField::origin);
  if (head.fields.count(KnownField::origin) > 1) return refusal_of(mcp::Reason::duplicate_header);
  if (origin && !origin_allowed(*origin, policy, loopback)) return refusal_of(Reason::origin);
  if (head.fields.has(KnownField::host) && !host_allowed(head.host(), policy, loopback))
    return refusal_of(Reason::host);
  return std::nullopt;
}

}  // namespace tollhouse::gate
